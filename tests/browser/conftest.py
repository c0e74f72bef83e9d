"""A real Chromium on a real `deltarule play`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browser.course_pages import LOADED_MS
from browser.lent_pages import LentPages
from browser.screen import Screen, playing
from browser.web_host import SITE, Host

sync_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = os.environ.get("DELTARULE_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
DESKTOP = {"viewport": {"width": 1440, "height": 1000}}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    with sync_api.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with playing() as found:
        yield found


@pytest.fixture(scope="session")
def pages(chromium) -> Iterator[LentPages]:
    """Pages that tests use one after another."""
    lent = LentPages(chromium)
    yield lent
    lent.close()


@pytest.fixture
def tab(chromium, address, pages) -> Iterator[Callable[..., Screen]]:
    """Open tabs; at the end none of them may have logged an error."""
    opened: list[Screen] = []
    contexts = []

    def tab(
        fragment: str = "", *, at: str | None = None, script: str = "", **options: Any
    ) -> Screen:
        if script:  # stays in its context
            contexts.append(chromium.new_context(**{**DESKTOP, **options}))
            contexts[-1].add_init_script(script)
            page = contexts[-1].new_page()
        else:
            page = pages.borrow(**{**DESKTOP, **options})
        screen = Screen(page, at or address)
        opened.append(screen)
        return screen.open(fragment)

    yield tab
    errors = [text for screen in opened for text in screen.errors]
    for screen in opened:
        screen.unwatch()
        pages.give_back(screen.page)
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def screen(tab) -> Screen:
    """One tab with the default experiment."""
    return tab()


@pytest.fixture(scope="session")
def site_host() -> Iterator[Host]:
    host = Host(SITE)
    yield host
    host.stop()


@contextmanager
def opening_chapters(chromium: Any, origin: str) -> Iterator[Callable[..., Any]]:
    """Open chapters; none of them may log an error or ask another origin for anything."""
    contexts, errors = [], []

    def visit(name: str, query: str = "", **options: Any) -> Any:
        context = chromium.new_context(**{"viewport": {"width": 1366, "height": 768}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(LOADED_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        own = (origin, "blob:", "data:")
        page.on("request", lambda r: None if r.url.startswith(own) else errors.append(r.url))
        page.goto(f"{origin}/docs/course/{name}.html{query}")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def visit(chromium, site_host) -> Iterator[Callable[..., Any]]:
    """Open chapters for one test."""
    with opening_chapters(chromium, site_host.origin) as visit:
        yield visit


@pytest.fixture(scope="module")
def chapter(chromium, site_host, name) -> Iterator[Any]:
    """The page `name` for all tests of a file that use it, one after another: Python loads once."""
    with opening_chapters(chromium, site_host.origin) as visit:
        yield visit(name)


@pytest.fixture(scope="module")
def slides(chromium, site_host, name) -> Iterator[Any]:
    """The slides of the page `name`, for all tests of a file that use them."""
    with opening_chapters(chromium, site_host.origin) as visit:
        yield visit(name, "?slides")
