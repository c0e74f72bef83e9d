"""Pages that tests use one after another, since a new one takes more than a second of computing time."""

from __future__ import annotations

from typing import Any

MEDIA = {"color_scheme": "light", "reduced_motion": "no-preference"}
"""What a page can change later, with Playwright's defaults; other options need a new page."""
NO_STORAGE = """async () => {
    localStorage.clear();
    sessionStorage.clear();
    for (const {name} of await indexedDB.databases()) indexedDB.deleteDatabase(name);
}"""


class LentPages:
    """Lends each page to one test at a time.

    Pages that are lent at the same time share nothing. A page that was given back keeps no cookies, no
    storage, no window size, no theme and no pressed mouse button of the test before.
    """

    def __init__(self, chromium: Any) -> None:
        self._chromium = chromium
        self._lent: dict[Any, str] = {}
        self._free: dict[str, list[Any]] = {}

    def borrow(self, viewport: dict[str, int], **options: Any) -> Any:
        """Return an empty page with these options of a context."""
        media = {name: options.pop(name, usual) for name, usual in MEDIA.items()}
        kind = repr(sorted(options.items()))
        free = self._free.get(kind)
        if free:
            page = free.pop()
            page.set_viewport_size(viewport)
        else:
            page = self._chromium.new_context(viewport=viewport, **options).new_page()
        self._lent[page] = kind
        page.emulate_media(**media)
        return page

    def give_back(self, page: Any) -> None:
        """Clear a page for the next test, or close it; a page that was not lent is left alone."""
        kind = self._lent.pop(page, None)
        if kind is None:
            return
        context = page.context
        if page.is_closed() or len(context.pages) > 1 or not page.url.startswith("http"):
            context.close()  # its storage cannot be cleared
            return
        page.mouse.up()
        page.mouse.move(0, 0)
        page.evaluate(NO_STORAGE)
        page.goto("about:blank")
        context.clear_cookies()
        self._free.setdefault(kind, []).append(page)

    def close(self) -> None:
        """Close all pages."""
        for pages in (*self._free.values(), list(self._lent)):
            for page in pages:
                page.context.close()
