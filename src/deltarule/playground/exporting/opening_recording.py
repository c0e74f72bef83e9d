"""The recording that the page without a server shows until Python has loaded."""

from __future__ import annotations

import json
from math import prod

import numpy as np

from deltarule.playground.exporting.standalone_page import recorded_pair
from deltarule.playground.protocol.wire import Message
from deltarule.playground.speed_control import DEFAULT_EPOCHS_PER_SECOND
from deltarule.playground.workspace import Workspace

MAX_FRAMES_PER_SECOND = 12
SECONDS = 6
"""Longer than most devices take to start Python; then the last frame stays."""
OUTPUT_STEP = 64
"""Outputs over the plane are multiples of this: the last bits are most of a compressed recording."""


def opening_recording(engine: str) -> str:
    """Return the first seconds of the default experiment as JSON, as if they were training now.

    The form is that of an exported page. `engine` is the name of the engine that will continue.
    """
    workspace = Workspace()
    hello = workspace.hello(None)
    hello.content["engine"] = engine
    speed = DEFAULT_EPOCHS_PER_SECOND
    messages = [
        hello,
        workspace.state(playing=True, epochs_per_second=speed),
        workspace.points(),
    ]
    frames: list[Message] = []
    every = max(round(speed / MAX_FRAMES_PER_SECOND), 1)
    for epoch in range(0, round(SECONDS * speed) + 1, every):
        workspace.run.train(epoch - workspace.run.epoch)
        frame = workspace.frame(sequence=len(frames) + 1, playing=True, epochs_per_second=speed)
        frames.append(_with_coarse_outputs(frame))
    recorded = {
        "messages": [recorded_pair(message) for message in messages],
        "frames": [recorded_pair(message) for message in frames],
    }
    return json.dumps(recorded, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _with_coarse_outputs(frame: Message) -> Message:
    """Return the frame with outputs over the plane in steps of `OUTPUT_STEP` of 65536."""
    assert frame.body is not None
    found = frame.content["arrays"]["outputs"]
    body = bytearray(frame.body)
    outputs = np.frombuffer(body, "<u2", prod(found["shape"]), found["offset"])
    outputs -= outputs % OUTPUT_STEP
    return Message(frame.content, bytes(body))
