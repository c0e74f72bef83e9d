"""Addresses of Dask schedulers, and which of them may be used without encryption."""

from __future__ import annotations

import ipaddress
import json
import os
import socket
from urllib.parse import urlsplit

from deltarule.errors import FileError, SettingError

EXAMPLES = "Give tls://HOST:8786, tcp://127.0.0.1:8786 or the path of a scheduler file."
START = (
    "Start one on this machine with: dask scheduler --host 127.0.0.1 --port 8786 --dashboard-address "
    "127.0.0.1:0"
)
START_WORKERS = (
    "Start some with: dask worker {address} --host {host} --nworkers 4 --nthreads 1 --dashboard-address "
    "127.0.0.1:0"
)


def scheduler_address(given: object) -> str:
    """Return the address of a scheduler, given by itself or by the JSON file that it writes.

    Raises `SettingError` if it is neither, `FileError` if the file is no scheduler file.
    """
    if not isinstance(given, str) or not given:
        raise SettingError("address", "must be the address of a Dask scheduler", given, EXAMPLES)
    if given.endswith(".json"):
        return _from_file(given)
    address = given if "://" in given else f"tcp://{given}"
    try:
        parts = urlsplit(address)
        complete = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port
    except ValueError:  # a port that is no number
        complete = False
    if not complete:
        raise SettingError("address", "must be the address of a Dask scheduler", given, EXAMPLES)
    return address


def without_workers(address: str) -> str:
    """Return the sentences about a cluster that has no workers."""
    parts = urlsplit(address)
    local = bool(parts.hostname) and is_loopback(str(parts.hostname))
    host = f"{parts.scheme}://{parts.hostname if local else 'THIS-HOST'}"
    start = START_WORKERS.format(address=address, host=host)
    return f"The Dask cluster at {address} has no workers. {start}"


def _from_file(path: str) -> str:
    if not os.path.exists(path):
        raise FileError(
            f"There is no scheduler file {path}: start the scheduler with --scheduler-file {path} first, "
            "or check the path."
        )
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)["address"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        found = None
    if not isinstance(found, str) or not found.startswith(("tcp://", "tls://")):
        raise FileError(
            f"{path} is not the scheduler file of a Dask cluster: give the file that dask scheduler "
            "--scheduler-file writes."
        )
    return found


def refuse_plain_tcp(address: str) -> None:
    """Refuse an unencrypted connection that leaves this machine."""
    parts = urlsplit(address)
    if parts.scheme == "tls" or (parts.hostname and is_loopback(parts.hostname)):
        return
    raise SettingError(
        "address",
        f"cannot be {address}: the connection would leave this machine without encryption, and whoever "
        "reaches the scheduler can run programs on the workers",
        hint="Start scheduler and workers with TLS and give tls://, or set `allow_plain_tcp` in a "
        "network that you trust.",
    )


def is_loopback(host: str) -> bool:
    """Return whether all addresses of a host are this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(ipaddress.ip_address(one).is_loopback for one in found)
