"""The widget in a real JupyterLab, also while a cell runs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.screen import Screen

from deltarule._common.palette import DARK, LIGHT, rgb

pytest.importorskip("jupyterlab")

SHOW = """\
import deltarule
import numpy as np
X = np.random.default_rng(0).normal(size=(200, 2))
shown = deltarule.play(X, np.where(X[:, 0] * X[:, 1] > 0, "same", "other"))
shown"""
BUSY = "import time\nfor _ in range(150):\n    time.sleep(0.1)"
CARD = """\
import deltarule as dr
X = [[i / 20] for i in range(20)]
dr.fit(dr.Network([dr.Dense(3, "tanh"), dr.Dense(1)]), X, [x[0] for x in X], epochs=9)"""
COURSE = """\
from deltarule import course
course.live("perceptron-line")"""
TOKEN = "notebook-test"


def notebook(*cells: str) -> str:
    """Return a notebook of these cells."""
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code", "id": f"cell-{i}", "metadata": {},
                    "execution_count": None, "outputs": [], "source": source,
                }
                for i, source in enumerate(cells)
            ],
            "metadata": {
                "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[str]:
    """A JupyterLab with its own settings; yields its address."""
    folder = tmp_path_factory.mktemp("lab")
    work = folder / "work"
    work.mkdir()
    (work / "play.ipynb").write_text(notebook(SHOW, BUSY))
    (work / "card.ipynb").write_text(notebook(CARD))
    (work / "course.ipynb").write_text(notebook(COURSE))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {
        name: str(folder / name)
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}",
        f"--IdentityProvider.token={TOKEN}", "--ServerApp.allow_root=True",
        f"--ServerApp.root_dir={work}", "--LabApp.news_url=None",
    ]  # fmt: skip
    log = (folder / "log").open("wb")
    with subprocess.Popen(command, env={**os.environ, **places}, stdout=log, stderr=log) as process:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/api?token={TOKEN}", process, folder / "log")
        yield address
        process.terminate()
        process.wait(20)
    log.close()


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not start: {log.read_text()}")


def _first_cell_run(screen: Screen, lab: str, name: str) -> Any:
    """Open a notebook in a workspace of its own and run its first cell; return its cells."""
    screen.page.goto(f"{lab}/lab/workspaces/{name}/tree/{name}.ipynb?token={TOKEN}")
    cells = screen.page.locator(".jp-Notebook .jp-CodeCell")
    cells.first.wait_for(timeout=60_000)
    screen.page.wait_for_function(
        "() => document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'",
        timeout=60_000,
    )
    screen.page.wait_for_timeout(2000)
    cells.first.locator(".cm-content").click()
    screen.page.keyboard.press("Shift+Enter")
    return cells


def test_a_result_is_a_card_in_the_colors_of_the_notebook(chromium, lab):
    context = chromium.new_context(viewport={"width": 1440, "height": 1100})
    screen = Screen(context.new_page(), lab)
    _first_cell_run(screen, lab, "card")
    card = screen.page.locator(".deltarule-card")
    card.wait_for(timeout=60_000)
    assert "All 9 epochs were run" in card.inner_text()
    assert card.locator("svg").count() == 2  # loss and score
    seen = "node => [getComputedStyle(node).backgroundColor, getComputedStyle(node).color]"
    for is_light, theme in (("true", LIGHT), ("false", DARK)):
        screen.page.evaluate(f"document.body.dataset.jpThemeLight = '{is_light}'")
        assert card.evaluate(seen) == [f"rgb{rgb(color)}" for color in (theme.card, theme.ink)]
        cell = card.locator("td").first
        assert cell.evaluate(seen) == ["rgba(0, 0, 0, 0)", f"rgb{rgb(theme.ink)}"]
    context.close()


def test_a_figure_of_the_course_is_live(chromium, lab):
    context = chromium.new_context(viewport={"width": 1366, "height": 900})
    screen = Screen(context.new_page(), lab)
    _first_cell_run(screen, lab, "course")
    figure = screen.page.locator(".course-figure.is-live")
    figure.wait_for(timeout=60_000)
    assert "= −6, ŷ = σ(−6)" in figure.locator(".sentence").inner_text()
    figure.locator("[data-control=x_1] input").press("Home")  # x₁ = −4
    screen.until(lambda: "= −15, ŷ" in figure.locator(".sentence").inner_text())
    assert figure.locator("svg").count() == 2
    context.close()


def test_the_widget_trains_and_responds_while_a_cell_runs(chromium, lab):
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    screen = Screen(context.new_page(), lab)
    cells = _first_cell_run(screen, lab, "play")
    screen.find("playground").wait_for(timeout=30_000)
    screen.painted()
    assert "same" in screen.find("class-legend").inner_text()
    screen.page.wait_for_timeout(1500)

    # In a laptop's window the whole widget is in sight, with the transport bar and the surface.
    screen.page.locator(".deltarule-playground").evaluate("node => node.scrollIntoView()")
    panel = screen.page.locator(".jp-WindowedPanel-outer").bounding_box()
    for name in ("transport", "network-canvas", "surface-canvas"):
        box = screen.find(name).bounding_box()
        assert box["y"] >= panel["y"]
        assert box["y"] + box["height"] <= panel["y"] + panel["height"]

    cells.nth(1).locator(".cm-content").click()
    screen.page.keyboard.press("Shift+Enter")
    busy = "document.querySelector('.jp-Notebook-ExecutionIndicator').dataset.status"
    screen.until(lambda: screen.page.evaluate(busy) == "busy")
    before = screen.pixels("surface-canvas")
    screen.click("play")
    screen.until(lambda: screen.epoch > 20)
    screen.type("learning-rate", "0.05")
    screen.until(lambda: "0.05" in screen.changes)
    screen.pause()
    epoch = screen.epoch
    screen.click("epoch")
    screen.until(lambda: screen.epoch == epoch + 1)
    assert screen.page.evaluate(busy) == "busy"
    assert (screen.pixels("surface-canvas") != before).any()
    context.close()
