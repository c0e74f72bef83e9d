"""Predictors that are made once for each engine and kept."""

from __future__ import annotations

from collections.abc import Callable

from deltarule.engines import get_engine
from deltarule.engines.capabilities import Predict
from deltarule.engines.contract import Engine


class KeptPredictors:
    """The predictors of one owner, by the name of their engine.

    One with several threads is not kept, because its threads would be, too.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Engine, Predict]] = {}

    def get(
        self, engine: str, threads: int, make: Callable[[str, int], tuple[Predict, bool]]
    ) -> Predict:
        """Return the kept predictor, or a new one.

        `make(engine, threads)` returns a predictor, and whether it follows changes in the parameters.
        """
        registered = get_engine(engine)
        kept = self._kept.get(engine)
        if kept is not None and kept[0] is registered and threads == 1:
            return kept[1]
        predictor, follows = make(engine, threads)
        if threads == 1 and follows:
            self._kept[engine] = registered, predictor
        return predictor
