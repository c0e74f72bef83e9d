"""Lectures in a hall: the network, the question and the way on lie in the window without scrolling."""

from __future__ import annotations

import pytest
from browser.test_lessons import open_lesson

SIZES = [(1920, 1080), (1366, 768)]
WATCHED = ("network-canvas", "surface-canvas", "chart-loss", "question", "next-lesson")


def out_of_sight(screen, *testids: str) -> list[str]:
    """Return which of these elements reach beyond the window, and the network if it scrolls."""
    screen.page.evaluate("scrollTo(0, 0)")
    size = screen.page.viewport_size
    found = []
    for testid in testids:
        box = screen.find(testid).bounding_box()
        if box["y"] + box["height"] > size["height"] or box["x"] + box["width"] > size["width"]:
            found.append(testid)
    if "scrolls" in (screen.find("network-scroll").get_attribute("class") or ""):
        found.append("network-scroll")
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lesson", ["xor", "overfitting", "exploding", "vanishing", "regression"])
def test_the_network_the_question_and_the_way_on_are_in_sight(tab, lesson, size):
    screen = tab("lecture=yes", viewport={"width": size[0], "height": size[1]})
    open_lesson(screen, lesson)
    assert out_of_sight(screen, *WATCHED, "skip-question") == []
    screen.click("answer-0")
    if lesson == "exploding":
        screen.click("play")
        screen.find("stopped").wait_for()
        assert out_of_sight(screen, "advice-0", "advice-1") == []
    else:
        screen.train(30)
    assert out_of_sight(screen, *WATCHED, "show-answer") == []
    assert screen.find("try-0").count() == 0  # it would tell the answer
    screen.click("show-answer")
    changes = [t for t in ("try-0", "try-1", "try-2", "try-3") if screen.find(t).count()]
    assert changes
    assert out_of_sight(screen, *WATCHED, "explanation", *changes) == []


def test_a_lecture_looks_alike_on_every_screen_of_its_shape(tab):
    shares = []
    for width, height in [(1366, 768), (1920, 1080), (2560, 1440)]:
        screen = tab("lesson=xor&lecture=yes", viewport={"width": width, "height": height})
        box = screen.find("network-canvas").bounding_box()
        shares.append([box["x"] / width, box["y"] / height, box["width"] / width])
    for share in shares[1:]:
        assert share == pytest.approx(shares[0], abs=0.01)


def test_narrow_columns_tell_units_and_activation_as_text(tab):
    screen = tab("lesson=vanishing&lecture=yes", viewport={"width": 1366, "height": 768})
    assert "4 units" in screen.find("column-0").inner_text()
    assert "sigmoid" in screen.find("column-0").inner_text()
    assert screen.find("more-units-0").count() == 0
    screen = tab("lesson=xor&lecture=yes", viewport={"width": 1366, "height": 768})
    assert screen.find("more-units-0").count() == 1


def test_a_lecture_trains_on_after_all_epochs(tab):
    screen = tab("lesson=xor&data=xor&epochs=3&lecture=yes")
    screen.click("skip-question")
    screen.click("play")
    screen.find("stopped").wait_for()
    assert "Stopping and clipping" not in screen.find("stopped").inner_text()
    assert screen.find("more-epochs").inner_text() == "Train 3 more epochs"
    screen.click("more-epochs")
    screen.until(lambda: screen.epoch == 6)
    screen.until(lambda: "epochs=6" in screen.page.url)
    locked = tab("lesson=xor&data=xor&epochs=3&lecture=yes&locked=yes")
    locked.click("skip-question")
    locked.click("play")
    locked.find("stopped").wait_for()
    assert "Rewind trains again from epoch 0." in locked.find("stopped").inner_text()
    assert locked.find("more-epochs").count() == 0


@pytest.mark.parametrize("size", [(390, 844), *SIZES])
@pytest.mark.parametrize("locked", ["", "&locked=yes"])
def test_exponential_breaks_only_at_its_hyphens(tab, locked, size):
    screen = tab(
        f"layers=4exponential,{','.join(['4tanh'] * 5)}{locked}",
        viewport={"width": size[0], "height": size[1]},
    )
    words = screen.find("column-0").locator("p" if locked else "bdi").last
    lines = words.evaluate(LINES)
    assert lines in (["exponential"], ["expo", "nential"], ["exponen", "tial"])


# The letters of an element's text, line by line.
LINES = """element => {
    const text = element.firstChild;
    const lines = new Map();
    [...text.data].forEach((letter, i) => {
        if (letter === "\u00ad") return;
        const range = document.createRange();
        range.setStart(text, i);
        range.setEnd(text, i + 1);
        const top = Math.round([...range.getClientRects()].at(-1).top);  // the first may be a hyphen
        lines.set(top, (lines.get(top) ?? "") + letter);
    });
    return [...lines.values()];
}"""
