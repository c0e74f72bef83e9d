"""Reads arrays out of the playground's messages, as the page does."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.playground.protocol.wire import Message


def array_of(message: Message, name: str) -> NDArray[Any]:
    """Return an array of a message's body."""
    place = message.content["arrays"][name]
    count = math.prod(place["shape"])
    flat = np.frombuffer(message.body, np.dtype(place["dtype"]), count, place["offset"])
    return flat.reshape(place["shape"])
