"""Requests a second and latency of `deltarule serve` over loopback, beside FastAPI with scikit-learn.

    python benchmarks/serving.py
    python benchmarks/serving.py --rows 100 --seconds 5 --connections 16

The table has the shape of the adult data: six columns of numbers and eight of texts, among them missing
cells. The peer is what its users write: a pydantic model of a row, a pandas frame, a pipeline. Requests a
second are stated per core, from the processor time of the server, which other load on the machine does
not change; latency is measured at half of that rate.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

Times = dict[int, list[float]]
"""Seconds of the answers by status."""
NUMBERS = ("age", "fnlwgt", "education_num", "capital_gain", "capital_loss", "hours_per_week")
TEXTS = {
    "workclass": 8, "education": 16, "marital_status": 7, "occupation": 14, "relationship": 6,
    "race": 5, "sex": 2, "native_country": 41,
}  # fmt: skip
PEER = """
import sys, joblib, pandas, uvicorn
from fastapi import FastAPI
from pydantic import create_model
pipeline, numbers, texts = joblib.load(sys.argv[1])
Row = create_model("Row", **{n: (float | None, None) for n in numbers},
                   **{n: (str | None, None) for n in texts})
app = FastAPI()

@app.post("/predict")
async def predict(rows: list[Row]):
    frame = pandas.DataFrame([row.model_dump() for row in rows])
    for name in numbers:
        frame[name] = frame[name].astype(float)
    probabilities = pipeline.predict_proba(frame)
    return [dict(zip(map(str, pipeline.classes_), row)) for row in probabilities.tolist()]

import socket
listening = socket.socket()
listening.bind(("127.0.0.1", 0))
listening.listen()
print("http://127.0.0.1:%d/" % listening.getsockname()[1], flush=True)
server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
server.run(sockets=[listening])
"""


def table(rows: int) -> dict[str, list[Any]]:
    """Return a table of random cells; 2% are missing."""
    random = np.random.default_rng(0)
    cells: dict[str, list[Any]] = {n: random.normal(40, 12, rows).round().tolist() for n in NUMBERS}
    for name, count in TEXTS.items():
        cells[name] = [f"{name} {i}" for i in random.integers(0, count, rows)]
    for values in cells.values():
        for i in np.flatnonzero(random.random(rows) < 0.02).tolist():
            values[i] = None
    rich = np.array([(age or 40) > 45 for age in cells["age"]])
    cells["income"] = np.where(rich ^ (random.random(rows) < 0.1), ">50K", "<=50K").tolist()
    return cells


def deltarule_command(folder: Path, cells: dict[str, list[Any]]) -> list[str]:
    """Train a model; return the command that serves it."""
    import deltarule as dr

    dr.train(cells, "income", epochs=4).model.save(folder / "adult.safetensors")
    path = str(folder / "adult.safetensors")
    return [
        sys.executable,
        "-m",
        "deltarule",
        "serve",
        path,
        "--port",
        "0",
        "--max-concurrent",
        "999",
    ]


def peer_command(folder: Path, cells: dict[str, list[Any]]) -> list[str] | None:
    """Train the pipeline; return the command that serves it, None without FastAPI."""
    if importlib.util.find_spec("fastapi") is None:
        return None
    import joblib
    import pandas as pd
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    frame = pd.DataFrame({name: values for name, values in cells.items() if name != "income"})
    encoder = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), list(NUMBERS)),
        (OneHotEncoder(handle_unknown="ignore"), list(TEXTS)),
    )
    pipeline = make_pipeline(encoder, MLPClassifier((160, 160, 160), max_iter=2))
    pipeline.fit(frame, cells["income"])
    joblib.dump((pipeline, NUMBERS, tuple(TEXTS)), folder / "peer.joblib")
    (folder / "peer.py").write_text(PEER)
    return [sys.executable, str(folder / "peer.py"), str(folder / "peer.joblib")]


@contextmanager
def running(command: list[str]) -> Iterator[tuple[int, int]]:
    """Run a server; yield its process and port."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **one}
    ) as process:
        try:
            found = None
            while found is None:
                line = process.stdout.readline()
                assert line, "the server did not start"
                found = re.search(r"http://[0-9.]+:([0-9]+)/", line)
            time.sleep(0.5)
            yield process.pid, int(found[1])
        finally:
            process.terminate()


class Connection(asyncio.Protocol):
    """One connection that sends a request when the last one is answered."""

    def __init__(self, request: bytes, times: Times) -> None:
        self._request, self._times = request, times
        self._buffer = b""
        self.idle = asyncio.Event()
        self.idle.set()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def send(self) -> None:
        """Send the request."""
        self.idle.clear()
        self._since = time.perf_counter()
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if separator:
            length = re.search(rb"content-length: ([0-9]+)", head.lower())
            if len(body) >= int(length[1]):
                seconds = time.perf_counter() - self._since
                self._times.setdefault(int(head[9:12]), []).append(seconds)
                self._buffer = b""
                self.idle.set()


async def load(
    port: int, body: bytes, connections: int, seconds: float, rate: float | None
) -> Times:
    """Send requests for a while, `rate` a second or as fast as they are answered; return the times."""
    times: Times = {}
    request = (
        b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    )
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: Connection(request, times), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    end = loop.time() + seconds

    async def ask(connection: Connection, number: int) -> None:
        due = loop.time() + (0 if rate is None else number / rate)
        while loop.time() < end:
            if rate is not None:
                await asyncio.sleep(max(0.0, due - loop.time()))
                due += connections / rate
            connection.send()
            await connection.idle.wait()

    await asyncio.gather(*(ask(connection, i) for i, connection in enumerate(opened)))
    for connection in opened:
        connection.transport.abort()
    return times


def processor_s(process: int) -> float:
    """Return the processor time of a process so far."""
    parts = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def measure(name: str, command: list[str], body: bytes, options: argparse.Namespace) -> float:
    """Print the figures of a server; return its requests a second and core."""
    with running(command) as (process, port):
        asyncio.run(load(port, body, 4, 0.5, None))
        before = processor_s(process)
        times = asyncio.run(load(port, body, options.connections, options.seconds, None))[200]
        per_request = (processor_s(process) - before) / len(times)
        rate, here = 1 / per_request, len(times) / options.seconds
        half = asyncio.run(load(port, body, options.connections, options.seconds, here / 2))
    print(
        f"{name:24} {rate:8,.0f} requests/s per core ({per_request * 1e6:,.0f} µs of processor), "
        f"{here:8,.0f} requests/s here; at half of that {described(half)}"
    )
    return rate


def described(times: Times) -> str:
    """Return the number and the times of the answers of each status."""
    parts = []
    for status, seconds in sorted(times.items()):
        middle, high = np.quantile(seconds, [0.5, 0.99]) * 1e3
        parts.append(f"{len(seconds):,} × {status}: p50 {middle:.2f} ms, p99 {high:.2f} ms")
    return "; ".join(parts)


def overload(command: list[str], body: bytes, connections: int, seconds: float) -> None:
    """Print what a server with its own limits does when far too many ask at the same time."""
    with running(command) as (_, port):
        asyncio.run(load(port, body, 4, 0.5, None))
        times = asyncio.run(load(port, body, connections, seconds, None))
    print(f"{connections:,} connections that never pause: {described(times)}")


def main() -> None:
    """Measure both servers in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--overload", type=int, default=640, help="connections; 0 for none")
    options = parser.parse_args()
    cells = table(4000)
    columns = {name: values[: options.rows] for name, values in cells.items() if name != "income"}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    body = json.dumps(rows).encode()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, peer = deltarule_command(folder, cells), peer_command(folder, cells)
        ratios = []
        for _ in range(options.rounds):
            rate = measure("deltarule serve", ours, body, options)
            if peer is not None:
                ratios.append(rate / measure("FastAPI + scikit-learn", peer, body, options))
        if options.overload:
            overload(ours, body, options.overload, options.seconds)
        if peer is None:
            print("FastAPI is not installed: no peer.")
        else:
            print(f"deltarule answers {np.median(ratios):.1f} times as many requests per core.")


if __name__ == "__main__":
    main()
