"""Three hosts in network namespaces of an own user namespace, for the drill of a cluster over TLS.

Run as ``unshare --user --map-root-user --net --mount python network_hosts.py``: nothing of it is seen
outside, and all of it ends with this process.
"""

from __future__ import annotations

import subprocess
import sys
import threading

from drills import killed_workers

import deltarule as dr

ADDRESS = "10.77.0.{}"
JOBS = 60


def run(*words: str) -> None:
    """Run a command to its end."""
    subprocess.run(words, check=True)


def make_hosts() -> None:
    """Make a network of hosts 1 to 3; this process is host 1."""
    run("mount", "-t", "tmpfs", "none", "/run")
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "bridge", "type", "bridge")
    run("ip", "addr", "add", f"{ADDRESS.format(1)}/24", "dev", "bridge")
    run("ip", "link", "set", "bridge", "up")
    for host in (2, 3):
        name, link = f"host{host}", f"link{host}"
        run("ip", "netns", "add", name)
        run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name)
        run("ip", "link", "set", link, "master", "bridge", "up")
        run("ip", "-n", name, "addr", "add", f"{ADDRESS.format(host)}/24", "dev", "eth0")
        run("ip", "-n", name, "link", "set", "eth0", "up")
        run("ip", "-n", name, "link", "set", "lo", "up")


def listening(host: int) -> set[str]:
    """Return the addresses that accept connections on a host."""
    words = ["ip", "netns", "exec", f"host{host}", "ss", "--listening", "--tcp", "--numeric", "-H"]
    lines = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
    return {line.split()[3].rpartition(":")[0] for line in lines}


def start(name: str, *words: str, host: int | None = None) -> subprocess.Popen[bytes]:
    """Start a part of the cluster as the documentation says."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{name}", *words]
    command += ["--dashboard-address", "127.0.0.1:0"]
    inside = [] if host is None else ["ip", "netns", "exec", f"host{host}"]
    return subprocess.Popen([*inside, *command], stderr=subprocess.DEVNULL)


def main() -> None:
    """Run jobs while one host loses its network; print what listens, and the bits."""
    make_hosts()
    address = f"tls://{ADDRESS.format(1)}:8786"
    parts = [start("scheduler", "--host", f"tls://{ADDRESS.format(1)}", "--port", "8786")]
    for host in (2, 3):
        words = (address, "--host", f"tls://{ADDRESS.format(host)}", "--nthreads", "1")
        parts.append(start("worker", *words, host=host))
    try:
        with dr.cluster.connect(address, timeout_s=60) as executor:
            executor._client.wait_for_workers(2, timeout=60)
            print(sorted(listening(2)), flush=True)
            timer = threading.Timer(1.5, run, ("ip", "link", "set", "link3", "down"))
            timer.start()
            results = dr.fit_many(killed_workers.jobs(JOBS), executor=executor, folder="jobs")
            timer.join()
        print(killed_workers.bits(results), flush=True)
        try:
            dr.cluster.connect(address.replace("tls", "tcp"))
        except dr.errors.SettingError as error:
            print(error, flush=True)
    finally:
        for part in parts:
            part.kill()


if __name__ == "__main__":
    main()
