"""The figures of a page: requests in, pictures out, in a page's worker as in a notebook's widget."""

from __future__ import annotations

import json
from typing import Any

from deltarule.course.book import figure
from deltarule.course.figure_base import Figure
from deltarule.errors import DeltaruleError


class FigureSession:
    """The open figures, by the identifier that the page gave each."""

    def __init__(self) -> None:
        self._figures: dict[str, Figure] = {}

    def answer(self, text: str) -> str:
        """Carry out a request in JSON, and return the answer in JSON.

        Requests name the figure by `id`, and what to do by `do`: "open" (`name`, `values`), "set"
        (`control`, `value`), "move" (`handle`, `x`, `y`), "step", "restart", "reset". The answer has the
        picture, the sentence and the controls of the figure, or an `error`.
        """
        request = json.loads(text)
        try:
            return json.dumps(self._carry_out(request), ensure_ascii=False)
        except DeltaruleError as error:
            return json.dumps({"id": request.get("id"), "error": str(error)}, ensure_ascii=False)

    def _carry_out(self, request: dict[str, Any]) -> dict[str, Any]:
        identifier, action = request["id"], request["do"]
        if action == "open":
            self._figures[identifier] = figure(request["name"], **request.get("values", {}))
        shown = self._figures[identifier]
        goes_on = True
        if action == "set":
            shown.set(request["control"], request["value"])
        elif action == "move":
            shown.move(request["handle"], request["x"], request["y"])
        elif action == "step":
            goes_on = shown.step()
        elif action == "restart":
            shown.restart()
        elif action == "reset":
            shown.reset()
        return {
            "id": identifier,
            "picture": shown.picture(),
            "sentence": shown.sentence(),
            "controls": shown.described(),
            "trains": shown.trains,
            "frame_ms": shown.frame_ms,
            "goes_on": goes_on,
        }
