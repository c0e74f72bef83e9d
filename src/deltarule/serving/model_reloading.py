"""Replaces a model when its file changes; a file that is refused leaves the old model in place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from deltarule.errors import DeltaruleError
from deltarule.serving.request_metrics import RequestMetrics
from deltarule.serving.served_model import ServedModel, digest_of, file_state, load

CHECK_S = 1.0
"""How often the files are looked at."""


class ModelReloading:
    """Watches the files of `models`, which are replaced in place; `report` gets a sentence about each."""

    def __init__(
        self,
        models: dict[str, ServedModel],
        metrics: RequestMetrics,
        report: Callable[[str], None],
        check_s: float = CHECK_S,
    ) -> None:
        self._models, self._metrics, self._report = models, metrics, report
        self._check_s = check_s
        self._seen = {name: file_state(served.place.path) for name, served in models.items()}
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Look at all files now, even if they seem unchanged: the handler of SIGHUP."""
        self._asked.set()

    async def run(self) -> None:
        """Watch until this task is canceled."""
        while True:
            try:
                async with asyncio.timeout(self._check_s):
                    await self._asked.wait()
            except TimeoutError:
                pass
            asked = self._asked.is_set()
            self._asked.clear()
            for name in list(self._models):
                await self._look(name, asked=asked)

    async def _look(self, name: str, *, asked: bool) -> None:
        old = self._models[name]
        state = file_state(old.place.path)
        if state == self._seen[name] and not asked:
            return
        self._seen[name] = state
        if state is None and not asked:
            return  # between its removal and the new one
        try:
            new = await asyncio.to_thread(_changed, old)
        except DeltaruleError as error:
            self._metrics.count_reload(name, "refused")
            self._report(f"{name} keeps the version {old.version}: {error}")
        except MemoryError:
            self._metrics.count_reload(name, "refused")
            self._report(f"{name} keeps the version {old.version}: there is not enough memory.")
        else:
            if new is not None:
                self._models[name] = new
                self._metrics.count_reload(name, "loaded")
                self._report(f"{name} has the version {new.version} now.")
            elif asked:
                self._report(f"{name} keeps the version {old.version}: its file is unchanged.")


def _changed(old: ServedModel) -> ServedModel | None:
    """Return the model that is in the file now, ready to predict; None if it is the same.

    Raises `DeltaruleError` if the file is refused.
    """
    if digest_of(old.place.path) == old.digest:
        return None
    new = load(old.place)
    was, now = old.model.target, new.model.target
    if (was.name, was.task) != (now.name, now.task):
        raise DeltaruleError(
            f"{old.place.path} predicts {now.name!r} ({now.task}), not {was.name!r} ({was.task}). "
            "Start another server for it."
        )
    new.warm_up()
    return new
