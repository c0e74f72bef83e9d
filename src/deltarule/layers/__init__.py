"""Layers: a network is a chain of them.

Dense layers compute; Dropout, Scale, BatchNormalization and LayerNormalization transform the input of a
dense layer; an Embedding, as the first layer, maps each column to several values.

A new layer needs equations in every engine: its parameters in `network.Part`, the rest in
``engines/parameterization.py`` and ``native/core/parameterization.hpp``, or as
``engines/normalization.py`` and ``native/core/normalization.hpp``.
"""

from typing import TYPE_CHECKING

from deltarule._common.other_terms import module_getattr
from deltarule.layers import base, dense, normalizations, transforms
from deltarule.layers.base import *
from deltarule.layers.dense import *
from deltarule.layers.normalizations import *
from deltarule.layers.transforms import *

__all__ = [*base.__all__, *dense.__all__, *normalizations.__all__, *transforms.__all__]

if not TYPE_CHECKING:  # for a type checker, a module with __getattr__ has every name
    __getattr__ = module_getattr(__name__, base.LAYERS, __all__)
