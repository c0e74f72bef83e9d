"""L-BFGS: SciPy's optimizer on an engine's loss and gradient, one epoch per iteration."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from deltarule._common.blas_threads import single_blas_thread
from deltarule.engines.capabilities import prepare_objective
from deltarule.engines.contract import Array, Chunk, DivergenceLocation, Engine
from deltarule.engines.data import Data
from deltarule.engines.loss_scale import target_scale
from deltarule.engines.stopping_controller import StoppingController, needs_gradient_norm
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.update_values import group_factors
from deltarule.errors import MissingPackageError, SettingError
from deltarule.history import EPOCH_RECORD, Records
from deltarule.optimizers import LBFGS
from deltarule.optimizers.base import CLIPPING
from deltarule.parameters import Parameters, from_flat
from deltarule.sampling import FullBatch
from deltarule.stopping import StopReason


class LBFGSRun:
    """One run of L-BFGS. Its state is inside SciPy and cannot be saved."""

    def __init__(
        self,
        engine: Engine,
        plan: TrainingPlan,
        data: Data,
        validation: Data | None,
        initial_parameters: Parameters,
        threads: int,
    ) -> None:
        _check(plan)
        self._engine, self._plan, self._threads = engine, plan, threads
        self._data, self._validation = data, validation
        self._objective = prepare_objective(engine, plan.network, plan.loss, data, threads)
        self._start = initial_parameters.flat().astype(np.float64)
        self._controller = StoppingController(plan)
        self._kept = self._start.copy()
        self._good = self._start.copy()
        self._last: tuple[Array, float] = (self._start, math.nan)
        self.chunk = Chunk(np.zeros(0, EPOCH_RECORD), None)

    @property
    def result(self) -> Parameters:
        """The kept parameters: the best iteration's under keep_best, else the last good ones."""
        flat = self._kept if self._controller.keep_best.has_best else self._good
        return from_flat(self._plan.network, flat.astype(self._plan.dtype))

    def run(self, on_iteration: Callable[[Records], bool]) -> None:
        """Run to the end; `on_iteration` gets one record each time and returns True to stop."""
        minimize = _scipy_minimize()
        optimizer = self._plan.optimizer
        assert isinstance(optimizer, LBFGS)
        started = time.perf_counter()

        def after(intermediate_result: Any) -> None:
            self._close(intermediate_result, time.perf_counter() - started, on_iteration)

        options = {
            "maxcor": optimizer.history_size,
            "gtol": optimizer.gradient_tolerance,
            "ftol": optimizer.loss_tolerance,
            "maxiter": self._plan.epochs,
            "maxfun": optimizer.max_evaluations,
        }
        with single_blas_thread():  # also SciPy's, which is loaded by now
            outcome = minimize(
                self._cost,
                self._start,
                method="L-BFGS-B",
                jac=True,
                callback=after,
                options=options,
            )
        if self.chunk.reason is None:  # SciPy ended the run, not a stopping rule
            reason = StopReason.EPOCHS_DONE if outcome.status == 1 else StopReason.CONVERGED
            self.chunk = Chunk(self.chunk.records, reason)

    def _cost(self, flat: Array) -> tuple[float, Array]:
        with np.errstate(all="ignore"):
            loss, gradient = self._objective(flat.astype(self._plan.dtype))
        if math.isnan(self._controller.first_loss):
            self._controller.first_loss = loss
        return loss, gradient.astype(np.float64)

    def _target_scale(self) -> float:
        return target_scale(self._plan.loss, self._data)

    def _close(
        self, outcome: Any, elapsed_s: float, on_iteration: Callable[[Records], bool]
    ) -> None:
        controller, plan = self._controller, self._plan
        flat, loss = outcome.x, float(outcome.fun)
        values = {"training_loss": loss, "training_score": math.nan}
        values |= {"validation_loss": math.nan, "validation_score": math.nan}
        parameters = from_flat(plan.network, flat.astype(plan.dtype))
        for name, data in (("training", self._data), ("validation", self._validation)):
            if data is not None and (plan.score or name == "validation"):
                measured, score = self._engine.evaluate(
                    plan.network, parameters, plan.loss, data, self._threads
                )
                values[f"{name}_score"] = score if plan.score else math.nan
                if name == "validation":
                    values["validation_loss"] = measured
        if needs_gradient_norm(plan):
            _, gradient = self._cost(flat)
            values["gradient_norm"] = float(np.linalg.norm(gradient))
        controller.elapsed_s = elapsed_s
        order = ("training_loss", "training_score", "validation_loss", "validation_score")
        row = (controller.epochs_done + 1, math.nan, *(values[k] for k in order), elapsed_s)
        record = np.array([row], EPOCH_RECORD)
        records = np.concatenate([self.chunk.records, record])
        if not math.isfinite(loss) or controller.exploded(loss, self._target_scale):
            place = DivergenceLocation(controller.epochs_done + 1, 1, 0)
            self.chunk = Chunk(records, StopReason.DIVERGED, None, place)
            raise StopIteration
        controller.epochs_done += 1
        good = flat.copy()
        kept = good if controller.keep_best.update(values) else self._kept
        reason, rule = controller.verdict(values)
        chunk = Chunk(records, reason, rule)
        # Without a call in between, where Ctrl-C could leave weights that do not fit the history.
        self._good, self._kept, self.chunk = good, kept, chunk
        if on_iteration(record) and reason is None:
            reason = StopReason.CALLBACK
            self.chunk = Chunk(records, reason)
        if reason is not None:
            raise StopIteration


def _check(plan: TrainingPlan) -> None:
    optimizer, sampling = plan.optimizer, plan.sampling
    if not isinstance(sampling, FullBatch):
        raise SettingError("sampling", "must be FullBatch() for LBFGS", sampling)
    for name in CLIPPING:
        if getattr(optimizer, name) is not None:
            raise SettingError(
                f"LBFGS.{name}", "must be None", hint="The line search needs the true gradient."
            )
    if group_factors(plan.network) is not None:
        raise SettingError.message("LBFGS has no learning rate: keep rate and decay factors at 1.")
    if any(block.dropout_rate for block in plan.network.blocks):
        raise SettingError.message("LBFGS needs a deterministic loss: remove the Dropout layers.")
    if plan.network.uses_batch:
        raise SettingError.message(
            "LBFGS needs a loss that depends on the parameters alone, and BatchNormalization uses moving "
            "averages of batches: use Adam, or LayerNormalization."
        )
    if any(block.dense.max_norm is not None for block in plan.network.blocks):
        raise SettingError(
            "Dense.max_norm", "cannot be used with LBFGS", hint="Use l2, or another optimizer."
        )


def _scipy_minimize() -> Any:
    try:
        from scipy.optimize import minimize
    except ImportError as error:
        raise MissingPackageError(
            "LBFGS needs SciPy: install it with pip install 'deltarule[lbfgs]'."
        ) from error
    return minimize
