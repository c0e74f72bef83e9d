"""The contract of executors on a Ray cluster of this machine."""

from __future__ import annotations

import pytest
from executor_contract import check_bits, check_errors, check_second_call, check_sharded_bits

import deltarule as dr
from deltarule.errors import SettingError

# Ray starts programs by fork and exec; JAX, which other tests of this process import, warns of any fork.
pytestmark = pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'deltarule[ray]'")


@pytest.fixture(scope="module")
def executor():
    with pytest.raises(SettingError, match="not connected to a Ray cluster"):
        dr.cluster.RayExecutor()
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=80 * 2**20,
        _node_ip_address="127.0.0.1",
    )
    with dr.cluster.RayExecutor() as made:
        assert made.worker_count == 2
        yield made
    ray.shutdown()


def test_the_bits_are_those_of_threads(executor):
    check_bits(executor)


def test_the_bits_of_shards_are_those_of_one_thread(executor):
    check_sharded_bits(executor)


def test_a_second_call_in_a_folder_finds_the_results(executor, tmp_path):
    check_second_call(executor, tmp_path)


def test_an_error_of_a_job_arrives_with_its_place(executor, tmp_path):
    check_errors(executor, tmp_path)
