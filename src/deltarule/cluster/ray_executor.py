"""The executor of a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar

from deltarule._common import checks
from deltarule.errors import MissingPackageError, SettingError

P = ParamSpec("P")
R = TypeVar("R")
RETRIES = 3


class RayExecutor(Executor):
    """Runs tasks on a Ray cluster that this process is connected to.

    Call ``ray.init(address=...)`` first. deltarule starts no Ray cluster of its own, because even a local
    one listens on all network interfaces.

    Parameters
    ----------
    processors : float, default 1
        Processors that Ray reserves for each task.

    Raises
    ------
    MissingPackageError
        If Ray is not installed.
    SettingError
        If this process is not connected to a Ray cluster.

    See Also
    --------
    deltarule.cluster.connect : Connects to a Dask cluster.

    Notes
    -----
    Ray itself has no Executor. A task whose worker dies runs again, three times at most.
    """

    def __init__(self, processors: float = 1) -> None:
        checks.number("processors", processors, above=0)
        self._ray = _ray()
        if not self._ray.is_initialized():
            raise SettingError.message(
                "This process is not connected to a Ray cluster: call ray.init(address='auto') first."
            )
        self._processors = processors
        self._running: dict[Future[Any], Any] = {}
        self._is_shut_down = False

    @property
    def worker_count(self) -> int:
        """The number of tasks that run at a time, now."""
        return int(self._ray.cluster_resources().get("CPU", 0) / self._processors)

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
        if self._is_shut_down:
            raise RuntimeError("cannot schedule new futures after shutdown")
        task = self._ray.remote(num_cpus=self._processors, max_retries=RETRIES)(fn)
        reference = task.remote(*args, **kwargs)
        future: Future[R] = reference.future()
        self._running[future] = reference  # without which Ray would forget the result
        future.add_done_callback(self._ended)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Accept no further tasks; the cluster and the connection to it stay.

        Parameters
        ----------
        wait : bool, default True
            Whether to wait for tasks that run.
        cancel_futures : bool, default False
            Whether to cancel them first.
        """
        self._is_shut_down = True
        references = list(self._running.values())
        if cancel_futures:
            for reference in references:
                self._ray.cancel(reference)
        if wait and references:
            self._ray.wait(references, num_returns=len(references))

    def _ended(self, future: Future[Any]) -> None:
        reference = self._running.pop(future, None)
        if reference is not None and future.cancelled():
            self._ray.cancel(reference)


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise MissingPackageError(
            "A Ray cluster needs Ray: pip install 'deltarule[ray]'"
        ) from error
    return ray
