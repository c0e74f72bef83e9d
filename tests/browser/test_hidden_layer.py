"""The rows as the last hidden layer sees them."""

from __future__ import annotations

import numpy as np
from browser.test_access import violations


def test_the_hidden_layer_pulls_the_classes_apart(tab):
    screen = tab("layers=4tanh,2tanh")
    screen.find("show-hidden").check(force=True)
    screen.find("hidden-canvas").wait_for()
    screen.until(lambda: "hiddenlayer=yes" in screen.page.url)
    screen.page.wait_for_timeout(300)
    before = screen.pixels("hidden-canvas")
    screen.train(100)
    after = screen.pixels("hidden-canvas")
    assert not np.array_equal(before, after)
    assert screen.find("hidden-plane").count() == 0  # two units leave no choice


def test_units_are_chosen_or_projected(tab):
    screen = tab("layers=6tanh&hiddenlayer=yes")
    screen.find("hidden-canvas").wait_for()
    screen.train(30)
    assert "principal components" in screen.find("hidden-canvas").get_attribute("aria-label")
    projected = screen.pixels("hidden-canvas")
    epoch = screen.epoch
    screen.choose("hidden-plane", "units")
    screen.until(lambda: "unitx=0&unity=1" in screen.page.url)
    screen.until(lambda: not np.array_equal(screen.pixels("hidden-canvas"), projected))
    screen.choose("hidden-y", "4")
    screen.until(lambda: "unity=4" in screen.page.url)
    assert screen.epoch == epoch  # another view restarts nothing
    assert "two of its units" in screen.find("hidden-canvas").get_attribute("aria-label")


def test_without_two_units_the_card_says_what_to_do(tab):
    screen = tab("layers=1tanh&hiddenlayer=yes")
    assert "at least two units" in screen.find("hidden-missing").inner_text()
    screen.click("more-units-0")
    screen.find("hidden-canvas").wait_for()


def test_axe_finds_nothing_beside_the_hidden_layer(tab):
    screen = tab("layers=6tanh&hiddenlayer=yes", viewport={"width": 390, "height": 844})
    assert violations(screen) == []
