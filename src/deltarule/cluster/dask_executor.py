"""The executor of a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar

from deltarule._common.version import __version__
from deltarule.errors import MissingPackageError, WorkerError

P = ParamSpec("P")
R = TypeVar("R")


class DaskExecutor(Executor):
    """Runs tasks on the workers of a Dask cluster, as many at a time as these have threads.

    Parameters
    ----------
    client : distributed.Client
        A client of the cluster. It is closed with the executor.

    Raises
    ------
    WorkerError
        If the scheduler or a worker has no deltarule, or another version.

    See Also
    --------
    deltarule.cluster.connect : Connects to a cluster by its address.

    Notes
    -----
    A task whose worker dies runs again on another one; after three deaths it fails. Tasks that wait when
    the scheduler dies are lost, but not what `fit_many` has written to its folder.
    """

    def __init__(self, client: Any) -> None:
        _check_versions(client)
        self._client = client
        # Dask would answer two tasks with the same arguments by one result.
        self._executor = client.get_executor(pure=False)

    @property
    def worker_count(self) -> int:
        """The number of tasks that run at a time, now."""
        return sum(self._client.nthreads().values())

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Send a task to the cluster.

        Parameters
        ----------
        fn : callable
            The function; workers import it by its name.
        *args, **kwargs : object
            Its arguments.

        Returns
        -------
        concurrent.futures.Future
            The result, once there is one.
        """
        future: Future[R] = self._executor.submit(fn, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Close the connection; the cluster goes on.

        Parameters
        ----------
        wait : bool, default True
            Whether to wait for tasks that run.
        cancel_futures : bool, default False
            Whether to cancel them instead.
        """
        self._executor.shutdown(wait=wait and not cancel_futures)
        self._client.close()


def _check_versions(client: Any) -> None:
    """Refuse a cluster with another deltarule; a worker without it would end, and its tasks wait."""
    found = client.get_versions(packages=["deltarule"])
    places = {"scheduler": found["scheduler"]} | {
        f"worker {address}": worker for address, worker in found["workers"].items()
    }
    for place, facts in places.items():
        version = facts["packages"].get("deltarule")
        if version is None:
            raise WorkerError(
                f"The {place} of the Dask cluster has no deltarule: install deltarule {__version__} "
                "where scheduler and workers run."
            )
        if version != __version__:
            raise WorkerError(
                f"The {place} of the Dask cluster has deltarule {version}, this process {__version__}: "
                "install the same version for all."
            )


def distributed() -> Any:
    """Return the package distributed of Dask; raise `MissingPackageError` if it is not installed."""
    try:
        import distributed as package
    except ImportError as error:
        raise MissingPackageError(
            "A Dask cluster needs Dask: pip install 'deltarule[dask]'"
        ) from error
    return package
