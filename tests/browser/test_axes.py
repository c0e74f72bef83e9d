"""Axes: columns in their order, and ticks whose labels are whole."""

from __future__ import annotations

import numpy as np
from browser.screen import CHECKOUT

IRIS = (CHECKOUT / "examples" / "iris.csv").read_bytes()


def options(screen, testid: str) -> list[str]:
    """Return the entries of a menu."""
    return screen.find(testid).locator("option").all_text_contents()


def test_menus_of_axes_have_the_columns_in_the_order_of_the_table(screen):
    screen.drop("flowers.csv", IRIS)
    screen.until(lambda: "source=table" in screen.page.url)
    assert screen.find("toy-table").inner_text().strip() == "flowers.csv"
    columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    for testid, shown in (("view-x", "petal_length"), ("view-y", "petal_width")):
        assert options(screen, testid) == columns
        assert screen.find(testid).input_value() == shown


def test_the_columns_of_two_axes_change_places(screen):
    screen.drop("flowers.csv", IRIS)
    screen.until(lambda: "source=table" in screen.page.url)
    screen.choose("view-x", "petal_width")
    screen.until(lambda: "x=petal_width" in screen.page.url)
    assert screen.find("view-x").input_value() == "petal_width"
    assert screen.find("view-y").input_value() == "petal_length"


def test_an_empty_file_is_called_by_its_name(screen):
    screen.drop("my flowers.csv", b"")
    screen.find("error").first.wait_for()
    assert "my flowers.csv is empty" in screen.find("error").first.inner_text()


def test_labels_of_large_numbers_are_whole(tab):
    screen = tab(script=WRITTEN)
    source = np.random.default_rng(0)
    size = source.uniform(100_000, 115_000, 200)
    lines = [f"{x:.0f},{y:.4f},{3 * x:.0f}" for x, y in zip(size, size / 1e9, strict=True)]
    screen.drop("prices.csv", "\n".join(["size,share,price", *lines]).encode())
    screen.until(lambda: "target=price" in screen.page.url)
    screen.train(5)
    written = set(screen.page.evaluate("window.written"))
    assert {"100,000", "105,000", "110,000"} <= written
    assert not [text for text in written if "\u2026" in text]


# What is written on canvases.
WRITTEN = """
window.written = [];
const fillText = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
    window.written.push(text);
    return fillText.call(this, text, ...place);
};
"""
