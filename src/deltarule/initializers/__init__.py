"""Initializers: the parameters before the first update.

``sample`` returns a float64 array; weights have the shape (n_inputs, n_units), fan_in = n_inputs and
fan_out = n_units. Engines are given the arrays, so that all start from the same values.

To add an initializer, write a class in a file of this folder and list it in the file's ``__all__``.
"""

from typing import TYPE_CHECKING

from deltarule._common.other_terms import module_getattr
from deltarule.initializers import base, by_layer_size, data_driven
from deltarule.initializers.base import *
from deltarule.initializers.by_layer_size import *
from deltarule.initializers.data_driven import *

__all__ = [*base.__all__, *by_layer_size.__all__, *data_driven.__all__]

if not TYPE_CHECKING:  # for a type checker, a module with __getattr__ has every name
    __getattr__ = module_getattr(__name__, base.INITIALIZERS, __all__)
