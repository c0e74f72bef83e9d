"""Losses: the cost of predictions against targets, and its derivative.

A loss gives one number per row: the mean over its outputs, or one number of the whole row for losses of
several classes and the cosine similarity.
The loss of a batch of B rows with sample weights w is J = 1/B Σᵢ wᵢ lossᵢ.

Where a loss and the output activation match (``fused_with``), engines never compute log(probability):
they call ``values_from_logits`` and ``gradient_from_logits`` on z instead, which is exact for |z| up to
1e4 and beyond.

To add a loss, write a class in a file of this folder, list it in the file's ``__all__``, and add its
name and formula to ``native/core/losses.hpp`` (``row_losses.hpp`` if it needs whole rows).
"""

from typing import TYPE_CHECKING

from deltarule._common.other_terms import module_getattr
from deltarule.losses import base, regression

# Menus show losses in the order of registration.
# isort: split
from deltarule.losses import classification

# isort: split
from deltarule.losses import focal, margins
from deltarule.losses.base import *
from deltarule.losses.classification import *
from deltarule.losses.focal import *
from deltarule.losses.margins import *
from deltarule.losses.regression import *

__all__ = [
    *base.__all__,
    *regression.__all__,
    *classification.__all__,
    *focal.__all__,
    *margins.__all__,
]

if not TYPE_CHECKING:  # for a type checker, a module with __getattr__ has every name
    __getattr__ = module_getattr(__name__, base.LOSSES, __all__)
