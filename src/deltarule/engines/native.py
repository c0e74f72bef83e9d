"""The native engine: C++ (`native/core`), no Python inside an epoch.

The files `native_*.py` turn descriptions into the plain numbers of `native/core/plan.hpp` and arrays
into what the compiled module takes; they compute nothing. Same build, same instruction level, same seed:
the same bits, for any number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from deltarule.engines.block_file_data import BlockFileData
from deltarule.engines.contract import Array
from deltarule.engines.data import Data, in_memory
from deltarule.engines.native_arrays import flat_vector, reads_files, rows_of
from deltarule.engines.native_computations import (
    JointPredictor,
    Objective,
    Predictor,
    computation,
)
from deltarule.engines.native_module import compiled_module, instruction_level
from deltarule.engines.native_plan import without_formula
from deltarule.engines.native_session import NativeSession
from deltarule.engines.training_plan import TrainingPlan
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.parameters import Parameters


class NativeEngine:
    """See `contract.Engine`."""

    name = "native"

    def __init__(self) -> None:
        self._module: Any = compiled_module()

    @property
    def instruction_level(self) -> str:
        """See `capabilities.ChoosesInstructions`."""
        return instruction_level(self._module)

    def supports(self, plan: TrainingPlan) -> str | None:
        """See `contract.Engine.supports`: plans whose formulas the compiled module has."""
        return without_formula(self._module, plan)

    def open(
        self,
        plan: TrainingPlan,
        data: Data,
        validation: Data | None,
        initial_parameters: Parameters,
        threads: int = 1,
    ) -> NativeSession:
        """See `contract.Engine.open`."""
        return NativeSession(self._module, plan, data, validation, initial_parameters, threads)

    def predict(
        self, network: Network, parameters: Parameters, inputs: Array, threads: int = 1
    ) -> Array:
        """See `contract.Engine.predict`."""
        return Predictor(self._module, network, parameters, inputs.dtype, threads)(inputs)

    def predictor(
        self,
        network: Network,
        parameters: Parameters | Array,
        dtype: Any = np.float32,
        threads: int = 1,
    ) -> Predictor:
        """See `capabilities.CompilesPredictors`."""
        return Predictor(self._module, network, parameters, dtype, threads)

    def joint_predictor(
        self, network: Network, vectors: Sequence[Array], threads: int = 1
    ) -> JointPredictor:
        """See `capabilities.PredictsJointly`."""
        return JointPredictor(self._module, network, vectors, threads)

    def loss_and_gradient(
        self,
        network: Network,
        parameters: Parameters,
        loss: Loss,
        data: Data,
        threads: int = 1,
    ) -> tuple[float, Array]:
        """See `contract.Engine.loss_and_gradient`."""
        objective = Objective(self._module, network, loss, data, threads)
        return objective(flat_vector(network, parameters, objective.dtype))

    def objective(self, network: Network, loss: Loss, data: Data, threads: int = 1) -> Objective:
        """See `capabilities.PreparesObjectives`."""
        return Objective(self._module, network, loss, data, threads)

    def evaluate(
        self,
        network: Network,
        parameters: Parameters,
        loss: Loss,
        data: Data,
        threads: int = 1,
    ) -> tuple[float, float]:
        """See `contract.Engine.evaluate`."""
        rows = data if isinstance(data, BlockFileData) else in_memory(data).materialize()
        dtype = rows.empty(0).inputs.dtype
        compute = computation(self._module, network, loss, rows.n_rows, dtype, threads)
        weights = flat_vector(network, parameters, dtype)
        with reads_files(rows):
            value, score = compute.evaluate(rows_of(self._module, network, rows, dtype), weights)
        return value, score
