"""The recording that the page without a server shows until Python has loaded."""

from __future__ import annotations

import json

from deltarule.playground.exporting.standalone_page import recorded_pair
from deltarule.playground.speed_control import DEFAULT_EPOCHS_PER_SECOND
from deltarule.playground.workspace import Workspace

FRAMES_PER_SECOND = 12
"""How many frames a second the page plays; `web/src/host/worker_model.ts` has the same."""
SECONDS = 8


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
    frames = []
    for number in range(SECONDS * FRAMES_PER_SECOND):
        epoch = round(number * speed / FRAMES_PER_SECOND)
        workspace.run.train(epoch - workspace.run.epoch)
        frames.append(workspace.frame(sequence=number + 1, playing=True, epochs_per_second=speed))
    recorded = {
        "messages": [recorded_pair(message) for message in messages],
        "frames": [recorded_pair(message) for message in frames],
    }
    return json.dumps(recorded, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
