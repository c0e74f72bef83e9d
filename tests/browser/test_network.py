"""The network: layers, units, manual weights and a chosen sample."""

from __future__ import annotations

import numpy as np


def units(screen) -> list[int]:
    """Return the units of each hidden layer as shown on the page."""
    count = int(screen.number("layer-count"))
    return [int(screen.number(f"units-{i}")) for i in range(count)]


def test_layers_and_units_are_added_and_removed(screen):
    assert units(screen) == [4]
    screen.click("more-layers")
    screen.until(lambda: len(units(screen)) == 2)
    before = units(screen)
    for _ in range(3):  # fast clicks must not undo each other
        screen.click("more-units-1")
    screen.until(lambda: units(screen) == [before[0], before[1] + 3])
    screen.click("fewer-units-0")
    screen.until(lambda: units(screen)[0] == before[0] - 1)
    assert screen.find("unit-1-0").count() == 1
    screen.click("fewer-layers")
    screen.until(lambda: len(units(screen)) == 1)


def test_each_layer_has_its_own_activation(screen):
    screen.click("more-layers")
    screen.until(lambda: len(units(screen)) == 2)
    screen.choose("activation-1", "relu")
    screen.until(lambda: "relu" in screen.page.url)
    screen.choose("activation-0", "sigmoid")
    screen.until(lambda: "sigmoid" in screen.page.url)
    assert screen.find("activation-1").input_value() == "relu"


def test_dropout_and_penalties_belong_to_a_layer(screen):
    screen.find("layer-settings").locator("summary").first.click()
    screen.type("dropout-0", "0.25")
    screen.until(lambda: "dropout=0.25" in screen.page.url)
    screen.type("l2-0", "0.01")
    screen.until(lambda: "l2=0.01" in screen.page.url)


def test_a_weight_set_by_hand_changes_the_picture(screen):
    before = screen.pixels("surface-canvas")
    screen.click("unit-1-0")
    screen.find("unit-panel").wait_for()
    screen.type("weight-0", "8")
    screen.until(lambda: "set by hand" in screen.changes)
    screen.until(lambda: not np.array_equal(screen.pixels("surface-canvas"), before))
    assert screen.find("weight-0").input_value() == "8"
    screen.click("rewind")
    screen.until(lambda: np.array_equal(screen.pixels("surface-canvas"), before))


def test_a_link_shows_its_weight_and_can_be_edited(screen):
    def middle() -> tuple[float, float]:
        source, to = (screen.find(name).bounding_box() for name in ("unit--1-0", "unit-0-0"))
        y = (source["y"] + source["height"] / 2 + to["y"] + to["height"] / 2) / 2
        return (source["x"] + source["width"] + to["x"]) / 2, y

    def pointed_at() -> bool:  # again, where the page was still settling
        x, y = middle()
        screen.page.mouse.move(x - 3, y)
        screen.page.mouse.move(x, y)
        return bool(screen.find("link-tip").count())

    screen.until(pointed_at)
    assert any(character.isdigit() for character in screen.find("link-tip").inner_text())
    screen.page.mouse.click(*middle())
    screen.find("link-editor").wait_for()
    screen.type("link-weight", "-3.5")
    screen.until(lambda: "-3.5" in screen.changes.replace("\u2212", "-"))


def test_a_sample_shows_its_activations_and_deltas(screen):
    screen.train(100)
    plain = screen.pixels("network-canvas")
    screen.type("sample-number", "5")
    screen.until(lambda: "%" in screen.find("sample-prediction").inner_text())
    screen.until(lambda: not np.array_equal(screen.pixels("network-canvas"), plain))
    without = screen.pixels("network-canvas")
    screen.find("show-deltas").click()
    screen.until(lambda: not np.array_equal(screen.pixels("network-canvas"), without))
    screen.click("sample-none")
    screen.until(lambda: screen.find("sample-prediction").count() == 0)


def test_the_networks_table_has_every_layer(screen):
    screen.click("table-network")
    table = screen.find("card-network").get_by_role("table").first
    assert table.get_by_role("row").count() >= 3
