"""Schedules: the learning rate η, or another setting, as training proceeds.

A schedule returns one value per update. Updates count from 0; ``steps_per_epoch`` and ``epochs`` give the
length of the planned run. Engines are given the values; only `OnPlateau` depends on the course of
training, so engines apply its rule themselves.

To add a schedule, write a class in a file of this folder and list it in the file's ``__all__``.
"""

from typing import TYPE_CHECKING

from deltarule._common.other_terms import module_getattr
from deltarule.schedules import base, decay, rise_and_fall
from deltarule.schedules.base import *
from deltarule.schedules.decay import *
from deltarule.schedules.rise_and_fall import *

__all__ = [*base.__all__, *decay.__all__, *rise_and_fall.__all__]

if not TYPE_CHECKING:  # for a type checker, a module with __getattr__ has every name
    __getattr__ = module_getattr(__name__, base.SCHEDULES, __all__)
