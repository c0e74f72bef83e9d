"""Connecting to a Dask cluster: what is refused, and over TLS."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

import pytest

import deltarule as dr
from deltarule.cluster.addresses import is_loopback, scheduler_address
from deltarule.errors import FileError, MissingPackageError, SettingError, WorkerError


@pytest.mark.parametrize("given", ["", "node1", "tcp://", "http://a:1", "tcp://a:many", None, 5])
def test_what_is_no_address_is_refused(given):
    with pytest.raises(SettingError, match="`address` must be the address of a Dask scheduler"):
        dr.cluster.connect(given)


def test_an_address_may_be_short_or_in_a_file(tmp_path):
    assert scheduler_address("127.0.0.1:8786") == "tcp://127.0.0.1:8786"
    assert scheduler_address("tls://node1:8786") == "tls://node1:8786"
    path = tmp_path / "scheduler.json"
    with pytest.raises(FileError, match="no scheduler file"):
        scheduler_address(str(path))
    path.write_text(json.dumps({"address": "tls://10.0.0.1:8786"}))
    assert scheduler_address(str(path)) == "tls://10.0.0.1:8786"
    path.write_text("[]")
    with pytest.raises(FileError, match="not the scheduler file"):
        scheduler_address(str(path))


@pytest.mark.parametrize("host", ["10.0.0.1", "192.0.2.1", "[2001:db8::1]", "no-such-host.invalid"])
def test_plain_tcp_off_loopback_is_refused(host):
    with pytest.raises(SettingError, match="would leave this machine without encryption"):
        dr.cluster.connect(f"tcp://{host}:8786")


def test_loopback_is_known_by_address_and_by_name():
    assert is_loopback("127.0.0.1")
    assert is_loopback("127.9.9.9")
    assert is_loopback("::1")
    assert is_loopback("localhost")
    assert not is_loopback("0.0.0.0")


def test_no_cluster_at_the_address_is_one_sentence():
    pytest.importorskip("distributed", reason="Dask is not installed")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(WorkerError, match=f"no Dask cluster at tcp://127.0.0.1:{port}"):
            dr.cluster.connect(f"127.0.0.1:{port}", timeout_s=0.5)


def test_a_cluster_without_workers_is_one_sentence():
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    cluster = distributed.LocalCluster(
        n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    )
    with (
        cluster,
        pytest.raises(WorkerError, match=r"has no workers\. Start some with: dask worker"),
    ):
        dr.cluster.connect(cluster.scheduler_address, timeout_s=0.5)


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        (None, "The worker tcp://a:1 of the Dask cluster has no deltarule: install deltarule"),
        ("9.0", "The worker tcp://a:1 of the Dask cluster has deltarule 9.0, this process"),
    ],
)
def test_a_worker_with_another_environment_is_one_sentence(version, sentence):
    class Client:
        def get_versions(self, packages):
            here = {"packages": {"deltarule": dr.__version__}}
            return {
                "scheduler": here,
                "workers": {"tcp://b:1": here, "tcp://a:1": {"packages": {"deltarule": version}}},
            }

    with pytest.raises(WorkerError) as caught:
        dr.cluster.DaskExecutor(Client())
    assert str(caught.value).startswith(sentence)


def test_dask_is_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'deltarule\[dask\]'"):
        dr.cluster.connect("127.0.0.1:8786")


def test_certificates_that_do_not_fit_are_refused(tmp_path):
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    with pytest.raises(SettingError, match=r"must be a distributed\.Security"):
        dr.cluster.connect("tls://127.0.0.1:1", security="cluster.pem")
    missing = str(tmp_path / "missing.pem")
    security = distributed.Security(
        tls_ca_file=missing, tls_client_cert=missing, tls_client_key=missing
    )
    with pytest.raises(SettingError, match="certificates that cannot be read"):
        dr.cluster.connect("tls://127.0.0.1:1", security=security)
    (tmp_path / "missing.pem").write_text("no certificate")
    with pytest.raises(SettingError, match="certificates that cannot be read"):
        dr.cluster.connect("tls://127.0.0.1:1", security=security)
    with pytest.raises(SettingError, match="requires encryption"):
        dr.cluster.connect(
            "tcp://127.0.0.1:1", security=distributed.Security(require_encryption=True)
        )


def certificate(folder):
    """Return the paths of a certificate that is its own authority, and of its key."""
    paths = folder / "cluster.pem", folder / "cluster.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += [
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=deltarule",
        "-out",
        paths[0],
        "-keyout",
        paths[1],
    ]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except OSError:
        pytest.skip("openssl is not installed")
    return [str(path) for path in paths]


def test_a_cluster_is_used_over_tls(tmp_path):
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    pem, key = certificate(tmp_path)
    security = distributed.Security(
        require_encryption=True,
        tls_ca_file=pem,
        **{
            f"tls_{role}_{part}": path
            for role in ("client", "scheduler", "worker")
            for part, path in (("cert", pem), ("key", key))
        },
    )
    cluster = distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        host="tls://127.0.0.1",
        dashboard_address="127.0.0.1:0",
        security=security,
    )
    with cluster:
        address = cluster.scheduler_address
        assert address.startswith("tls://")
        with dr.cluster.connect(address, security=security) as executor:
            job = {"network": dr.Network([dr.Dense(1)]), "X": [[0.0], [1.0]], "y": [0.0, 1.0]}
            (result,) = dr.fit_many([job], executor=executor)
            assert result.kept_epoch == 100
        with pytest.raises(SettingError, match="`security` has no certificates"):
            dr.cluster.connect(address)
