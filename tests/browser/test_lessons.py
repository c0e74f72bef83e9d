"""Lessons: their text, what they show, and advice that is applied by a click."""

from __future__ import annotations

import numpy as np


def open_lesson(screen, name: str) -> None:
    """Choose a lesson from its menu, and wait until it is shown."""
    screen.click("presets")
    screen.click(f"preset-{name}")
    screen.until(lambda: f"lesson={name}" in screen.page.url)


def test_a_lesson_is_part_of_the_address(screen):
    open_lesson(screen, "overfitting")
    assert "validation loss turns" in screen.find("idea").inner_text()
    screen.page.reload()
    screen.find("idea").wait_for()
    screen.click("close-lesson")
    screen.until(lambda: "lesson=" not in screen.page.url)
    assert screen.find("idea").count() == 0


def test_overfitting_is_seen_in_the_losses(screen):
    open_lesson(screen, "overfitting")
    screen.train(1000)
    assert screen.number("training-loss") < 0.1 * screen.number("validation-loss")
    without = screen.number("validation-loss")
    bent = screen.pixels("surface-canvas")
    screen.click("try-1")  # an L2 penalty
    screen.until(lambda: ":l2=0.03" in screen.page.url)
    screen.until(lambda: screen.epoch == 0)
    screen.train(1000)
    assert screen.number("validation-loss") < 0.5 * without
    assert not np.array_equal(screen.pixels("surface-canvas"), bent)


def test_early_stopping_shows_the_weights_of_the_best_epoch(screen):
    open_lesson(screen, "early_stopping")
    screen.fast()
    screen.click("play")
    screen.find("stopped").wait_for()
    said = screen.find("stopped").inner_text()
    kept = int(said.partition("Kept the weights of epoch ")[2].partition(",")[0])
    screen.until(lambda: screen.epoch == kept)
    assert f"kept: epoch {kept}" in screen.find("kept-epoch").inner_text()
    assert f"after epoch {kept + 100}" in said
    assert screen.number("validation-loss") < 0.46  # that of the best epoch


def test_advice_after_an_explosion_is_applied_by_a_click(screen):
    open_lesson(screen, "exploding")
    screen.click("play")
    screen.find("stopped").wait_for()
    assert screen.epoch > 30
    advice = screen.find("advice-0")
    assert advice.inner_text() == "Set the learning rate to 0.1 (it is 1.1)."
    advice.focus()
    screen.page.keyboard.press("Enter")
    screen.until(lambda: screen.page.url.endswith("lesson=exploding&rate=0.1"))
    screen.until(lambda: screen.epoch == 0)
    assert screen.find("stopped").count() == 0
    screen.train(100)
    assert screen.number("validation-score") > 0.95


def test_vanishing_gradients_are_seen_and_tanh_brings_them_back(screen):
    open_lesson(screen, "vanishing")
    first, last = screen.find("gradient-0"), screen.find("gradient-6")
    first.wait_for()

    def ratio() -> float:
        return screen.number("gradient-0") / screen.number("gradient-6")

    assert ratio() < 1e-2
    assert first.inner_text() != last.inner_text()
    screen.click("try-0")
    screen.until(lambda: screen.epoch == 0 and ratio() > 0.05)
    screen.train(200)
    assert screen.number("validation-score") > 97
