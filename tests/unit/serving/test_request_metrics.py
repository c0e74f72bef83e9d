"""The counts that worker processes share."""

import os
import subprocess
import sys

COUNT_AND_READ = """
import os, sys
from deltarule.serving.request_metrics import RequestMetrics

metrics = RequestMetrics()
metrics.count_request("/predict", 200, 0.001)
print(metrics.text().decode())
"""


def test_a_worker_that_was_killed_while_it_started_leaves_the_counts_readable(tmp_path):
    (tmp_path / "counter_1.db").write_bytes(b"")  # what such a worker leaves behind
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    command = [sys.executable, "-c", COUNT_AND_READ]
    first, second = (
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )
    assert 'deltarule_requests_total{path="/predict",status="200"} 1.0' in first
    assert 'deltarule_requests_total{path="/predict",status="200"} 2.0' in second
