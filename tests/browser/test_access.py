"""Accessibility: keyboard, colors, sizes, reduced motion, and axe."""

from __future__ import annotations

import pytest
from browser.screen import CHECKOUT

AXE = CHECKOUT / "web" / "node_modules" / "axe-core" / "axe.min.js"


def violations(screen) -> list[str]:
    """Return the violations that axe finds, one line each."""
    screen.page.evaluate("window.scrollTo(0, 0)")
    screen.page.evaluate(AXE.read_text())
    found = screen.page.evaluate("axe.run().then(found => found.violations)")
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (360, 740)])
def test_axe_finds_nothing(tab, scheme, size):
    screen = tab(
        "data=iris&layers=6tanh,4relu",
        color_scheme=scheme,
        viewport={"width": size[0], "height": size[1]},
    )
    assert violations(screen) == []
    screen.train(20)
    for testid in ("table-network", "table-plane", "table-curves"):
        if screen.find(testid).count():
            screen.click(testid)
    assert violations(screen) == []


@pytest.mark.parametrize("opened", ["presets", "share", "unit-0-0"])
def test_axe_finds_nothing_with_open_menus_and_panels(screen, opened):
    screen.click(opened)
    screen.page.wait_for_timeout(200)
    assert violations(screen) == []


def test_axe_finds_nothing_in_error_messages(tab):
    screen = tab("data=hills&layers=8relu,8relu&optimizer=gradient_descent&rate=5")
    screen.click("play")
    screen.find("stopped").wait_for()
    screen.drop("empty.csv", b"")
    screen.find("error").first.wait_for()
    assert violations(screen) == []


@pytest.mark.parametrize("width", [360, 768, 1280, 3840])
def test_nothing_overflows(tab, width):
    screen = tab(viewport={"width": width, "height": 900})
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= width
    for testid in ("play", "toys", "surface-canvas", "network-canvas"):
        box = screen.find(testid).bounding_box()
        assert box["x"] >= 0
        if testid != "network-canvas":  # a wide network scrolls in its own frame
            assert box["x"] + box["width"] <= width


def test_everything_works_by_keyboard(screen):
    focused = "document.activeElement?.dataset.testid ?? ''"
    seen = []
    for _ in range(200):
        screen.page.keyboard.press("Tab")
        seen.append(screen.page.evaluate(focused))
        if seen[-1] == "play":
            break
    assert seen[-1] == "play"
    screen.page.keyboard.press("Space")
    screen.until(lambda: screen.epoch > 0)
    screen.page.keyboard.press("Space")
    screen.page.wait_for_timeout(300)
    epoch = screen.epoch
    screen.page.wait_for_timeout(300)
    assert screen.epoch == epoch
    for _ in range(300):
        screen.page.keyboard.press("Tab")
        seen.append(screen.page.evaluate(focused))
        if seen[-1] == "more-layers":
            break
    screen.page.keyboard.press("Enter")
    screen.until(lambda: screen.number("layer-count") == 2)


def test_the_focus_is_visible(screen):
    play = screen.find("play")
    before = screen.pixels("transport")
    for _ in range(200):
        screen.page.keyboard.press("Tab")
        if screen.page.evaluate("document.activeElement?.dataset.testid") == "play":
            break
    assert play.evaluate("e => e.matches(':focus-visible')")
    assert (screen.pixels("transport") != before).any()


def test_alt_p_pauses_from_anywhere(screen):
    screen.find("rows").focus()
    screen.page.keyboard.press("Alt+p")
    screen.until(lambda: screen.epoch > 0)
    screen.page.keyboard.press("Alt+p")
    screen.page.wait_for_timeout(300)
    epoch = screen.epoch
    screen.page.wait_for_timeout(300)
    assert screen.epoch == epoch


def test_reduced_motion_paints_twice_a_second(tab):
    screen = tab(reduced_motion="reduce")
    screen.click("play")
    screen.page.wait_for_timeout(500)
    painted = screen.page.evaluate(  # in the page: two seconds, however busy the machine is
        """() => new Promise(done => {
            const root = document.querySelector(".deltarule-playground");
            const seen = new Set([root.dataset.sequence]);
            const watcher = new MutationObserver(() => seen.add(root.dataset.sequence));
            watcher.observe(root, {attributes: true});
            setTimeout(() => done(seen.size), 2000);
        })"""
    )
    assert 1 < painted <= 7
    screen.pause()


def test_dark_and_light_follow_the_system_and_the_button(tab):
    screen = tab(color_scheme="dark")
    root = screen.page.locator(".deltarule-playground")
    assert root.get_attribute("data-theme") == "dark"
    for _ in range(3):
        screen.click("theme")
        if root.get_attribute("data-theme") == "light":
            break
    assert root.get_attribute("data-theme") == "light"


def test_the_state_is_announced_to_screen_readers(screen):
    announcer = screen.find("announcer")
    assert announcer.get_attribute("aria-live") or announcer.get_attribute("role") == "status"
    screen.click("play")
    screen.until(lambda: screen.epoch > 0)
    screen.click("play")
    screen.until(lambda: announcer.text_content().strip() != "")
