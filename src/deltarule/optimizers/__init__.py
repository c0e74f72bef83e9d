"""Optimizers: how a gradient g changes the parameters w; formula and NumPy code of each in one class.

``update`` works in place on flat arrays of one dtype: ``weights`` and ``gradient`` of shape
(n_parameters,), and ``slots``, the arrays that an optimizer keeps, named by ``slot_names``. Updates t
count from 1. The learning rate η is an argument, because a schedule determines it.

To add an optimizer, write a class in a file of this folder, list it in the file's ``__all__``, and add
its name and formula to ``native/core/optimizers.hpp``.
"""

# Menus show optimizers in the order of registration.
from typing import TYPE_CHECKING

from deltarule._common.other_terms import module_getattr
from deltarule.optimizers import base, gradient_descent

# isort: split
from deltarule.optimizers import square_scaling

# isort: split
from deltarule.optimizers import adam, bounded_steps, lbfgs
from deltarule.optimizers.adam import *
from deltarule.optimizers.base import *
from deltarule.optimizers.bounded_steps import *
from deltarule.optimizers.gradient_descent import *
from deltarule.optimizers.lbfgs import *
from deltarule.optimizers.square_scaling import *

__all__ = [
    *base.__all__,
    *gradient_descent.__all__,
    *square_scaling.__all__,
    *adam.__all__,
    *bounded_steps.__all__,
    *lbfgs.__all__,
]

if not TYPE_CHECKING:  # for a type checker, a module with __getattr__ has every name
    __getattr__ = module_getattr(__name__, base.OPTIMIZERS, __all__)
