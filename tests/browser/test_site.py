"""The page without a server: Python in the browser, from a subfolder of Python's plain http.server."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser.screen import CHECKOUT, Screen
from browser.web_host import SITE, Host

import deltarule as dr

IRIS = (CHECKOUT / "examples" / "iris.csv").read_bytes()
LOADED_MS = 90_000
"""How long Python may take to load; alone on two cores it takes a few seconds."""

pytestmark = pytest.mark.skipif(
    not (SITE / "index.html").exists(), reason="the page was not built: make site"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A web host's folder that holds the page two levels down."""
    root = tmp_path_factory.mktemp("host")
    shutil.copytree(SITE, root / "courses" / "networks")
    return root


@pytest.fixture
def host(folder) -> Iterator[Host]:
    host = Host(folder)
    yield host
    host.stop()


@pytest.fixture
def visit(chromium, host) -> Iterator[Callable[..., Screen]]:
    """Open tabs; none of them may log an error or ask another origin for anything."""
    opened: list[tuple[Any, Screen]] = []
    foreign: list[str] = []

    def visit(fragment: str = "", *, loaded: bool = True, **options: Any) -> Screen:
        options = {"viewport": {"width": 1440, "height": 900}, **options}
        context = chromium.new_context(accept_downloads=True, **options)
        own = (f"{host.origin}/courses/networks/", "blob:", "data:")
        context.on("request", lambda r: None if r.url.startswith(own) else foreign.append(r.url))
        screen = Screen(context.new_page(), f"{host.origin}/courses/networks/")
        opened.append((context, screen))
        screen.page.goto(f"{screen.address}#{fragment}")
        if loaded:
            load(screen)
        return screen

    yield visit
    errors = [text for _, screen in opened for text in screen.errors]
    for context, _ in opened:
        context.close()
    assert errors == []
    assert foreign == []


def load(screen: Screen) -> None:
    """Wait until Python has loaded and the page shows its state."""
    screen.page.locator("#loading").wait_for(state="hidden", timeout=LOADED_MS)
    screen.find("playground").wait_for()
    screen.painted()


@pytest.fixture(scope="module")
def shared(chromium, folder) -> Iterator[Screen]:
    """One tab in which Python runs, for tests that leave it as usable as they found it."""
    host = Host(folder)
    context = chromium.new_context(accept_downloads=True, viewport={"width": 1440, "height": 900})
    screen = Screen(context.new_page(), f"{host.origin}/courses/networks/")
    screen.said = []
    screen.page.on("console", lambda entry: screen.said.append(entry.text))
    screen.page.goto(screen.address)
    load(screen)
    yield screen
    context.close()
    host.stop()
    assert screen.errors == []


@pytest.fixture
def screen(shared) -> Screen:
    """The shared tab with the default experiment, paused."""
    shared.pause()
    shared.page.evaluate("() => { location.hash = 'seed=0'; }")
    shared.until(lambda: not shared.page.url.partition("#")[2])
    shared.click("rewind")
    shared.until(lambda: shared.epoch == 0)
    return shared


def test_a_recording_plays_at_once_and_python_continues_it(visit):
    screen = visit(loaded=False)
    screen.painted(1)
    first = screen.epoch
    screen.until(lambda: screen.epoch > first)
    assert screen.page.locator("#loading").is_visible()
    load(screen)
    seen = screen.epoch
    screen.until(lambda: screen.epoch > seen)
    screen.until(lambda: screen.number("validation-score") > 95)
    screen.pause()


def test_what_is_clicked_before_python_is_there_happens(visit):
    screen = visit(loaded=False)
    screen.painted(1)
    screen.click("toy-xor")
    load(screen)
    screen.until(lambda: "data=xor" in screen.page.url)


def test_it_trains_with_the_compiled_engine(screen):
    screen.train(200)
    # What Python warns of goes to the console; NumPy's engine is a hundred times slower and does warn.
    assert not [text for text in screen.said if "SlowEngineWarning" in text]


def test_steps_weights_and_the_landscape(screen):
    screen.click("rewind")
    screen.until(lambda: screen.epoch == 0)
    screen.click("epoch")
    screen.until(lambda: screen.epoch == 1)
    screen.click("landscape")
    screen.find("landscape-canvas").wait_for(timeout=30_000)


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "csv.gz", "parquet"])
def test_a_dropped_table_is_read_in_the_page(screen, kind):
    screen.drop(f"flowers.{kind}", written(kind))
    screen.until(lambda: "source=table" in screen.page.url)
    assert screen.find("target").input_value() == "species"
    assert "virginica" in screen.find("class-legend").inner_text()
    screen.train(100)
    assert screen.number("validation-score") > 85


def written(kind: str) -> bytes:
    """Return the iris table as a file of this kind."""
    lines = [line.split(",") for line in IRIS.decode().split()]
    if kind == "tsv":
        return "\n".join("\t".join(cells) for cells in lines).encode()
    if kind == "csv.gz":
        return gzip.compress(IRIS)
    if kind == "csv":
        return IRIS
    rows = [
        {n: c if n == "species" else float(c) for n, c in zip(lines[0], cells, strict=True)}
        for cells in lines[1:]
    ]
    if kind == "jsonl":
        return "\n".join(map(json.dumps, rows)).encode()
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    file = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("t.xlsx", b"PK\x03\x04", "damaged zip file"),
        ("t.db", b"SQLite format 3\x00" + bytes(100), "an SQLite database"),
        ("t.parquet", b"PAR1" + bytes(20), "save the table as CSV"),
        ("t.csv", b"a,b\n1,2\n3\n4,5\n6,7\n", "line 3"),
        ("t.png", b"\x89PNG\r\n\x1a\n" + bytes(40), "not a table"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_in_a_sentence(screen, name, content, says):
    screen.drop(name, content)
    error = screen.find("error").filter(has_text=says)
    error.wait_for()
    error.get_by_role("button").click()
    screen.train(screen.epoch + 10)  # and the page goes on


def test_files_to_download(screen, tmp_path):
    saved = {}
    for what in ("experiment", "model", "html", "history"):
        screen.click("share")
        with screen.page.expect_download() as download:
            screen.click(f"export-{what}")
        saved[what] = tmp_path / download.value.suggested_filename
        download.value.save_as(saved[what])
    network = dr.load_network(saved["model"])
    assert network.predict(np.zeros((1, 2), np.float32)).shape == (1, 1)
    assert json.loads(saved["experiment"].read_text())["data"]["name"] == "circles"
    assert saved["history"].read_text().startswith("epoch,")
    assert "deltarule-recording" in saved["html"].read_text()
    screen.click("share")
    screen.click("export-python")
    assert "import deltarule" in screen.find("code-dialog").inner_text()


def test_a_link_opens_its_experiment_and_its_code_is_large(visit):
    screen = visit("data=spirals&layers=8tanh,8relu&rate=0.03")
    assert (
        screen.find("toy-spirals").get_attribute("checked") is not None
        or screen.find("toy-spirals").is_checked()
    )
    assert screen.find("layer-count").inner_text().startswith("2")
    screen.click("share")
    screen.click("qr-code")
    code = screen.find("qr-dialog").locator("svg").bounding_box()
    assert code["height"] > 0.7 * 900
    assert "spirals" in screen.find("qr-dialog").inner_text()
    screen.click("qr-close")


def test_it_works_without_a_network_once_loaded(visit, host):
    screen = visit()
    screen.page.evaluate("() => navigator.serviceWorker.ready.then(() => {})")
    host.stop()
    for fragment in ("", "data=moons"):
        screen.page.goto("about:blank")
        screen.page.goto(f"{screen.address}#{fragment}")
        load(screen)
    screen.train(screen.epoch + 50)
    screen.drop("flowers.csv", IRIS)
    screen.until(lambda: "source=table" in screen.page.url)


def test_a_new_version_is_used_at_the_next_load(chromium, tmp_path):
    served = tmp_path / "site"
    shutil.copytree(SITE, served)
    host = Host(tmp_path)
    context = chromium.new_context()
    try:
        page = context.new_page()
        page.goto(f"{host.origin}/site/")
        page.evaluate("() => navigator.serviceWorker.ready.then(() => {})")
        released(served)
        titles = []
        for _ in range(3):
            page.reload()
            titles.append(page.title())
            page.locator("#loading").wait_for(state="hidden", timeout=LOADED_MS)
            page.evaluate(
                "() => navigator.serviceWorker.ready.then((r) => r.update()).then(() => {})"
            )
            page.wait_for_timeout(1500)
        assert titles[0] == "deltarule playground"
        assert titles[-1] == "Version 2"
    finally:
        context.close()
        host.stop()


def released(folder: Path) -> None:
    """Write another version of the page: a changed file, and its digest in the service worker."""
    page, script = folder / "index.html", folder / "service_worker.js"
    before = hashlib.sha256(page.read_bytes()).hexdigest()
    page.write_text(page.read_text().replace("<title>deltarule playground", "<title>Version 2"))
    after = hashlib.sha256(page.read_bytes()).hexdigest()
    script.write_text(script.read_text().replace(before, after))


@pytest.mark.parametrize("size", [(390, 844), (1440, 900), (1920, 1080)])
def test_it_fits_phones_and_projectors(visit, size):
    screen = visit(viewport={"width": size[0], "height": size[1]})
    wide = screen.page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= size[0]
    box = screen.find("play").bounding_box()
    assert 0 <= box["y"] <= size[1] - box["height"]
    assert screen.page.evaluate(
        "() => fetch('./manifest.webmanifest').then((r) => r.json()).then((m) => m.icons.length)"
    ) == 3  # fmt: skip
