"""An exported page: the experiment and a recording of its training, in one HTML file."""

from __future__ import annotations

import base64
import html
import json
from typing import Any

import numpy as np

from deltarule.playground.front_end import FROZEN, built
from deltarule.playground.protocol.wire import Message
from deltarule.playground.workspace import Workspace

MAX_FRAMES = 40

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<div id="playground"></div>
<script type="application/json" id="deltarule-recording">{recording}</script>
<script type="module">
{script}
</script>
</body>
</html>
"""  # noqa: E501


def frozen_page(workspace: Workspace) -> str:
    """Return the page; raise `MissingPackageError` if the front end was not built.

    Its recording is JSON in a script element, `{"messages": [[json, base64 or null], ...], "frames":
    [...]}`, with every `<` escaped; `frozen.js` answers the page's requests from it.
    """
    frames = recording(workspace)
    messages = [
        workspace.hello(None, recording=len(frames)),
        workspace.state(playing=False, epochs_per_second=None),
        workspace.points(),
        frames[-1],
    ]
    recorded = {
        "messages": [recorded_pair(message) for message in messages],
        "frames": [recorded_pair(message) for message in frames],
    }
    text = json.dumps(recorded, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _PAGE.format(
        title=html.escape(f"{workspace.run.experiment.data.name}, deltarule playground"),
        style=built("widget.css").decode().replace("</", "<\\/"),
        recording=text.replace("<", "\\u003c"),
        script=built(FROZEN).decode(),
    )


def recording(workspace: Workspace) -> list[Message]:
    """Return frames from the start to the present, at most MAX_FRAMES."""
    run = workspace.run
    epochs, parameters = run.trajectory.up_to(run.now.epoch, run.parameters.flat())
    chosen = np.unique(np.linspace(0, len(epochs) - 1, MAX_FRAMES).round().astype(int))
    earlier = [
        workspace.past_frame(
            int(epochs[place]),
            parameters[place],
            sequence=number,
            playing=False,
            epochs_per_second=None,
        )
        for number, place in enumerate(chosen[:-1].tolist(), start=1)
    ]
    last = workspace.frame(sequence=len(earlier) + 1, playing=False, epochs_per_second=None)
    return [*earlier, last]


def recorded_pair(message: Message) -> list[Any]:
    """Return a message as an exported page holds it: its JSON object, and its bytes in base64 or None."""
    body = None if message.body is None else base64.b64encode(message.body).decode()
    return [message.content, body]
