"""Requests a second, latency, overload and memory of `deltarule serve` over loopback, beside its peers.

    python benchmarks/serving.py
    python benchmarks/serving.py --peers PYTHON         # the interpreter that has FastAPI and MLServer
    python benchmarks/serving.py --rounds 0 --overload 0 --minutes 10

The table has the shape of the adult data: six columns of numbers and eight of texts, among them missing
cells. What is measured, in this order:

- The rate: 16 connections that send the next request when the last one is answered, by `wrk` if it is
  installed. It is stated per core, from the processor time of the server, which other load on the machine
  does not change.
- The latency at half of that rate, from when each request was due, also if the server had stalled. Beside
  it a computation in Python of 0.25 ms by itself, with a pause before each: how much of the latency
  is the machine's.
- Overload: 320 connections, ten times as many as the server accepts requests at a time, that send the
  next request as soon as the last one is answered, accepted or not. At ten times the rate of the server
  no connection would ever be idle, which is the same. Latency is stated by status.
- A soak: 1,000 slow connections, whose headers and bodies never end and which are opened again when the
  server closes them, beside 200 requests a second on new connections in each second; the memory of the
  server after a tenth of the time and at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from http_load import Load, SlowClients, Times
from serving_peers import NUMBERS, TEXTS, Peer, peers

SOAK_RATE = 200
COMPUTATION_S = 0.25e-3
MEBIBYTE = 1 << 20


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


def deltarule(folder: Path, cells: dict[str, list[Any]], rows: int) -> Peer:
    """Train a model; return the server of it."""
    import deltarule as dr

    path = folder / "adult.safetensors"
    dr.train(cells, "income", epochs=4).model.save(path)
    columns = {name: values[:rows] for name, values in cells.items() if name != "income"}
    sent = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    command = [sys.executable, "-m", "deltarule", "serve", str(path), "--port", "0"]
    return Peer("deltarule serve", command, "/predict", json.dumps(sent).encode())


@contextmanager
def running(peer: Peer) -> Iterator[tuple[int, int]]:
    """Run a server; yield its process and port once it answers."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(
            peer.command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **one}
        ) as process,
    ):
        try:
            while True:
                log.seek(0)
                written = log.read()
                found = re.search(r"http://127\.0\.0\.1:([0-9]+)", written)
                if found and _answers(peer, int(found[1])):
                    break
                assert process.poll() is None, written
                time.sleep(0.1)
            yield process.pid, int(found[1])
        finally:
            process.terminate()


def _answers(peer: Peer, port: int) -> bool:
    """Return whether a server answers a request, as MLServer does when the model is loaded."""
    try:
        return 200 in Load(port, request_of(peer), 1).run(0.2)
    except (AssertionError, OSError):
        return False


def request_of(peer: Peer) -> bytes:
    """Return the request that is sent to a server."""
    return (
        b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (peer.path.encode(), len(peer.body), peer.body)
    )


def processor_s(process: int) -> float:
    """Return the processor time that a process has used."""
    parts = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(process: int) -> float:
    """Return the memory of a process in MiB."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEBIBYTE


def answered(peer: Peer, port: int, folder: Path, connections: int, seconds: float) -> int:
    """Return the number of requests that are answered when connections never pause."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return len(Load(port, request_of(peer), connections).run(seconds)[200])
    script = folder / "request.lua"
    script.write_text(
        'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
        f"wrk.body = [=[{peer.body.decode()}]=]\n"
    )
    address = f"http://127.0.0.1:{port}{peer.path}"
    options = ["-t1", f"-c{connections}", f"-d{seconds:.0f}s", "-s", str(script)]
    output = subprocess.run([wrk, *options, address], capture_output=True, text=True, check=True)
    assert "Non-2xx" not in output.stdout, output.stdout
    found = re.search(r"([0-9]+) requests in", output.stdout)
    assert found is not None, output.stdout
    return int(found[1])


def measure(peer: Peer, folder: Path, options: argparse.Namespace) -> float:
    """Print the figures of a server; return its requests a second and core."""
    with running(peer) as (process, port):
        Load(port, request_of(peer), 4).run(0.5)
        before = processor_s(process)
        count = answered(peer, port, folder, options.connections, options.seconds)
        per_request = (processor_s(process) - before) / count
        rate, here = 1 / per_request, count / options.seconds
        half = Load(port, request_of(peer), options.connections).run(options.seconds, here / 2)
    print(
        f"{peer.name:24} {rate:8,.0f} requests/s per core ({per_request * 1e6:,.0f} µs of "
        f"processor), {here:8,.0f} requests/s here; at half of that {described(half)}",
        flush=True,
    )
    return rate


def described(times: Times) -> str:
    """Return the number and the times of the answers of each status."""
    parts = []
    for status, seconds in sorted(times.items()):
        middle, high = np.quantile(seconds, [0.5, 0.99]) * 1e3
        parts.append(f"{len(seconds):,} × {status}: p50 {middle:.2f} ms, p99 {high:.2f} ms")
    return "; ".join(parts)


def computation_alone(repeats: int = 2000) -> str:
    """Return the times that a computation takes by itself on this machine."""

    def compute(count: int) -> float:
        start = time.perf_counter()
        for number in range(count):
            json.dumps({"numbers": [number] * 20})
        return time.perf_counter() - start

    count = round(1000 * COMPUTATION_S / min(compute(1000) for _ in range(20)))
    seconds = []
    for _ in range(repeats):
        time.sleep(0.5e-3)
        seconds.append(compute(count))
    middle, high = np.quantile(seconds, [0.5, 0.99]) * 1e3
    return f"p50 {middle:.2f} ms, p99 {high:.2f} ms"


def compare(servers: Sequence[Peer], folder: Path, options: argparse.Namespace) -> None:
    """Print the figures of the servers in turn, and how the first compares with the others."""
    rates: dict[str, list[float]] = {peer.name: [] for peer in servers}
    for _ in range(options.rounds):
        for peer in servers:
            rates[peer.name].append(measure(peer, folder, options))
        print(f"A computation of {1e3 * COMPUTATION_S:.2f} ms by itself: {computation_alone()}")
    ours, *others = servers
    for peer in others:
        ratio = np.median(np.divide(rates[ours.name], rates[peer.name]))
        print(f"{ours.name} answers {ratio:.1f} times as many requests per core as {peer.name}.")


def overload(peer: Peer, connections: int, seconds: float) -> None:
    """Print what a server does when far too many ask at the same time."""
    with running(peer) as (_, port):
        Load(port, request_of(peer), 4).run(0.5)
        times = Load(port, request_of(peer), connections).run(seconds)
    print(f"{connections:,} connections that never pause: {described(times)}", flush=True)


def soak(peer: Peer, slow: int, minutes: float) -> None:
    """Print the memory of a server over some minutes with slow clients."""
    statuses: Counter[int] = Counter()
    samples = []
    with running(peer) as (process, port), SlowClients(port, slow) as clients:
        end = time.monotonic() + 60 * minutes
        while time.monotonic() < end:
            clients.renew()
            times = Load(port, request_of(peer), 8).run(1.0, SOAK_RATE)
            statuses.update({status: len(seconds) for status, seconds in times.items()})
            samples.append(megabytes(process))
    parts = [samples[int(share * (len(samples) - 1))] for share in (0.1, 0.4, 0.7, 1)]
    counts = ", ".join(f"{count:,} × {status}" for status, count in sorted(statuses.items()))
    print(
        f"{minutes:g} minutes with {slow:,} slow clients, of which {clients.renewed:,} were "
        f"renewed: {counts}; MiB of memory after 10, 40, 70 and 100 % of the time: "
        f"{', '.join(f'{part:.1f}' for part in parts)} ({parts[-1] / parts[0] - 1:+.1%})"
    )


def main() -> None:
    """Measure all servers in turn."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--overload", type=int, default=320, help="connections; 0 for none")
    parser.add_argument("--slow", type=int, default=1000, help="slow connections of the soak")
    parser.add_argument("--minutes", type=float, default=0.5, help="length of the soak; 0 for none")
    parser.add_argument("--peers", default=sys.executable, help="the interpreter of the peers")
    options = parser.parse_args()
    cells = table(4000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = deltarule(folder, cells, options.rows)
        if options.rounds:
            others = peers(options.peers, folder, cells, options.rows)
            if not others:
                print(f"{options.peers} has neither FastAPI nor MLServer: no peer.")
            compare([ours, *others], folder, options)
        if options.overload:
            overload(ours, options.overload, options.seconds)
        if options.minutes:
            soak(ours, options.slow, options.minutes)


if __name__ == "__main__":
    main()
