"""Activations g(z): formula, derivative and NumPy code of each in one class.

An activation is a frozen description that can be called: ``Sigmoid()(z)`` is g(z) and
``Sigmoid().derivative(z)`` is g′(z), element by element for an array of any shape and floating-point
type. `Softmax` works on rows.

To add one, write a class in a file of this folder, list it in the file's ``__all__``, and add its name
and formula to ``native/core/activations.hpp``. Menus, estimators, the Keras interface and exports read
it from `ACTIVATIONS`; ``tests/contract`` tests it on every engine.
"""

from typing import TYPE_CHECKING

from deltarule._common.other_terms import module_getattr
from deltarule.activations import base, classical, rectifiers, softmax
from deltarule.activations.base import *
from deltarule.activations.classical import *
from deltarule.activations.rectifiers import *
from deltarule.activations.softmax import *

__all__ = [*base.__all__, *classical.__all__, *rectifiers.__all__, *softmax.__all__]

if not TYPE_CHECKING:  # for a type checker, a module with __getattr__ has every name
    __getattr__ = module_getattr(__name__, base.ACTIVATIONS, __all__)
