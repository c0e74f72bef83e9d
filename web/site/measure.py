"""Measure the website in Chromium on loopback: python web/site/measure.py [FOLDER] [--repeats 5]

Prints the compressed size, the time to the first paint and to the first frame of the recording, the time
until Python answers, and the epochs per second of the default experiment at full speed; of a chapter of
the course the first paint and the time until its first figure is live, in a new profile and at the next
visit.
Needs `make site` and the packages of `make test-browser`.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import os
import shutil
import statistics
import threading
import time
from pathlib import Path

from page_files import compressed_size, files_of
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("DELTARULE_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
LOADED_MS = 120_000
CHAPTER = "02-perceptron"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def visit(page: Page, address: str) -> dict[str, float]:
    """Return the times of one visit in seconds, and the speed."""
    started = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator("[data-sequence]").wait_for(timeout=LOADED_MS)
    first_frame = time.perf_counter() - started
    page.locator("#loading").wait_for(state="hidden", timeout=LOADED_MS)
    interactive = time.perf_counter() - started
    paint = page.evaluate(
        "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
    )
    speed = page.get_by_test_id("speed")
    speed.select_option(index=speed.locator("option").count() - 1)
    page.wait_for_timeout(4000)
    shown = page.get_by_test_id("epochs-per-second").inner_text()
    return {
        "first paint, s": paint / 1000,
        "first frame of the recording, s": first_frame,
        "interactive, s": interactive,
        "epochs per second": float("".join(c for c in shown if c.isdigit() or c == ".")),
    }


def visit_chapter(page: Page, address: str) -> dict[str, float]:
    """Return the times of two visits of a chapter in seconds."""
    found = {}
    for which in ("first", "next"):
        page.goto("about:blank")
        started = time.perf_counter()
        page.goto(f"{address}docs/course/{CHAPTER}.html", wait_until="commit")
        page.locator(".course-figure.is-live").first.wait_for(timeout=LOADED_MS, state="attached")
        found[f"chapter, {which} visit: figure live, s"] = time.perf_counter() - started
        found[f"chapter, {which} visit: first paint, s"] = (
            page.evaluate(
                "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
            )
            / 1000
        )
        page.evaluate("() => navigator.serviceWorker.ready.then(() => {})")
        page.wait_for_timeout(3000)  # for the service worker, which keeps the page
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure the website in Chromium on loopback.")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "build" / "site")
    parser.add_argument("--repeats", type=int, default=5, help="visits, each in a new profile")
    options = parser.parse_args()
    files = files_of(options.folder)
    size = sum(map(compressed_size, files))
    print(f"{len(files)} files, {size / 1e6:.2f} MB compressed (gzip -9)")
    handler = functools.partial(_Quiet, directory=str(options.folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    visits = []
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for _ in range(options.repeats):
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            visits.append(visit(context.new_page(), address))
            context.close()
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            visits[-1] |= visit_chapter(context.new_page(), address)
            context.close()
        browser.close()
    server.shutdown()
    for name in visits[0]:
        values = [figures[name] for figures in visits]
        low, high = min(values), max(values)
        print(f"{name}: median {statistics.median(values):,.2f} ({low:,.2f} to {high:,.2f})")


if __name__ == "__main__":
    main()
