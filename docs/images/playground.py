"""Takes the screenshots of the playground for the docs.

Run it on an installed deltarule with its page built, Playwright and a Chromium:

    deltarule play --no-browser          # prints its address
    python docs/images/playground.py ADDRESS [CHROMIUM]
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run"]


def opened(browser: Browser, address: str, fragment: str, **context: object) -> Page:
    """Return a page with the experiment of `fragment`."""
    page = browser.new_context(**context).new_page()  # type: ignore[arg-type]
    page.goto(f"{address}#{fragment}")
    page.get_by_test_id("playground").wait_for()
    return page


def trained(page: Page, epochs: int) -> None:
    """Train until `epochs`, then pause."""
    page.get_by_test_id("speed").select_option("200")
    page.get_by_test_id("play").click()
    count = "document.querySelector('[data-testid=epoch-count]').innerText.replace(/[^0-9]/g, '')"
    page.wait_for_function(f"() => Number({count}) >= {epochs}", timeout=120_000)
    page.get_by_test_id("play").click()
    page.wait_for_timeout(600)


def shot(page: Page, name: str, whole: bool = False) -> None:
    """Save the window or the whole page as PNG."""
    path = HERE / name
    page.mouse.move(0, 0)
    page.evaluate("scrollTo(0, 0)")
    if whole:  # resize first, so that all canvases are drawn again before the screenshot
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": page.viewport_size["width"], "height": height})
        page.wait_for_timeout(600)
    page.screenshot(path=path)
    Image.open(path).convert("RGB").save(path, optimize=True)


def main(address: str, chromium: str) -> None:
    """Take the three screenshots."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        page = opened(
            browser,
            address,
            "data=spirals",
            viewport={"width": 1280, "height": 900},
        )
        trained(page, 500)
        shot(page, "playground.png")

        page = opened(
            browser,
            address,
            "data=iris&deltas=yes",
            viewport={"width": 1280, "height": 900},
            color_scheme="dark",
        )
        trained(page, 150)
        page.get_by_test_id("sample-number").fill("71")
        page.keyboard.press("Enter")
        page.get_by_test_id("landscape").click()
        page.get_by_test_id("landscape-canvas").wait_for(timeout=60_000)
        page.wait_for_timeout(600)
        shot(page, "playground-dark.png", whole=True)

        page = opened(
            browser,
            address,
            "data=moons",
            viewport={"width": 390, "height": 844},
            device_scale_factor=2,
            has_touch=True,
            is_mobile=True,
        )
        trained(page, 200)
        shot(page, "playground-phone.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "/usr/bin/chromium")
