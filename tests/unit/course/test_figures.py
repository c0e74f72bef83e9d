"""Every figure: its controls, handles and steps, and pictures that a page can show."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest

from deltarule.course import figure, figure_names
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_session import FigureSession
from deltarule.errors import SettingError

MAX_ELEMENTS = 900
MAX_BYTES = 250_000


def extremes(control):
    """Return the values at the ends of a control."""
    if isinstance(control, Slider):
        return (control.low, control.high)
    if isinstance(control, Choice):
        return tuple(name for name, _ in control.options)
    return True, False


def check_picture(shown):
    """Check that the picture is complete, small, and named, and that the sentence has no bad number."""
    picture = shown.picture()
    tree = ElementTree.fromstring(picture)
    assert len(list(tree.iter())) <= MAX_ELEMENTS
    assert len(picture.encode()) <= MAX_BYTES
    drawings = [one for one in tree.iter() if one.tag == "svg"]
    assert drawings
    assert all(one.get("aria-label") for one in drawings)
    assert not re.search(r"\bnan\b|\binf\b", picture, re.IGNORECASE)
    assert 10 < len(shown.sentence()) < 600
    assert not re.search(r"\bnan\b", shown.sentence())


@pytest.mark.parametrize("name", figure_names())
def test_each_control_changes_the_figure(name):
    shown = figure(name)
    check_picture(shown)
    assert shown.name == name
    for control in shown.controls:
        begin = shown.picture() + shown.sentence()
        changed = False
        for value in extremes(control):
            shown.set(control.name, value)
            check_picture(shown)
            if shown.trains:
                shown.step()
                shown.step()
            changed = changed or shown.picture() + shown.sentence() != begin
        assert changed, f"{control.name} changes nothing"
        with pytest.raises(SettingError):
            shown.set(control.name, "nonsense")
        shown.reset()
    assert shown.picture() == figure(name).picture()


@pytest.mark.parametrize("name", figure_names())
def test_steps_and_handles_change_the_picture(name):
    shown = figure(name)
    if shown.trains:
        begin = shown.picture()
        for _ in range(3):
            shown.step()
            check_picture(shown)
        assert shown.picture() != begin
        shown.restart()
        assert shown.picture() == begin
    for handle in ElementTree.fromstring(shown.picture()).iterfind(".//*[@data-handle]"):
        begin = shown.picture()
        x, y = float(handle.get("cx")), float(handle.get("cy"))
        shown.move(handle.get("data-handle"), x + 4 * float(handle.get("data-step")), y)
        assert shown.picture() != begin
        for outside in ((-1e4, -1e4), (1e4, 1e4)):
            shown.move(handle.get("data-handle"), *outside)
            check_picture(shown)


@pytest.mark.parametrize("name", figure_names())
def test_a_page_gets_complete_answers(name):
    session = FigureSession()
    answer = json.loads(session.answer(json.dumps({"id": "a", "do": "open", "name": name})))
    assert answer["picture"] == figure(name).picture()
    assert answer["sentence"] == figure(name).sentence()
    assert [control["name"] for control in answer["controls"]] == [
        control.name for control in figure(name).controls
    ]
    bad = {"id": "a", "do": "set", "control": "no such control", "value": 1}
    assert "no such control" in json.loads(session.answer(json.dumps(bad)))["error"]


def test_a_slider_with_names_has_one_for_each_place():
    sliders = [c for name in figure_names() for c in figure(name).controls if isinstance(c, Slider)]
    named = [slider for slider in sliders if slider.names]
    assert named
    for slider in named:
        assert len(slider.names) == round((slider.high - slider.low) / slider.step) + 1
        assert len(set(slider.names)) == len(slider.names)


def test_unknown_figures_and_values_are_refused_with_a_hint():
    with pytest.raises(SettingError, match="perceptron-line"):
        figure("perceptron-lines")
    with pytest.raises(SettingError, match="between"):
        figure("perceptron-line", bias=100)
    with pytest.raises(SettingError, match="handle"):
        figure("stopping-rules").move("sample", 0, 0)
