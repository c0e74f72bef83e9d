"""Lecture mode, questions before Play, the lock, and parts hidden by the address."""

from __future__ import annotations

import pytest
from browser.test_access import violations

LESSON = "lesson=xor&data=xor&rate=0.003"


def is_disabled(screen, testid: str) -> bool:
    return bool(screen.find(testid).is_disabled())


def test_a_question_comes_before_play(tab):
    screen = tab(f"{LESSON}&lecture=yes")
    assert is_disabled(screen, "play")
    assert "without a hidden layer" in screen.find("question").inner_text()
    screen.page.keyboard.press("Alt+p")
    screen.page.wait_for_timeout(300)
    assert screen.epoch == 0
    screen.find("answer-0").click()
    screen.until(lambda: not is_disabled(screen, "play"))
    assert screen.find("explanation").count() == 0
    screen.train(50)
    screen.click("show-answer")
    assert "only three quarters of the points" in screen.find("explanation").inner_text()
    assert "right" in screen.find("answer-2").inner_text()
    assert screen.find("answer-0").count() == 0  # only the right one is left


def test_the_bars_that_answer_the_question_come_after_it(tab):
    screen = tab("lesson=vanishing&lecture=yes", viewport={"width": 1920, "height": 1080})
    assert screen.find("layer-gradients").count() == 0
    screen.click("answer-1")
    screen.find("layer-gradients").wait_for()
    box = screen.find("layer-gradients").bounding_box()
    assert box["y"] + box["height"] < 1080


def test_a_digit_is_drawn_beside_the_surface_and_the_curves(tab):
    screen = tab("lesson=digits&lecture=yes", viewport={"width": 1920, "height": 1080})
    for testid in ("digit-canvas", "surface-canvas"):
        box = screen.find(testid).bounding_box()
        assert box["y"] + box["height"] < 1080, testid
    pad, surface = (screen.find(name).bounding_box() for name in ("digit-canvas", "surface-canvas"))
    assert pad["x"] + pad["width"] < surface["x"]


def test_a_question_can_be_skipped(tab):
    screen = tab(f"{LESSON}&lecture=yes")
    screen.click("skip-question")
    screen.until(lambda: not is_disabled(screen, "play"))
    screen.train(5)


def test_a_lesson_that_is_opened_again_asks_again(tab):
    screen = tab(f"{LESSON}&lecture=yes")
    screen.click("skip-question")
    screen.click("show-answer")
    assert "right" in screen.find("answer-2").inner_text()
    screen.click("presets")
    screen.click("preset-xor")
    screen.find("skip-question").wait_for()
    assert "right" not in screen.find("answer-2").inner_text()


def test_play_does_not_wait_for_a_question_that_is_hidden(tab):
    screen = tab(f"{LESSON}&lecture=yes&hide=lessons")
    assert screen.find("question").count() == 0
    screen.train(5)


def test_the_menu_shows_which_parts_a_lecture_leaves_out(tab):
    screen = tab("lecture=yes")
    screen.click("lecture")
    assert is_disabled(screen, "part-data")
    assert not screen.find("part-data").is_checked()
    assert screen.find("part-curves").is_checked()
    assert not is_disabled(screen, "part-curves")


def test_without_lecture_mode_play_does_not_wait(tab):
    screen = tab(LESSON)
    assert screen.find("question").count() == 1
    screen.train(5)


def test_a_lecture_by_keyboard(tab):
    screen = tab("lecture=yes")
    screen.page.keyboard.press("PageDown")
    screen.until(lambda: "lesson=perceptron" in screen.page.url)
    assert screen.find("lesson-place").inner_text() == "1 of 12"
    focused = "document.activeElement?.closest('label')?.dataset.testid ?? ''"
    for _ in range(60):
        screen.page.keyboard.press("Tab")
        if screen.page.evaluate(focused).startswith("answer"):
            break
    screen.page.keyboard.press("Space")
    screen.until(lambda: not is_disabled(screen, "play"))
    screen.page.keyboard.press("Alt+p")
    screen.until(lambda: screen.epoch > 0)
    screen.page.keyboard.press("PageDown")
    screen.until(lambda: "lesson=xor" in screen.page.url)
    screen.until(lambda: screen.epoch == 0 and is_disabled(screen, "play"))
    screen.page.keyboard.press("PageUp")
    screen.until(lambda: "lesson=perceptron" in screen.page.url)
    screen.until(lambda: is_disabled(screen, "play"))  # it asks again


def test_lecture_mode_is_large_and_fits_a_projector(tab):
    screen = tab(f"{LESSON}&lecture=yes", viewport={"width": 1920, "height": 1080})
    screen.click("skip-question")
    sizes = screen.page.evaluate(
        """[...document.querySelectorAll(".lesson p, .figures dd, .legend li, .lesson button")]
            .map(e => parseFloat(getComputedStyle(e).fontSize))"""
    )
    assert min(sizes) >= 18
    for testid in ("card-data", "card-training", "card-landscape"):
        assert screen.find(testid).count() == 0
    for testid in ("play", "idea", "surface-canvas", "chart-loss"):
        box = screen.find(testid).bounding_box()
        assert box["y"] + box["height"] <= 1080
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= 1920


def test_the_address_hides_parts(tab):
    screen = tab("hide=data,training,share,lessons,landscape,errors,layers,view")
    for testid in (
        "card-data", "card-training", "share", "presets", "card-landscape", "card-confusion",
        "layer-settings", "show-validation", "sample",
    ):  # fmt: skip
        assert screen.find(testid).count() == 0, testid
    for testid in ("card-network", "card-surface", "card-curves", "play"):
        assert screen.find(testid).count() == 1, testid
    screen.train(5)
    screen.click("lecture")
    screen.find("part-data").check()
    screen.find("card-data").wait_for()
    screen.until(lambda: "hide=lessons" in screen.page.url)
    assert screen.epoch >= 5  # what is shown restarts nothing


def test_the_lock_leaves_training_and_lessons(tab):
    screen = tab(f"{LESSON}&locked=yes")
    assert is_disabled(screen, "rows")
    assert is_disabled(screen, "optimizer")
    for testid in ("more-layers", "more-units-0", "activation-0", "layer-settings"):
        assert screen.find(testid).count() == 0, testid
    before = screen.page.url
    screen.drop("flowers.csv", b"a,b\n1,2\n2,3\n3,4\n4,5\n5,6\n6,7\n")
    screen.train(20)
    assert screen.page.url == before
    screen.click("next-lesson")
    screen.until(lambda: "lesson=linear" in screen.page.url)
    assert "locked=yes" in screen.page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1920, 1080), (390, 844)])
def test_axe_finds_nothing_in_a_lecture(tab, scheme, size):
    screen = tab(
        f"{LESSON}&lecture=yes",
        color_scheme=scheme,
        viewport={"width": size[0], "height": size[1]},
    )
    assert violations(screen) == []
    screen.find("answer-2").click()
    screen.click("show-answer")
    screen.click("lecture")
    screen.page.wait_for_timeout(200)
    assert violations(screen) == []
