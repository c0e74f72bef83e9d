"""The cluster of ``--cluster``."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from deltarule.errors import SettingError

if TYPE_CHECKING:
    from concurrent.futures import Executor


@contextmanager
def executor_of(options: Namespace) -> Iterator[Executor | None]:
    """Connect to the cluster before the table is read, None without one."""
    if options.cluster is None:
        if options.allow_plain_tcp:
            raise SettingError("allow_plain_tcp", "applies to `cluster`, which is not given")
        yield None
        return
    from deltarule.cluster import connect

    with connect(options.cluster, allow_plain_tcp=options.allow_plain_tcp) as executor:
        yield executor
