"""The pages of the course on the website, and how a test waits for their figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from browser.screen import CHECKOUT
from browser.web_host import SITE

PAGES = sorted(path.stem for path in (CHECKOUT / "docs" / "course").glob("[0-9]*.md"))
LOADED_MS = 90_000

site_is_built = pytest.mark.skipif(
    not (SITE / "docs" / "course").exists(), reason="the website was not built: make site"
)
# All tests of a page, then all of the next one: they share the page that the fixtures opened.
each_page = pytest.mark.parametrize("name", PAGES, scope="module")


def resize(page: Any, width: int, height: int, scheme: str = "light") -> None:
    """Give a page this size and color scheme."""
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(
        "([w, s]) => innerWidth === w && document.documentElement.dataset.theme === s",
        arg=[width, scheme],
    )


def live(page: Any, figure: Any) -> None:
    """Wait until a figure is live."""
    figure.scroll_into_view_if_needed()
    page.wait_for_function("f => f.classList.contains('is-live')", arg=figure.element_handle())


def sentences_as_built(page: Any) -> list[str]:
    """Return the sentences of the figures in the page's file, before any script."""
    found: list[str] = page.evaluate(
        """async () => {
            const text = await (await fetch(location.pathname)).text();
            const file = new DOMParser().parseFromString(text, "text/html");
            return [...file.querySelectorAll(".course-figure .sentence")].map(e => e.textContent);
        }"""
    )
    return found


def changes(page: Any, figure: Any, act: Callable[[], None]) -> str:
    """Do something to a figure, wait for its next frame, and return its sentence."""
    frame = figure.get_attribute("data-frame")
    act()
    page.wait_for_function(
        "([f, frame]) => f.dataset.frame !== frame", arg=[figure.element_handle(), frame]
    )
    return figure.locator(".sentence").inner_text()
