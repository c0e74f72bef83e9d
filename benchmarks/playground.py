"""The playground in a real Chromium: frames and epochs per second, input latency, memory, size.

    python benchmarks/playground.py                  speed and size (a minute)
    python benchmarks/playground.py --no-speed --minutes 30     memory of server and tab, at 60 epochs/s

Spirals of 500 points, two hidden layers of 8 units, batches of 10, as fast as possible. TensorFlow
Playground trains one epoch per painted frame, so a 60 Hz screen is its limit. Run `make test-browser`
once to install Playwright and Chromium.
"""

from __future__ import annotations

import argparse
import gzip
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from deltarule.playground.front_end import FILES, built

FRAGMENT = "data=spirals&layers=8tanh,8tanh"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--enable-precise-memory-info",
)  # fmt: skip
SECONDS = 10.0
CLICKS = 40
EVERY_S = 30.0

# Counts painted frames and measures the time from a click to the next painted frame.
WATCH = """
window.painted = 0;
window.paintedAt = 0;
new MutationObserver(() => { window.painted += 1; requestAnimationFrame(() => {
    window.paintedAt = performance.now(); }); })
    .observe(document.querySelector(".deltarule-playground"), {attributeFilter: ["data-sequence"]});
"""
CLICK_TO_PAINT = """
testid => new Promise(done => {
    const root = document.querySelector(".deltarule-playground");
    const began = performance.now();
    const watch = new MutationObserver(() => {
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
    });
    watch.observe(root, {attributeFilter: ["data-sequence"]});
    document.querySelector(`[data-testid=${testid}]`).click();
})
"""


@contextmanager
def server() -> Iterator[tuple[str, int]]:
    """Run `deltarule play`; yield its address and process id."""
    command = [sys.executable, "-m", "deltarule", "play", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = re.search(r"http://\S+", process.stdout.readline())
        assert address is not None
        yield address[0], process.pid
        process.send_signal(signal.SIGINT)


def resident_mb(pid: int) -> float:
    """Return the memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else float("nan")


def heap_mb(session: Any) -> float:
    """Return the size of the page's JavaScript heap after garbage collection, in MB."""
    session.send("HeapProfiler.collectGarbage")
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    return metrics["JSHeapUsedSize"] / 2**20


def epoch(page: Any) -> int:
    """Return the epoch shown on the page."""
    return int(re.sub(r"\D", "", page.get_by_test_id("epoch-count").inner_text()))


def speed(page: Any) -> None:
    """Print frames and epochs per second during training, and the latency of a click."""
    menu = page.get_by_test_id("speed")
    menu.select_option(index=menu.locator("option").count() - 1)
    page.evaluate(WATCH)
    page.get_by_test_id("play").click()
    page.wait_for_timeout(2000)
    frames, epochs, began = page.evaluate("window.painted"), epoch(page), time.perf_counter()
    page.wait_for_timeout(SECONDS * 1000)
    seconds = time.perf_counter() - began
    frames, epochs = page.evaluate("window.painted") - frames, epoch(page) - epochs
    print(f"frames painted per second          {frames / seconds:10.1f}")
    print(f"epochs per second, page open       {epochs / seconds:10,.0f}")
    print(
        f"epochs per painted frame           {epochs / frames:10,.0f}   (TensorFlow Playground: 1)"
    )
    page.get_by_test_id("play").click()
    page.wait_for_timeout(500)
    times = []
    for _ in range(CLICKS):
        times.append(page.evaluate(CLICK_TO_PAINT, "step"))
        page.wait_for_timeout(60)
    tenth = statistics.quantiles(times, n=10)[-1]
    print(
        f"click on step to paint, ms         {statistics.median(times):10.1f}   (9 of 10: {tenth:.1f})"
    )


def size() -> None:
    """Print the sizes of the page's files."""
    for name in FILES:
        content = built(name)
        compressed = len(gzip.compress(content, 9))
        print(f"{name:<34} {len(content) / 1000:10.1f} kB (gzip {compressed / 1000:.1f})")


def memory(page: Any, pid: int, minutes: float) -> None:
    """Print the memory of server and tab every half minute during training."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.get_by_test_id("play").click()
    print("\nminute      epoch  server MB  tab's heap MB")
    began = time.monotonic()
    while (passed := time.monotonic() - began) <= minutes * 60 + 1:
        line = f"{passed / 60:6.1f} {epoch(page):10,} {resident_mb(pid):10.1f} {heap_mb(session):14.2f}"
        print(line, flush=True)
        page.wait_for_timeout(EVERY_S * 1000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=0.0, help="how long to measure memory")
    parser.add_argument("--no-speed", action="store_true", help="memory and size only")
    options = parser.parse_args()
    size()
    with server() as (address, pid), sync_playwright() as running:
        chromium = shutil.which("chromium") or "/usr/bin/chromium"
        browser = running.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{address}#{FRAGMENT}&epochs=10000000")
        page.get_by_test_id("playground").wait_for()
        page.wait_for_timeout(1000)
        if not options.no_speed:
            speed(page)
        if options.minutes:
            memory(page, pid, options.minutes)
        browser.close()


if __name__ == "__main__":
    main()
