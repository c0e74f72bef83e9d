"""The widget in an empty page of a cell's size: a model in the page stands for the notebook's comm."""

from __future__ import annotations

import base64
import json
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from browser.screen import Screen

import deltarule

_MODEL = """async ([module, height]) => {
    const widget = (await import(module)).default;
    const listeners = new Map();
    const values = {height};
    const emit = (name, ...given) => (listeners.get(name) ?? []).forEach((call) => call(...given));
    const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    window.cell = {
        deliver: (messages) => messages.forEach(([content, buffers]) =>
            emit("msg:custom", content, buffers.map((text) => new DataView(bytes(text).buffer)))),
        setHeight: (value) => { values.height = value; emit("change:height"); },
    };
    const model = {
        get: (name) => values[name],
        set: (name, value) => (values[name] = value),
        save_changes() {},
        on: (name, listener) => listeners.set(name, [...(listeners.get(name) ?? []), listener]),
        off: () => {},
        send: (content) => window.toPython(JSON.stringify(content)),
    };
    widget.render({model, el: document.getElementById("cell")});
}"""
# marimo has the classes of Tailwind also inside of widgets.
_PAGE = """<!doctype html><html lang="en"><head><title>A cell</title>
<link rel="stylesheet" href="widget.css">
<style>.fixed {position: fixed} .hidden {display: none} .container {width: 50%}</style></head>
<body style="margin: 0"><main id="cell"></main></body></html>"""
_ORIGIN = "http://cell.test/"


class Cell(Screen):
    """A tab with the widget alone; messages cross while `until` waits."""

    def __init__(self, page: Any) -> None:
        super().__init__(page, _ORIGIN)
        self.sent: queue.SimpleQueue[tuple[Any, list[str]]] = queue.SimpleQueue()

    def pump(self) -> None:
        """Deliver what Python has sent since the last call."""
        messages = []
        while not self.sent.empty():
            messages.append(self.sent.get())
        if messages:
            self.page.evaluate("messages => cell.deliver(messages)", messages)

    def until(self, condition: Any, seconds: float = 15) -> None:
        """Deliver messages until the condition holds."""

        def pumped() -> bool:
            self.pump()
            return bool(condition())

        super().until(pumped, seconds)

    def box(self, testid: str) -> dict[str, float]:
        """Return the place of an element in the page: x, y, width and height."""
        found = self.find(testid).bounding_box()
        assert found is not None
        return dict(found)


@contextmanager
def shown_in_a_cell(
    chromium: Any, monkeypatch: Any, width: int, *rows: Any, **options: Any
) -> Iterator[Cell]:
    """Show `deltarule.play(*rows, **options)` in a page of this width, and yield its tab."""
    import anywidget

    context = chromium.new_context(viewport={"width": width, "height": 640})
    cell = Cell(context.new_page())

    def send(self: Any, content: Any, buffers: Any = None) -> None:
        cell.sent.put((content, [base64.b64encode(one).decode() for one in buffers or []]))

    monkeypatch.setattr(anywidget.AnyWidget, "send", send)
    widget = deltarule.play(*rows, **options)
    files = {"": ("text/html", _PAGE), "widget.js": ("text/javascript", widget._esm),
             "widget.css": ("text/css", widget._css)}  # fmt: skip

    def answer(route: Any) -> None:
        kind, body = files[route.request.url.removeprefix(_ORIGIN)]
        route.fulfill(content_type=kind, body=str(body))

    cell.page.route(f"{_ORIGIN}**", answer)
    cell.page.expose_function(
        "toPython", lambda text: widget._handle_custom_msg(json.loads(text), [])
    )
    cell.page.goto(_ORIGIN)
    cell.page.evaluate(_MODEL, [f"{_ORIGIN}widget.js", widget.height])
    try:
        cell.until(lambda: cell.page.locator(".deltarule-playground[data-sequence]").count() == 1)
        yield cell
        assert cell.errors == []
    finally:
        widget.close()
        context.close()
