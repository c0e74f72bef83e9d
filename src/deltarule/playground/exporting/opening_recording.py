"""The recording that the page without a server shows until Python has loaded."""

from __future__ import annotations

import json

from deltarule.playground.exporting.standalone_page import recorded_pair
from deltarule.playground.protocol.wire import Message
from deltarule.playground.speed_control import DEFAULT_EPOCHS_PER_SECOND
from deltarule.playground.workspace import Workspace

MAX_FRAMES_PER_SECOND = 12
SECONDS = 10
"""Longer than most devices take to load Python; then the last frame stays."""


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
        frames.append(
            workspace.frame(sequence=len(frames) + 1, playing=True, epochs_per_second=speed)
        )
    recorded = {
        "messages": [recorded_pair(message) for message in messages],
        "frames": [recorded_pair(message) for message in frames],
    }
    return json.dumps(recorded, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
