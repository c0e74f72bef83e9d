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
each_page = pytest.mark.parametrize("name", PAGES)


def live(page: Any, figure: Any) -> None:
    """Wait until a figure is live."""
    figure.scroll_into_view_if_needed()
    page.wait_for_function("f => f.classList.contains('is-live')", arg=figure.element_handle())


def changes(page: Any, figure: Any, act: Callable[[], None]) -> str:
    """Do something to a figure, wait for its next frame, and return its sentence."""
    frame = figure.get_attribute("data-frame")
    act()
    page.wait_for_function(
        "([f, frame]) => f.dataset.frame !== frame", arg=[figure.element_handle(), frame]
    )
    return figure.locator(".sentence").inner_text()
