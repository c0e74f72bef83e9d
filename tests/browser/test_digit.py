"""A drawn digit is read while the network learns, and its weights are shown as templates."""

from __future__ import annotations

import math

import numpy as np
import pytest
from browser.test_access import violations

NETWORK = "data=digits&layers=16tanh:l2=0.003&outputl2=0.003&rate=0.001&batch=32&epochs=60"
SEVEN = [(0.25, 0.12), (0.75, 0.12), (0.6, 0.5), (0.4, 0.92)]
ZERO = [(0.5 + 0.27 * math.cos(a), 0.5 + 0.42 * math.sin(a)) for a in np.linspace(0, 2 * np.pi, 24)]


def draw(screen, places) -> None:
    """Draw one stroke on the pad."""
    canvas = screen.find("digit-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    mouse = screen.page.mouse
    for i, (x, y) in enumerate(places):
        mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if i == 0:
            mouse.down()
    mouse.up()


def learn(screen) -> None:
    """Train for the 60 epochs of the network."""
    screen.fast()
    screen.click("play")
    screen.until(lambda: screen.epoch == 60)


def answer(screen) -> str:
    return str(screen.find("digit-answer").inner_text())


def test_drawn_digits_are_read(tab):
    screen = tab(NETWORK)
    learn(screen)
    draw(screen, ZERO)
    screen.until(lambda: answer(screen).startswith("0 ("))
    screen.click("digit-clear")
    screen.until(lambda: answer(screen) == "–")
    draw(screen, SEVEN)
    screen.until(lambda: answer(screen).startswith("7 ("))


def test_the_answer_follows_the_network(tab):
    screen = tab(NETWORK)
    draw(screen, ZERO)
    screen.until(lambda: answer(screen) != "–")
    before = screen.pixels("digit-probabilities")
    learn(screen)
    screen.until(lambda: answer(screen).startswith("0 ("))
    assert not np.array_equal(screen.pixels("digit-probabilities"), before)


def test_weights_are_shown_as_templates(tab):
    screen = tab("data=digits&layers=none&rate=0.001&batch=32&view=components")
    templates = screen.find("templates")
    assert "each digit" in templates.inner_text()
    assert templates.locator("li").count() == 10
    before = screen.pixels("templates")
    screen.train(40)
    screen.page.wait_for_timeout(400)
    assert not np.array_equal(screen.pixels("templates"), before)


def test_other_datasets_have_no_pad(screen):
    assert screen.find("card-digit").count() == 0
    screen.find("toy-digits").click()
    screen.find("card-digit").wait_for()
    screen.find("toy-circles").click()
    screen.until(lambda: screen.find("card-digit").count() == 0)


def test_a_digit_is_drawn_by_keyboard(tab):
    screen = tab(NETWORK)
    learn(screen)
    screen.find("digit-canvas").focus()
    press = screen.page.keyboard.press
    for _ in range(7):
        press("ArrowUp")
    press("Space")
    for _ in range(14):
        press("ArrowDown")
    press("Space")
    press("ArrowRight")  # the pen is lifted: nothing is drawn
    screen.until(lambda: answer(screen).startswith("1 ("))


def test_a_finger_draws_too(tab):
    screen = tab(NETWORK, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    screen.find("digit-canvas").scroll_into_view_if_needed()
    box = screen.find("digit-canvas").bounding_box()
    screen.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    screen.until(lambda: answer(screen) != "–")


def test_a_stroke_that_the_system_takes_away_has_ended(tab):
    screen = tab(NETWORK, has_touch=True)
    canvas = screen.find("digit-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    devtools = screen.page.context.new_cdp_session(screen.page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": box["x"] + x, "y": box["y"] + y} for x, y in places]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (20, 20))
    touch("touchMove", (20, 60))
    touch("touchCancel")
    screen.until(lambda: answer(screen) != "–")
    before = screen.pixels("digit-canvas")
    screen.page.mouse.move(box["x"] + 80, box["y"] + 80, steps=4)
    screen.page.wait_for_timeout(100)
    assert np.array_equal(screen.pixels("digit-canvas"), before)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing_beside_a_drawn_digit(tab, scheme, width):
    screen = tab(NETWORK, color_scheme=scheme, viewport={"width": width, "height": 900})
    draw(screen, ZERO)
    screen.until(lambda: answer(screen) != "–")
    assert violations(screen) == []
