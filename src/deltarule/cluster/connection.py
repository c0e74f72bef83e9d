"""connect: the executor of a running Dask cluster."""

from __future__ import annotations

from typing import Any

from deltarule._common import checks
from deltarule.cluster.addresses import (
    START,
    refuse_plain_tcp,
    scheduler_address,
    without_workers,
)
from deltarule.cluster.dask_executor import DaskExecutor, distributed
from deltarule.errors import SettingError, WorkerError


def connect(
    address: str,
    *,
    security: Any = None,
    allow_plain_tcp: bool = False,
    timeout_s: float = 10.0,
) -> DaskExecutor:
    """Connect to a Dask cluster.

    Parameters
    ----------
    address : str
        Address of the scheduler, such as "tls://node1:8786" or "tcp://127.0.0.1:8786", or the path of
        the JSON file that it writes (``dask scheduler --scheduler-file``).
    security : distributed.Security, optional
        Certificates for TLS, by default those of Dask's configuration (``distributed.comm.tls``).
    allow_plain_tcp : bool, default False
        Whether the connection may leave this machine without encryption.
    timeout_s : float, default 10.0
        Seconds to wait for the scheduler, and for its first worker.

    Returns
    -------
    DaskExecutor
        The executor for `fit_many`; closing it leaves the cluster running.

    Raises
    ------
    MissingPackageError
        If Dask is not installed.
    SettingError
        If the address is not one, or needs `allow_plain_tcp`.
    WorkerError
        If there is no cluster at the address, or it has no workers, or another version of deltarule.
    FileError
        If the scheduler file is missing or is none.

    See Also
    --------
    deltarule.fit_many : Trains many networks on an executor.

    Examples
    --------
    >>> import deltarule as dr
    >>> try:
    ...     dr.cluster.connect("tcp://10.0.0.1:8786")
    ... except dr.errors.SettingError as error:
    ...     print(str(error).partition(":")[0])
    `address` cannot be tcp
    """
    checks.flag("allow_plain_tcp", allow_plain_tcp)
    checks.number("timeout_s", timeout_s, above=0)
    found = scheduler_address(address)
    if not allow_plain_tcp:
        refuse_plain_tcp(found)
    package = distributed()
    if security is None:
        security = package.Security()
    _check_certificates(found, security)
    try:
        client = package.Client(found, security=security, timeout=timeout_s, set_as_default=False)
    except OSError as error:
        raise WorkerError(
            f"There is no Dask cluster at {found}, or it does not answer within {timeout_s:g} s. {START}"
        ) from error
    try:
        client.wait_for_workers(1, timeout=timeout_s)
        return DaskExecutor(client)
    except TimeoutError as error:
        client.close()
        raise WorkerError(without_workers(found)) from error
    except BaseException:
        client.close()
        raise


def _check_certificates(address: str, security: Any) -> None:
    """Raise `SettingError` unless the certificates for an address can be read."""
    hint = (
        "Set distributed.comm.tls in Dask's configuration, or pass a distributed.Security, with the "
        "certificates of the cluster."
    )
    try:
        context = security.get_connection_args("client")["ssl_context"]
    except AttributeError:
        raise SettingError("security", "must be a distributed.Security", security, hint) from None
    except (OSError, ValueError) as error:  # those of the module ssl are OSErrors
        reason = str(error).rstrip(".")
        raise SettingError(
            "security", f"has certificates that cannot be read ({reason})", hint=hint
        ) from error
    if context is None and address.startswith("tls://"):
        raise SettingError("security", f"has no certificates, which {address} needs", hint=hint)
    if security.require_encryption and not address.startswith("tls://"):
        raise SettingError(
            "security",
            f"requires encryption, which {address} does not have",
            hint="Give the tls:// address of the cluster.",
        )
