"""The playground in a notebook: the same page, over the notebook's own connection (anywidget).

Frames are sent from the playground's thread, so that training continues while a cell runs. Requests
arrive meanwhile if the notebook has subshells for its widgets (JupyterLab 4.4 with ipykernel 7);
otherwise they wait for the cell.

ipykernel routes a widget's messages to the subshell in whose context something was last sent to the page.
So everything is sent in the context of the last request, and requests get a receipt (`received`), because
a page's first messages arrive before it has a subshell.
"""

from __future__ import annotations

import contextvars
import time
from typing import Any

from deltarule._common import checks
from deltarule.errors import DataError, DeltaruleError, MissingPackageError

try:
    import anywidget
    import traitlets
except ImportError as error:
    raise MissingPackageError(
        "The playground in a notebook needs anywidget: install it with pip install 'deltarule[play]', "
        "or use deltarule play in a terminal."
    ) from error

from deltarule.playground.front_end import built
from deltarule.playground.page_labels import page_message
from deltarule.playground.playground import Playground
from deltarule.playground.protocol.responses import ErrorResponse, ReceivedResponse
from deltarule.playground.protocol.wire import Message, encode, received_object
from deltarule.playground.workspace import Workspace

DEFAULT_HEIGHT = 560
"""In pixels: what a notebook shows of a cell on a screen of 1366 x 768."""
MIN_HEIGHT = 360
RECEIPT_EVERY_S = 1.0
"""How often acknowledged frames get a receipt."""


def checked_height(height: object) -> int | None:
    """Return the height of a widget, or raise `SettingError`."""
    return None if height is None else checks.integer("height", height, at_least=MIN_HEIGHT)


class PlaygroundWidget(anywidget.AnyWidget):
    """A playground that a notebook shows as the last value of a cell; `close` ends its thread.

    `height` is the height in pixels, which may be changed while it is shown; None is that of the content.
    """

    height = traitlets.Any(DEFAULT_HEIGHT).tag(sync=True)

    def __init__(self, workspace: Workspace, height: int | None = DEFAULT_HEIGHT) -> None:
        self._esm = built("widget.js").decode()
        self._css = built("widget.css").decode()
        super().__init__(height=height)
        self._context = contextvars.copy_context()
        self._receipt_sent = 0.0
        self._playground = Playground(workspace, self._publish)
        self.on_msg(self._received)

    @traitlets.validate("height")
    def _checked_height(self, proposal: Any) -> int | None:
        return checked_height(proposal["value"])

    def close(self) -> None:
        """Stop training and remove the page."""
        self._playground.close()
        super().close()

    def _publish(self, message: Message) -> None:
        # A copy, as two threads cannot run in one context at once.
        buffers = None if message.body is None else [message.body]
        self._context.copy().run(self.send, message.content, buffers)

    def _received(self, _: Any, content: object, buffers: list[Any]) -> None:
        try:
            message = received_object(content, bytes(buffers[0]) if buffers else None)
            if not self._playground.has_room(message):
                raise DataError("Too many requests of the page wait: wait, or run the cell again.")
        except DeltaruleError as error:
            self.send(encode(ErrorResponse(page_message(error), None)).content)
            return
        self._context = contextvars.copy_context()
        now = time.monotonic()
        if message.type != "ack" or now > self._receipt_sent + RECEIPT_EVERY_S:
            # The acknowledgment of the first frame comes from the page's own subshell: always send it a
            # receipt.
            self._receipt_sent = -RECEIPT_EVERY_S if message.type == "hello" else now
            self.send(encode(ReceivedResponse()).content)
        self._playground.receive(message)
