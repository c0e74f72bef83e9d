"""The help of each card explains each of its controls, by keyboard too."""

from __future__ import annotations

import pytest
from browser.test_access import violations

CARDS = ("data", "training", "network", "surface", "curves", "confusion", "landscape")
LABELS = """card => [...card.querySelectorAll(
    ".field > label, .switch > span, .card-body fieldset > legend, .card-body .row > button > span"
)].filter(e => !e.closest("dialog")).map(e => (e.firstChild ?? e).textContent.trim())"""


def names_in_help(screen, card: str) -> list[str]:
    found: list[str] = screen.find(f"help-dialog-{card}").locator("dt").all_text_contents()
    return [name for names in found for name in names.split(", ")]


@pytest.mark.parametrize("card", CARDS)
def test_each_control_has_an_explanation(screen, card):
    for details in screen.find(f"card-{card}").locator("details").all():
        details.evaluate("e => e.open = true")
    labels = screen.find(f"card-{card}").evaluate(LABELS)
    labels = [label.partition(" (")[0] for label in labels]
    ours = {"Data settings", "Choice of the data", "Training settings", "Compute", "Clear"}
    explained = names_in_help(screen, card)
    for label in labels:
        if label not in ours:
            assert label in explained, label


def test_every_input_of_a_table_is_explained(screen):
    lines = b"a,b,c,d\n" + b"".join(b"%d,%d,%d,%d\n" % (i, i * i % 7, -i, i % 2) for i in range(60))
    screen.drop("t.csv", lines)
    screen.until(lambda: "source=table" in screen.page.url)
    for card in ("data", "surface"):
        labels = screen.find(f"card-{card}").evaluate(LABELS)
        explained = names_in_help(screen, card)
        for label in labels:
            name = label.partition(" (")[0]
            assert name in explained or name in ("Data settings", "Choice of the data"), name


def test_help_opens_and_closes_by_keyboard(screen):
    screen.find("help-network").focus()
    screen.page.keyboard.press("Enter")
    dialog = screen.find("help-dialog-network")
    assert dialog.is_visible()
    assert "δ = g′(z)" in dialog.inner_text()
    screen.page.keyboard.press("Escape")
    screen.until(lambda: not dialog.is_visible())
    focused = screen.page.evaluate("document.activeElement.dataset.testid")
    assert focused == "help-network"


def test_the_bar_explains_its_numbers(screen):
    screen.click("help-transport")
    assert "w ← w − η · ∂J/∂w" in screen.find("help-dialog-transport").inner_text()
    screen.click("help-close-transport")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing_in_an_open_help(tab, scheme, width):
    screen = tab(color_scheme=scheme, viewport={"width": width, "height": 844})
    screen.click("help-network")
    assert violations(screen) == []
