"""One tab on a running `deltarule play`, with the actions of a user."""

from __future__ import annotations

import io
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 15_000


@contextmanager
def playing(*words: str, folder: Path | None = None) -> Iterator[str]:
    """Run `deltarule play` and yield its address."""
    command = [sys.executable, "-m", "deltarule", "play", "--no-browser", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        try:
            said = process.stdout.readline()
            yield re.search(r"http://\S+", said)[0]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


def pixels_of(element: Any) -> np.ndarray:
    """Return the pixels (height, width, 3) of an element of a page, 0 to 255."""
    from PIL import Image

    taken = element.screenshot(animations="disabled")
    return np.asarray(Image.open(io.BytesIO(taken)).convert("RGB")).astype(int)


class Screen:
    """One tab with the actions of a user."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.errors: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", self._failed)
        page.on("console", self._logged)

    def _failed(self, error: Any) -> None:
        self.errors.append(str(error))

    def _logged(self, entry: Any) -> None:
        if entry.type == "error":
            self.errors.append(entry.text)

    def unwatch(self) -> None:
        """Collect no more errors of the page."""
        self.page.remove_listener("pageerror", self._failed)
        self.page.remove_listener("console", self._logged)

    def open(self, fragment: str = "") -> Screen:
        """Open the address with an experiment after the #."""
        self.page.goto(f"{self.address}#{fragment}")
        self.find("playground").wait_for()
        self.painted()
        return self

    def find(self, testid: str) -> Any:
        """Return the element with this test id."""
        return self.page.get_by_test_id(testid)

    def click(self, testid: str) -> None:
        """Click the element."""
        self.find(testid).click()

    def number(self, testid: str) -> float:
        """Return the first number of a text."""
        text = self.find(testid).inner_text().replace("\u2212", "-")
        found = re.search(r"-?[\d\s\u00a0\u202f,]*\.?\d+(e-?\d+)?", text)
        return float(re.sub(r"[\s\u00a0\u202f,]", "", found[0])) if found else float("nan")

    @property
    def epoch(self) -> int:
        """The epoch shown on the page."""
        return int(self.number("epoch-count"))

    @property
    def changes(self) -> str:
        """The manual changes listed on the page."""
        found = self.find("interventions")
        return str(found.text_content()) if found.count() else ""

    def painted(self, count: int = 1) -> None:
        """Wait until this many frames were painted."""
        self.page.wait_for_function(
            "n => +(document.querySelector('.deltarule-playground')?.dataset.sequence ?? 0) >= n",
            arg=count,
        )

    def settled(self) -> None:
        """Wait until the page was painted in the size that its window has now."""
        self.page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def until(self, condition: Callable[[], bool], seconds: float = 15) -> None:
        """Wait until the condition holds."""
        for _ in range(int(seconds / 0.05)):
            if condition():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("it did not come about")

    def choose(self, testid: str, value: str) -> None:
        """Choose an option by its value."""
        self.find(testid).select_option(value)

    def type(self, testid: str, text: str) -> None:
        """Type into a field and leave it."""
        field = self.find(testid)
        field.fill(text)
        field.press("Enter")

    def train(self, epochs: int) -> None:
        """Train at full speed for at least this many epochs, then pause."""
        self.fast()
        self.click("play")
        self.until(lambda: self.epoch >= epochs)
        self.pause()

    def fast(self) -> None:
        """Choose the highest speed."""
        menu = self.find("speed")
        menu.select_option(index=menu.locator("option").count() - 1)

    def pause(self) -> None:
        """Pause, and wait until training has stopped."""
        if self.find("play").get_attribute("aria-label") != "Play":
            self.click("play")
        self.until(lambda: self.find("play").get_attribute("aria-label") == "Play")
        self.page.wait_for_timeout(150)

    def pixels(self, testid: str) -> np.ndarray:
        """Return the element's pixels (height, width, 3), 0 to 255."""
        return pixels_of(self.find(testid))

    def drop(self, name: str, content: bytes) -> None:
        """Drop a file anywhere on the page."""
        self.page.evaluate(
            """([name, bytes]) => {
                const transfer = new DataTransfer();
                transfer.items.add(new File([new Uint8Array(bytes)], name));
                const to = document.querySelector("[data-testid=playground]");
                const how = {dataTransfer: transfer, bubbles: true, cancelable: true};
                for (const type of ["dragenter", "dragover", "drop"])
                    to.dispatchEvent(new DragEvent(type, how));
            }""",
            [name, list(content)],
        )
