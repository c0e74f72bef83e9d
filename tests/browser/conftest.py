"""A real Chromium on a real `deltarule play`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.course_pages import LOADED_MS
from browser.screen import Screen, playing
from browser.web_host import SITE, Host

sync_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = os.environ.get("DELTARULE_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


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


@pytest.fixture
def tab(chromium, address) -> Iterator[Callable[..., Screen]]:
    """Open tabs; at the end none of them may have logged an error."""
    opened = []

    def tab(
        fragment: str = "", *, at: str | None = None, script: str = "", **options: Any
    ) -> Screen:
        options = {"viewport": {"width": 1440, "height": 1000}, **options}
        context = chromium.new_context(accept_downloads=True, **options)
        if script:
            context.add_init_script(script)
        screen = Screen(context.new_page(), at or address)
        opened.append((context, screen))
        return screen.open(fragment)

    yield tab
    errors = [text for _, screen in opened for text in screen.errors]
    for context, _ in opened:
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


@pytest.fixture
def visit(chromium, site_host) -> Iterator[Callable[..., Any]]:
    """Open chapters; none of them may log an error or ask another origin for anything."""
    contexts, errors = [], []

    def visit(name: str, query: str = "", **options: Any) -> Any:
        context = chromium.new_context(**{"viewport": {"width": 1366, "height": 768}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(LOADED_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        own = (site_host.origin, "blob:", "data:")
        page.on("request", lambda r: None if r.url.startswith(own) else errors.append(r.url))
        page.goto(f"{site_host.origin}/docs/course/{name}.html{query}")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert errors == []
