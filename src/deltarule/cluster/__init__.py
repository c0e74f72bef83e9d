"""Executors that train on several machines, for `fit_many` and `train`.

`connect` returns the executor of a Dask cluster, `RayExecutor` is that of a Ray cluster. They need the
extras `deltarule[dask]` and `deltarule[ray]`, which are imported when they are used.
"""

from deltarule.cluster.connection import connect
from deltarule.cluster.dask_executor import DaskExecutor
from deltarule.cluster.ray_executor import RayExecutor

__all__ = ["DaskExecutor", "RayExecutor", "connect"]
