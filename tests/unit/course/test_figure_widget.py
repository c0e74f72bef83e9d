"""The widget answers as the worker of a page does, for the figure that it was made for."""

from __future__ import annotations

import pytest

from deltarule import course
from deltarule.errors import MissingPackageError, SettingError

pytest.importorskip("anywidget")


def test_the_widget_opens_its_figure_and_changes_it(monkeypatch):
    try:
        widget = course.live("perceptron-line", bias=2.0)
    except MissingPackageError as error:
        pytest.skip(str(error))
    sent = []
    monkeypatch.setattr(type(widget), "send", lambda _self, content: sent.append(content))
    widget._received(widget, {"id": "figure-0", "do": "open", "name": "", "values": {}}, [])
    assert sent[0]["sentence"] == course.figure("perceptron-line", bias=2.0).sentence()
    change = {"id": "figure-0", "do": "set", "control": "x_1", "value": 0}
    widget._received(widget, change, [])
    assert sent[1]["sentence"] == course.figure("perceptron-line", bias=2.0, x_1=0).sentence()
    assert "export" in widget._esm
    assert ".course-figure .controls" in widget._css


def test_an_unknown_figure_is_refused_before_a_widget_is_made():
    with pytest.raises(SettingError, match="perceptron-line"):
        course.live("perceptron-lines")
