"""The playground in a notebook: the same page, over the notebook's own connection (anywidget).

Frames are sent from the playground's thread, so that it learns on while a cell runs. Wishes reach it
meanwhile where the notebook has subshells for its widgets (JupyterLab 4.4 with ipykernel 7); elsewhere
they wait for the cell.

ipykernel hands a widget's messages to the subshell in whose context something was last sent to the
page. So all is sent in the context of the last request, and requests are answered with `heard`: a page's
first words come before it has a subshell.
"""

from __future__ import annotations

import contextvars
import time
from typing import Any

from deltarule.errors import MissingPackageError

try:
    import anywidget
except ImportError as error:
    raise MissingPackageError(
        "The playground in a notebook needs anywidget: install it with pip install 'deltarule[play]', "
        "or use deltarule play in a terminal."
    ) from error

from deltarule.playground.front_end import built
from deltarule.playground.messages import Message, checked
from deltarule.playground.playground import Playground
from deltarule.playground.workspace import Workspace

ACKNOWLEDGE_EVERY_S = 1.0
"""How often painted frames are answered."""


class PlaygroundWidget(anywidget.AnyWidget):
    """A playground that a notebook shows as the last value of a cell; `close` ends its thread."""

    def __init__(self, workspace: Workspace) -> None:
        self._esm = built("widget.js").decode()
        self._css = built("widget.css").decode()
        super().__init__()
        self._context = contextvars.copy_context()
        self._answered = 0.0
        self._playground = Playground(workspace, self._publish)
        self.on_msg(self._received)

    def close(self) -> None:
        """End training and take the page away."""
        self._playground.close()
        super().close()

    def _publish(self, told: Message) -> None:
        # A copy: two threads cannot be in one context at once.
        buffers = None if told.body is None else [told.body]
        self._context.copy().run(self.send, told.content, buffers)

    def _received(self, _: Any, content: object, buffers: list[Any]) -> None:
        body = bytes(buffers[0]) if buffers else None
        request = checked(content, body)
        self._context = contextvars.copy_context()
        now = time.monotonic()
        if request.type != "ack" or now > self._answered + ACKNOWLEDGE_EVERY_S:
            # The first frame's answer comes from the page's own subshell: it is always heard.
            self._answered = -ACKNOWLEDGE_EVERY_S if request.type == "hello" else now
            self.send({"type": "heard"})
        self._playground.receive(request)
