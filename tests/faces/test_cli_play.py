"""deltarule play: its address on this machine, and bad input in a sentence."""

from __future__ import annotations

import http.client
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from deltarule.cli import browser
from deltarule.errors import MissingPackageError
from deltarule.playground.front_end import check_built

pytest.importorskip("uvicorn")


def is_built() -> bool:
    try:
        check_built()
    except MissingPackageError:
        return False
    return True


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["iris.csv", "--target", "speces"], "Did you mean 'species'?"),
        (["--target", "species"], "deltarule play TABLE --target COLUMN"),
        (["nothing.csv"], "There is no file nothing.csv"),
        (["--port", "x"], "--port must be an integer"),
        (["--engine", "fast"], "--engine must be one of"),
        (["iris.csv", "--port", "99999"], "--port must be between 0 and 65,535, got 99999"),
    ],
)
def test_bad_input_is_reported_on_one_line(run, monkeypatch, words, sentence):
    monkeypatch.setattr("deltarule.playground.server.serving.check_built", lambda: None)
    outcome = run("play", *words, "--no-browser")
    assert outcome.status == 2
    assert sentence in outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.out == ""


def get(address: str, **headers: str) -> http.client.HTTPResponse:
    """Ask for an address once, without following redirects."""
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.netloc, timeout=10)
    connection.request("GET", where.path, headers=headers)
    answer = connection.getresponse()
    answer.text = answer.read().decode()
    connection.close()
    return answer


def page_behind(address: str) -> str:
    """Return the text of the page to which the address leads."""
    leading = get(address)
    assert leading.status == 303
    cookie = leading.headers["Set-Cookie"].partition(";")[0]
    answer = get(urljoin(address, leading.headers["Location"]), Cookie=cookie)
    assert answer.status == 200
    return answer.text


BROWSER = """\
#!/bin/sh
printf '%s\n' "$@" > argv.part
mv argv.part argv
exec sleep 5
"""


@pytest.mark.skipif(not is_built(), reason="the page was not built: make web")
@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_key_is_on_no_command_line_and_no_file_stays(folder, tmp_path, ended_by):
    script, runtime = folder / "browser", tmp_path / "runtime"
    script.write_text(BROWSER)
    script.chmod(0o700)
    runtime.mkdir()
    command = [sys.executable, "-m", "deltarule", "play"]
    known = {**os.environ, "BROWSER": str(script), "XDG_RUNTIME_DIR": str(runtime)}
    with subprocess.Popen(
        command, cwd=folder, env=known, stdout=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # nohup ignores it
    ) as process, ExitStack() as stack:  # fmt: skip
        stack.callback(process.kill)
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        token = urlsplit(address).path.strip("/")
        assert len(token) >= 43  # 256 bits
        while not (folder / "argv").exists():
            time.sleep(0.01)
        (argument,) = (folder / "argv").read_text().splitlines()
        redirect = Path(unquote(urlsplit(argument).path))
        assert urlsplit(argument).scheme == "file"
        assert token not in argument
        assert runtime in redirect.parents
        assert stat.S_IMODE(redirect.stat().st_mode) == 0o600
        assert stat.S_IMODE(redirect.parent.stat().st_mode) == 0o700
        assert f"url={address}" in redirect.read_text()
        if ended_by == signal.SIGINT:  # the browser opens the page while its command still runs
            assert "<script" in page_behind(address)
            assert not redirect.exists()
        process.send_signal(ended_by)
        status = 0 if ended_by == signal.SIGINT else 128 + ended_by
        assert process.wait(20) == status
    assert list(runtime.iterdir()) == []


def test_without_an_open_page_it_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(browser, "PATIENCE_S", 0.01)
    monkeypatch.setattr(webbrowser, "open", lambda _: True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    said = threading.Event()
    page = browser.BrowserPage("http://127.0.0.1:1/<key>/")
    page.open(said.set)
    assert said.wait(10)
    assert "url=http://127.0.0.1:1/&lt;key&gt;/" in page.file.read_text()
    page.opened()
    assert list(tmp_path.iterdir()) == []


def test_a_browser_in_a_snap_finds_the_file_in_the_home_folder(monkeypatch, tmp_path):
    (tmp_path / "firefox").touch()
    monkeypatch.setattr(browser, "SNAP_FOLDERS", (tmp_path,))
    monkeypatch.setenv("HOME", str(tmp_path))
    page = browser.BrowserPage("http://127.0.0.1:1/key/")
    assert page.file.parent.parent == tmp_path
    assert not page.file.parent.name.startswith(".")
    page.remove()
