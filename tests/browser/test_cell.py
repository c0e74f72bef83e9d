"""The widget in cells of notebooks: what is watched and what is pressed is in sight at once."""

from __future__ import annotations

import numpy as np
import pytest
from browser.cell import Cell, shown_in_a_cell

pytestmark = pytest.mark.filterwarnings("ignore")  # ipywidgets' own, outside of a notebook
pytest.importorskip("anywidget")

X = np.random.default_rng(0).normal(size=(200, 2))
LABELS = np.where(X[:, 0] * X[:, 1] > 0, "same", "other")
WATCHED = ("transport", "network-canvas", "surface-canvas")
LAB_SMALL, LAB_LARGE, NARROW = 934, 1488, 600
"""Widths of a cell: JupyterLab in windows of 1366 and 1920 pixels, and half a window of VS Code."""


def check_watched(cell: Cell, height: float) -> None:
    """Check that all that is watched lies in the widget, side by side, and no page scrolls."""
    whole = cell.page.locator(".deltarule-playground").bounding_box()
    assert whole is not None
    assert (whole["y"], whole["height"]) == (0, height)
    page = cell.page.evaluate(
        "() => [document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
    )
    assert page == [640, whole["width"]]
    places = [cell.box(name) for name in WATCHED]
    for box in places:
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= whole["width"]
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height
    transport, network, surface = places
    assert transport["y"] + transport["height"] <= min(network["y"], surface["y"])
    assert network["x"] + network["width"] <= surface["x"]


@pytest.mark.parametrize("width", [LAB_SMALL, LAB_LARGE, NARROW])
def test_transport_network_and_surface_are_in_sight_at_once(chromium, monkeypatch, width):
    with shown_in_a_cell(chromium, monkeypatch, width, X, LABELS) as cell:
        check_watched(cell, 560)
        assert all(cell.find(f"unit-{layer}-7").is_visible() for layer in (0, 1))  # all 8 units
        least = 180 if width == NARROW else 340
        assert cell.box("surface-canvas")["width"] > least
        for name in ("play", "step", "epoch", "rewind"):
            assert cell.find(name).is_visible()

        cell.click("play")
        cell.until(lambda: cell.epoch > 3)
        before = [cell.box(name) for name in ("transport", "surface-canvas")]
        for name in (
            "card-curves",
            "card-data",
            "card-training",
            "card-confusion",
            "card-landscape",
        ):
            cell.find(name).scroll_into_view_if_needed()
            assert cell.page.evaluate("scrollY") == 0
        assert [cell.box(name) for name in ("transport", "surface-canvas")] == before


def test_the_height_is_a_parameter_and_can_be_changed(chromium, monkeypatch):
    with shown_in_a_cell(chromium, monkeypatch, LAB_SMALL, X, LABELS, height=420) as cell:
        check_watched(cell, 420)
        cell.page.evaluate("cell.setHeight(600)")
        cell.until(lambda: cell.page.locator(".frame").bounding_box()["height"] == 600)
        cell.page.wait_for_timeout(200)
        check_watched(cell, 600)
        cell.page.evaluate("cell.setHeight(null)")
        cell.until(lambda: cell.page.locator(".frame").bounding_box()["height"] > 1200)


def test_menus_lessons_and_messages_stay_inside_the_widget(chromium, monkeypatch):
    with shown_in_a_cell(chromium, monkeypatch, LAB_SMALL) as cell:
        for name in ("presets", "lecture", "share"):
            cell.click(name)
            panel = cell.page.locator(".menu-panel:not([hidden])").bounding_box()
            assert panel["y"] + panel["height"] <= 560
            cell.page.keyboard.press("Escape")
        cell.click("presets")
        cell.click("preset-xor")
        cell.until(lambda: cell.find("idea").count() == 1)
        assert cell.page.evaluate("document.documentElement.scrollHeight") == 640
        transport, surface = cell.box("transport"), cell.box("surface-canvas")
        assert transport["y"] + transport["height"] <= surface["y"]
        assert surface["y"] + surface["height"] <= 560


def test_a_lecture_is_as_high_as_its_content(chromium, monkeypatch):
    with shown_in_a_cell(chromium, monkeypatch, LAB_SMALL) as cell:
        cell.click("lecture")
        cell.click("lecture-mode")
        cell.until(lambda: cell.page.locator(".frame.lecture:not(.limited-height)").count() == 1)
        cell.until(lambda: cell.page.locator(".frame").bounding_box()["height"] > 900)


def test_a_cell_as_narrow_as_a_phone_shows_transport_and_surface(chromium, monkeypatch):
    with shown_in_a_cell(chromium, monkeypatch, 400) as cell:
        assert cell.page.evaluate("document.documentElement.scrollWidth") == 400
        transport, surface = cell.box("transport"), cell.box("surface-canvas")
        assert transport["y"] + transport["height"] <= surface["y"]
        assert surface["y"] + surface["height"] <= 560
        assert cell.box("network-canvas")["y"] > 560


@pytest.mark.parametrize("mark", ["vscode-dark", "vscode-light", 'theme="dark"', "jp-dark"])
def test_colors_are_those_of_the_notebook(chromium, monkeypatch, mark):
    with shown_in_a_cell(chromium, monkeypatch, LAB_SMALL) as cell:
        cell.page.emulate_media(color_scheme="dark" if mark == "vscode-light" else "light")
        cell.page.evaluate(
            """mark => mark.startsWith("vscode") ? document.body.classList.add(mark)
                : mark === "jp-dark" ? document.body.dataset.jpThemeLight = "false"
                : document.documentElement.setAttribute("theme", "dark")""",
            mark,
        )
        expected = "light" if mark == "vscode-light" else "dark"
        seen = cell.page.locator(f".deltarule-playground[data-theme={expected}]")
        cell.until(lambda: seen.count() == 1)
