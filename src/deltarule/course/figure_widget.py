"""A figure in a notebook, with its controls: the page's script over the connection of the notebook."""

from __future__ import annotations

import json
from typing import Any

from deltarule.course.controls import Value
from deltarule.course.figure_session import FigureSession
from deltarule.course.figure_style import figure_style
from deltarule.errors import MissingPackageError
from deltarule.playground.front_end import built

try:
    import anywidget
except ImportError as error:
    raise MissingPackageError(
        "A live figure in a notebook needs anywidget: install it with pip install 'deltarule[play]', or "
        "use deltarule.course.figure, which shows a picture."
    ) from error


class FigureWidget(anywidget.AnyWidget):
    """A figure of the course that a notebook shows as the last value of a cell."""

    def __init__(self, name: str, values: dict[str, Value]) -> None:
        self._esm = built("figure.js").decode()
        self._css = figure_style()
        super().__init__()
        self._name, self._figure_values = name, values
        self._session = FigureSession()
        self.on_msg(self._received)

    def _received(self, _: Any, content: Any, _buffers: list[Any]) -> None:
        if content.get("do") == "open":  # the page does not know which figure it shows
            content = {**content, "name": self._name, "values": self._figure_values}
        self.send(json.loads(self._session.answer(json.dumps(content))))
