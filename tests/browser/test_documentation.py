"""The documentation in Chromium: its search finds answers, and no page cuts code, tables or pictures."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from browser.screen import CHECKOUT

FOLDERS = (CHECKOUT / "build" / "site" / "docs", CHECKOUT / "build" / "docs")
DOCS = next((folder for folder in FOLDERS if (folder / "search.html").exists()), FOLDERS[-1])
COLUMNS = 84
"""A line of code of this length needs no scroll bar at 1366 pixels."""
QUESTIONS = {
    "how do I predict": ("reference/faq", "how-to/predict"),
    "predict new rows": ("how-to/predict",),
    "how do I install": ("reference/faq", "how-to/installing"),
    "missing values": ("reference/faq", "explanation/how-tables-are-read"),
    "how do I save and load a model": ("reference/faq",),
    "decision threshold": ("how-to/thresholds",),
    "read csv file": ("how-to/read-files", "reference/faq"),
    "split by time": ("how-to/groups-and-time",),
    "serve a model": ("how-to/serving",),
    "common mistakes": ("how-to/common-mistakes",),
    "prediction intervals": ("reference/faq", "explanation/tables"),
    "tutorial": ("tutorial/index",),
    "use a GPU": ("reference/faq",),
    "export to ONNX": ("how-to/onnx",),
}
PAGES = (
    "index", "tutorial/first-model", "tutorial/first-network", "how-to/serving", "how-to/on-a-cluster",
    "how-to/tuning", "explanation/tables", "reference/index", "reference/api/deltarule.layers",
    "reference/generated/deltarule.Dense", "reference/generated/deltarule.TabularClassifier",
    "benchmarks/unseen-tables", "benchmarks/speed", "gallery/plot_11_backpropagation",
)  # fmt: skip
TABLES = ("development-tables", "unseen-tables", "speed", "scaling")

pytestmark = pytest.mark.skipif(
    not (DOCS / "search.html").exists(), reason="the pages were not built: make docs, or make site"
)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Serve the documentation; return its address."""
    handler = functools.partial(_Quiet, directory=str(DOCS))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def page(chromium, origin) -> Iterator[Any]:
    """One tab for all pages: none of them may log an error."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    context.close()
    assert errors == []


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_search_has_the_answer_among_its_first_three_results(page, origin, question):
    page.goto(f"{origin}/search.html?q={question.replace(' ', '+')}")
    page.wait_for_function(
        "document.querySelectorAll('#search-results li a').length > 0"
        " && !document.querySelector('#search-progress')?.innerText.includes('Preparing')",
        timeout=30_000,
    )
    first = page.locator("#search-results li > a").evaluate_all(
        "links => links.slice(0, 3).map(link => new URL(link.href).pathname)"
    )
    shown = [path.strip("/").removesuffix(".html") for path in first]
    assert set(shown) & set(QUESTIONS[question]), shown


@pytest.mark.parametrize("name", PAGES)
def test_code_is_not_cut(page, origin, name):
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{origin}/{name}.html", wait_until="domcontentloaded")
    cut = page.locator("div.highlight pre").evaluate_all(
        """blocks => blocks
            .filter(block => block.getClientRects().length && block.scrollWidth > block.clientWidth)
            .map(block => block.innerText)"""
    )
    assert cut == []
    widest = page.evaluate(
        """columns => {
            const block = document.querySelector("div.highlight pre");
            if (!block) return null;
            block.textContent = "x".repeat(columns);
            return block.scrollWidth - block.clientWidth;
        }""",
        COLUMNS,
    )
    assert widest in (None, 0)


@pytest.mark.parametrize("width", [390, 720, 1366, 1920])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_does_not_scroll_sideways(page, origin, name, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{origin}/{name}.html", wait_until="domcontentloaded")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_benchmarks_show_all_columns_at_720_pixels(page, origin, name):
    page.set_viewport_size({"width": 720, "height": 900})
    page.goto(f"{origin}/benchmarks/{name}.html", wait_until="domcontentloaded")
    cut = page.locator("table").evaluate_all(
        """tables => tables
            .filter(table => table.getBoundingClientRect().right > innerWidth
                || table.parentElement.scrollWidth > table.parentElement.clientWidth + 1)
            .map(table => table.rows[0].innerText)"""
    )
    assert cut == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_front_page_has_four_doors_with_pictures_without_background(page, origin, theme):
    page.emulate_media(color_scheme=theme)
    page.goto(f"{origin}/index.html")
    doors = page.locator(".sd-card")
    assert doors.locator(".sd-card-title").all_inner_texts() == [
        "Play", "Course", "My table", "Reference",
    ]  # fmt: skip
    pictures = doors.locator("img:visible").evaluate_all(
        """all => all.map(img => [img.complete && img.naturalWidth > 0,
            getComputedStyle(img).backgroundColor])"""
    )
    assert pictures == [[True, "rgba(0, 0, 0, 0)"]] * 4
    for link in doors.locator("a.sd-stretched-link").evaluate_all("all => all.map(a => a.href)"):
        assert (DOCS / link.removeprefix(origin).partition("#")[0].strip("/")).is_file()
    page.emulate_media(color_scheme="light")


def test_an_object_of_the_reference_links_the_examples_that_use_it(page, origin):
    page.goto(f"{origin}/reference/generated/deltarule.trace.html")
    links = page.locator(".sphx-glr-thumbnails a").evaluate_all("all => all.map(a => a.href)")
    assert any("plot_11_backpropagation" in link for link in links)


def test_a_tutorial_can_be_downloaded_as_a_notebook(page, origin):
    page.goto(f"{origin}/tutorial/first-network.html")
    link = page.locator("a.download", has_text="notebook")
    answer = page.request.get(link.evaluate("a => a.href"))
    code = [cell for cell in answer.json()["cells"] if cell["cell_type"] == "code"]
    assert any("dr.Dense(8" in "".join(cell["source"]) for cell in code)
