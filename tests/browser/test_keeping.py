"""The address, exported files, and the exported page."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

import deltarule as dr


def saved(screen, what: str, folder):
    """Export `what` and return the file."""
    screen.click("share")
    with screen.page.expect_download() as waiting:
        screen.click(f"export-{what}")
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_an_address_is_the_whole_experiment(tab):
    address = "data=moons&rows=80&rate=0.03&layers=6relu:dropout=0.1,3tanh&batch=20"
    screen = tab(address)
    assert screen.find("toy-moons").is_checked()
    assert screen.number("units-0") == 6
    assert screen.find("activation-1").input_value() == "tanh"
    assert screen.find("learning-rate").input_value() == "0.03"
    again = tab(screen.page.url.split("#")[1])
    assert np.array_equal(again.pixels("surface-canvas"), screen.pixels("surface-canvas"))


def test_an_unreadable_address_is_reported(tab):
    screen = tab("data=circels")
    screen.find("error").first.wait_for()
    assert "circles" in screen.find("error").first.inner_text()


def test_a_reload_continues_the_session(screen):
    screen.click("more-layers")
    screen.until(lambda: screen.number("layer-count") == 2)
    screen.train(50)
    epoch, picture = screen.epoch, screen.pixels("surface-canvas")
    screen.page.reload()
    screen.find("playground").wait_for()
    screen.until(lambda: screen.epoch == epoch)
    screen.page.wait_for_timeout(300)
    assert np.array_equal(screen.pixels("surface-canvas"), picture)


def test_an_experiment_is_saved_and_opened_again(screen, tab, tmp_path):
    screen.click("toy-xor")
    screen.type("learning-rate", "0.07")
    screen.until(lambda: "rate=0.07" in screen.page.url)
    path = saved(screen, "experiment", tmp_path)
    assert json.loads(path.read_text())["training"]["learning_rate"] == 0.07
    other = tab()
    other.click("share")
    other.find("open-input").set_input_files(path)
    other.until(lambda: "rate=0.07" in other.page.url)
    assert other.find("toy-xor").is_checked()


def test_a_model_file_has_the_shown_network(screen, tmp_path):
    screen.train(100)
    network = dr.load_network(saved(screen, "model", tmp_path))
    said = network.predict([[0.0, 0.0], [1.2, 1.2]])
    assert said[0, 0] > 0.5 > said[1, 0]


@pytest.mark.parametrize("what", ["python", "keras"])
def test_code_is_shown_and_saved(screen, tmp_path, what):
    screen.click("epoch")
    screen.until(lambda: screen.epoch == 1)
    screen.click("share")
    screen.click(f"export-{what}")
    dialog = screen.find("code-dialog")
    dialog.wait_for()
    assert "make_circles" in dialog.inner_text()
    with screen.page.expect_download() as waiting:
        screen.click("save-code")
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    screen.click("close-code")
    screen.until(lambda: not dialog.is_visible())
    if what == "python":
        done = subprocess.run(
            [sys.executable, path], capture_output=True, text=True, check=True, cwd=tmp_path
        )
        reported = float(done.stdout.split("training loss ")[1].split(",")[0])
        assert screen.number("training-loss") == pytest.approx(reported, rel=0.01)


def test_the_history_is_a_table(screen, tmp_path):
    screen.train(30)
    lines = saved(screen, "history", tmp_path).read_text().splitlines()
    assert lines[0].startswith("epoch,learning_rate,training_loss")
    assert int(lines[-1].split(",")[0]) == screen.epoch


def test_an_exported_page_says_that_training_ended_where_it_did(tab, tmp_path, chromium):
    screen = tab("data=blobs&epochs=60")
    screen.train(60)
    ended = screen.find("stopped").inner_text()
    assert ended.endswith("Train 60 more epochs")
    page = chromium.new_page()
    page.goto(saved(screen, "html", tmp_path).as_uri())
    frozen = type(screen)(page, "")
    stopped = frozen.find("stopped")
    stopped.wait_for()
    assert ended.startswith(stopped.inner_text())
    assert "more epochs" not in stopped.inner_text()  # an exported page has no such button
    frozen.find("replay").fill("0")
    stopped.wait_for(state="detached")
    frozen.find("replay").fill(frozen.find("replay").get_attribute("max"))
    stopped.wait_for()
    page.close()


def test_the_exported_page_works_alone(screen, tab, tmp_path, chromium):
    screen.train(120)
    path = saved(screen, "html", tmp_path)
    picture = screen.pixels("surface-canvas")
    context = chromium.new_context(viewport={"width": 1440, "height": 1000}, offline=True)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    frozen = type(screen)(page, "")
    frozen.find("playground").wait_for()
    frozen.painted()
    assert frozen.epoch == screen.epoch
    assert frozen.find("step").count() == frozen.find("learning-rate").count() == 0
    alike = np.abs(frozen.pixels("surface-canvas") - picture).max(axis=2) < 40
    assert alike.mean() > 0.97
    frozen.find("replay").fill("0")
    frozen.until(lambda: frozen.epoch == 0)
    assert not np.array_equal(frozen.pixels("surface-canvas"), picture)
    assert errors == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
    context.close()
