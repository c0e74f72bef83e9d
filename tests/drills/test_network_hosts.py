"""A Dask cluster of three hosts over TLS, one of which loses its network while jobs run."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from drills import killed_workers, network_hosts
from drills.conftest import Drill
from unit.test_cluster import certificate

import deltarule as dr

UNSHARE = ("unshare", "--user", "--map-root-user", "--net", "--mount")
CONFIGURATION = """
distributed:
  comm:
    require-encryption: true
    tls:
      ca-file: {pem}
      scheduler: {{cert: {pem}, key: {key}}}
      worker: {{cert: {pem}, key: {key}}}
      client: {{cert: {pem}, key: {key}}}
"""


def test_a_host_that_loses_its_network_costs_nothing(
    tmp_path: Path, drill: Drill, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    if not all(map(shutil.which, ("unshare", "ip", "ss"))):
        pytest.skip("unshare, ip and ss (util-linux, iproute2) are not installed")
    if subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no namespaces")
    pem, key = certificate(tmp_path)
    (tmp_path / "dask").mkdir()
    (tmp_path / "dask" / "tls.yaml").write_text(CONFIGURATION.format(pem=pem, key=key))
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path / "dask"))
    monkeypatch.setenv("PYTHONPATH", f"{Path(network_hosts.__file__).parents[1]}", prepend=":")
    done = subprocess.run(
        [*UNSHARE, sys.executable, network_hosts.__file__],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    listens, bits, refused = done.stdout.splitlines()
    assert set(ast.literal_eval(listens)) <= {"10.77.0.2", "127.0.0.1"}
    assert bits == killed_workers.bits(dr.fit_many(killed_workers.jobs(network_hosts.JOBS)))
    assert "would leave this machine without encryption" in refused
    drill.count(1, "hosts of a cluster that lose their network")
