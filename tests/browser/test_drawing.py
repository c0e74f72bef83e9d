"""Points drawn on the plane, by pointer and by keyboard, in the link and as a file."""

from __future__ import annotations

import math

import pytest
from browser.test_access import violations


def ring(screen, radius: float, steps: int = 40) -> None:
    """Draw a ring around the middle of the plane, in one stroke."""
    screen.find("drawing-canvas").scroll_into_view_if_needed()
    box = screen.find("drawing-canvas").bounding_box()
    # The plane's middle is right of and above the canvas's, which has room for the axes' labels.
    middle = box["x"] + 0.55 * box["width"], box["y"] + 0.45 * box["height"]
    mouse = screen.page.mouse
    for i in range(steps + 1):
        angle = 2 * math.pi * i / steps
        x = middle[0] + radius * box["width"] * math.cos(angle)
        y = middle[1] + radius * box["height"] * math.sin(angle)
        mouse.move(x, y)
        if i == 0:
            mouse.down()
    mouse.up()


def choose_tool(screen, name: str) -> None:
    screen.find("draw-tool").get_by_role("radio", name=name).check(force=True)


def drawn(screen) -> str:
    """Return the drawn points in the address."""
    found: str = screen.page.url.partition("points=")[2].partition("&")[0]
    return found


@pytest.fixture
def pad(screen):
    """The page after a ring of orange around a ring of blue is drawn."""
    screen.find("toy-drawn").click()
    screen.find("drawing").wait_for()
    ring(screen, 0.38)
    assert "blue has 0" in screen.find("drawn-count").inner_text()
    choose_tool(screen, "blue")
    ring(screen, 0.15)
    screen.until(lambda: drawn(screen) != "")
    return screen


def test_drawn_points_are_trained_on(pad):
    pad.click("draw-done")
    pad.find("surface-canvas").wait_for()
    pad.type("learning-rate", "0.03")
    pad.find("feature-x1_squared").check(force=True)
    pad.find("feature-x2_squared").check(force=True)
    pad.train(300)
    assert pad.number("training-loss") < 0.2
    assert len(drawn(pad)) % 4 == 0


def test_the_link_opens_the_same_points(pad):
    points = drawn(pad)
    pad.page.reload()
    pad.find("surface-canvas").wait_for()
    assert drawn(pad) == points
    pad.click("draw")
    count = pad.find("drawn-count").inner_text()
    assert count == f"{len(points) // 4} points"


def test_points_are_erased_and_come_back_by_undo(pad):
    before = drawn(pad)
    choose_tool(pad, "erase")
    ring(pad, 0.38, steps=12)
    pad.until(lambda: 0 < len(drawn(pad)) < len(before) or "orange has" in counted(pad))
    pad.click("draw-undo")
    pad.until(lambda: drawn(pad) == before)
    pad.click("draw-clear")
    assert "orange has 0" in counted(pad)
    pad.click("draw-undo")
    assert counted(pad) == f"{len(before) // 4} points"


def counted(screen) -> str:
    return str(screen.find("drawn-count").inner_text())


def test_points_are_saved_as_csv(pad):
    with pad.page.expect_download() as waiting:
        pad.click("draw-csv")
    with open(waiting.value.path()) as file:
        lines = file.read().splitlines()
    assert lines[0] == "x1,x2,y"
    assert len(lines) == 1 + len(drawn(pad)) // 4
    assert {line.rpartition(",")[2] for line in lines[1:]} == {"orange", "blue"}


def test_points_are_drawn_by_keyboard(screen):
    screen.find("toy-drawn").click()
    screen.find("drawing-canvas").focus()
    for target, key in (("1", "ArrowLeft"), ("2", "ArrowRight")):
        screen.page.keyboard.press(target)
        for _ in range(4):
            for _ in range(2):
                screen.page.keyboard.press(key)
            screen.page.keyboard.press("Space")
        for _ in range(8):
            screen.page.keyboard.press("ArrowRight")
    screen.until(lambda: len(drawn(screen)) == 4 * 8)
    assert "At x₁" in counted(screen)
    screen.page.keyboard.press("Control+z")
    screen.until(lambda: len(drawn(screen)) == 4 * 7)


def test_another_dataset_ends_drawing(pad):
    pad.find("toy-moons").click()
    pad.until(lambda: "data=moons" in pad.page.url)
    assert pad.find("drawing").count() == 0
    assert drawn(pad) == ""


def test_nothing_of_the_old_dataset_stands_beside_the_pad(screen):
    assert "inside a ring" in screen.find("card-data").inner_text()
    screen.find("toy-drawn").click()
    screen.find("drawing").wait_for()
    shown = screen.find("card-data").inner_text()
    assert "inside a ring" not in shown
    for testid in ("rows", "noise", "row-counts"):
        assert screen.find(testid).count() == 0, testid


def test_a_lesson_or_a_table_ends_drawing(pad):
    pad.click("presets")
    pad.click("preset-linear")
    pad.find("surface-canvas").wait_for()
    assert pad.find("drawing").count() == 0
    pad.find("toy-drawn").click()
    pad.find("drawing").wait_for()
    pad.drop("t.csv", b"a,b\n" + b"".join(b"%d,%d\n" % (i, i % 2) for i in range(40)))
    pad.until(lambda: pad.find("drawing").count() == 0)


def test_without_enough_points_the_earlier_ones_train(pad):
    pad.click("draw-clear")
    assert "trains on the earlier points" in counted(pad)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_drawing_pad(tab, scheme):
    screen = tab(color_scheme=scheme, viewport={"width": 390, "height": 844})
    screen.find("toy-drawn").click()
    screen.find("drawing").wait_for()
    assert violations(screen) == []
