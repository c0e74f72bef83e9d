"""What a table model does differently for each task: loss, calibration, predictions, scores.

A third task is a `Task` with its `Target` in `deltarule.preprocessing.targets`, and its `TaskMethods`
here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule.errors import SettingError
from deltarule.losses import CategoricalCrossEntropy, Loss, MeanSquaredError
from deltarule.preprocessing import ClassTarget, Target, Task
from deltarule.table_model.calibration import Calibration
from deltarule.table_model.prediction import Prediction
from deltarule.table_model.prediction_intervals import ErrorQuantiles, fit_error_quantiles
from deltarule.table_model.scores import (
    Scores,
    classification_scores,
    mean_of,
    regression_scores,
)
from deltarule.table_model.temperature_scaling import (
    apply_temperature,
    ensemble_temperature,
    fit_temperature,
    mean_outputs,
    mean_probabilities,
)

Array = NDArray[Any]
ClassWeight = str | tuple[tuple[str, float], ...]
_MIN_PROBABILITY = 1e-15


@dataclass(frozen=True)
class RecipeDefaults:
    """What the recipe chooses by the task."""

    learning_rate: float
    activation: str
    epochs: int
    max_cycles: int  # of the learning rate, see `recipe`
    numbers: str  # encoding of the number columns of tables with few columns, see `Encoding`


class TaskMethods(ABC):
    """What a table model does for one task."""

    output_activation: str
    defaults: RecipeDefaults

    @abstractmethod
    def loss(self, label_smoothing: float) -> Loss:
        """Return the loss to train on."""

    @abstractmethod
    def indicators(self, targets: Array, outputs: int) -> Array:
        """Return targets (rows, outputs) for regression trees: class indicators, or numbers."""

    @abstractmethod
    def class_weights(
        self, target: Target, codes: Array, chosen: ClassWeight, weights: Array
    ) -> Array:
        """Return the class weight of each row; raise `SettingError` where there are no classes."""

    @abstractmethod
    def calibrated(self, outputs: Array, temperature: float) -> Array:
        """Return outputs (..., rows, outputs) as float64, probabilities at the temperature."""

    @abstractmethod
    def mean(self, outputs: Array, temperature: float) -> Array:
        """Return the mean over networks of `calibrated` outputs (networks, rows, outputs)."""

    @abstractmethod
    def calibrate(
        self,
        target: Target,
        targets: Array,
        out_of_fold: Array,
        weights: Array | None,
        networks: int,
    ) -> tuple[Calibration, Array]:
        """Fit a calibration to outputs (rows, outputs), NaN in rows without one.

        Also return the out-of-fold predictions: calibrated probabilities (rows, classes), or numbers
        (rows,) in the target's units.
        """

    @abstractmethod
    def prediction(
        self, target: Target, outputs: Array, calibration: Calibration, levels: Sequence[float]
    ) -> Prediction:
        """Return labels or numbers for mean outputs (rows, outputs), with quantiles at `levels`."""

    @abstractmethod
    def expected(self, prediction: Prediction) -> Array:
        """Return probabilities (rows, classes), or numbers (rows,)."""

    @abstractmethod
    def averaged(self, target: Target, outputs: Array, calibration: Calibration) -> Array:
        """Return what partial dependence averages: probabilities, or numbers in the target's units."""

    @abstractmethod
    def surface(self, prediction: Prediction) -> tuple[Array, Array | None]:
        """Return class numbers and the highest probability, or numbers and None."""

    @abstractmethod
    def constant(self, target: Target, training_truth: Array, weights: Array | None) -> Array:
        """Return the best prediction without inputs: class shares (classes,), or the mean (1,)."""

    @abstractmethod
    def scores(
        self,
        expected: Array,
        truth: Array,
        constant: Array,
        calibration: Calibration,
        weights: Array | None,
        quantiles: Array | None = None,
    ) -> Scores:
        """Score what `expected` returns; the baseline always predicts `constant`.

        `quantiles` (rows, 3) of numbers are those that are predicted at `PINBALL_LEVELS`.
        """

    @abstractmethod
    def row_losses(self, outputs: Array, encoded_truth: Array) -> Array:
        """Return the loss of each row: −log(probability of the true class), or squared errors."""

    @abstractmethod
    def no_quantiles(self) -> SettingError:
        """Return why a model without error quantiles cannot predict quantiles."""


class ClassificationMethods(TaskMethods):
    """Classes: softmax outputs, calibrated by a temperature."""

    output_activation = "softmax"
    # Classes are overfitted sooner than numbers, and their ranks are as informative as their sizes.
    defaults = RecipeDefaults(
        learning_rate=0.04, activation="selu", epochs=32, max_cycles=4, numbers="quantile"
    )

    def loss(self, label_smoothing: float) -> Loss:
        return CategoricalCrossEntropy(label_smoothing=label_smoothing)

    def indicators(self, targets: Array, outputs: int) -> Array:
        return np.eye(outputs)[targets]

    def class_weights(
        self, target: Target, codes: Array, chosen: ClassWeight, weights: Array
    ) -> Array:
        classes = target.classes
        if isinstance(chosen, str):  # "balanced", as TableSettings checks
            totals = np.bincount(codes, weights=weights, minlength=len(classes))
            by_class = weights.sum() / ((totals > 0).sum() * np.maximum(totals, 1e-300))
            return by_class[codes]
        assert isinstance(target, ClassTarget)
        by_class = np.ones(len(classes))
        for name, weight in chosen:
            number = target.class_number(name)
            if number is None:
                raise SettingError(
                    "class_weight",
                    f"names {name!r}, which is not a class of {target.name!r}",
                    hint=checks.did_you_mean(name, classes)
                    or f"Its classes are: {', '.join(classes[:8])}{', ...' * (len(classes) > 8)}.",
                )
            by_class[number] = weight
        return by_class[codes]

    def calibrated(self, outputs: Array, temperature: float) -> Array:
        return apply_temperature(outputs, temperature)

    def mean(self, outputs: Array, temperature: float) -> Array:
        return mean_probabilities(outputs, temperature)

    def calibrate(
        self,
        target: Target,
        targets: Array,
        out_of_fold: Array,
        weights: Array | None,
        networks: int,
    ) -> tuple[Calibration, Array]:
        seen = np.isfinite(out_of_fold[:, 0])
        seen_weights = None if weights is None else weights[seen]
        single = fit_temperature(out_of_fold[seen], targets[seen], seen_weights)
        out_of_fold[seen] = apply_temperature(out_of_fold[seen], single)
        return Calibration(ensemble_temperature(single, networks)), out_of_fold

    def prediction(
        self, target: Target, outputs: Array, calibration: Calibration, levels: Sequence[float]
    ) -> Prediction:
        probabilities = outputs / np.add.reduce(outputs, axis=1, keepdims=True)
        numbers = calibration.class_numbers(probabilities)
        labels = target.decode(numbers)
        return Prediction(target.name, labels, probabilities, target.classes, class_numbers=numbers)

    def expected(self, prediction: Prediction) -> Array:
        assert prediction.probabilities is not None
        return prediction.probabilities

    def averaged(self, target: Target, outputs: Array, calibration: Calibration) -> Array:
        return outputs

    def surface(self, prediction: Prediction) -> tuple[Array, Array | None]:
        probabilities, numbers = self.expected(prediction), prediction.class_numbers
        assert numbers is not None
        return numbers, np.take_along_axis(probabilities, numbers[:, None], axis=1)[:, 0]

    def constant(self, target: Target, training_truth: Array, weights: Array | None) -> Array:
        counts = np.bincount(training_truth, weights, minlength=len(target.classes))
        return counts / counts.sum()

    def scores(
        self,
        expected: Array,
        truth: Array,
        constant: Array,
        calibration: Calibration,
        weights: Array | None,
        quantiles: Array | None = None,
    ) -> Scores:
        return classification_scores(
            expected,
            truth,
            int(constant.argmax()),
            predicted=calibration.class_numbers(expected),
            positive=calibration.positive_class,
            weights=weights,
        )

    def row_losses(self, outputs: Array, encoded_truth: Array) -> Array:
        true_probability = outputs[np.arange(len(encoded_truth)), encoded_truth]
        return -np.log(np.maximum(true_probability, _MIN_PROBABILITY))

    def no_quantiles(self) -> SettingError:
        return SettingError("quantiles", "apply to a regression, but this model predicts classes")


class RegressionMethods(TaskMethods):
    """Numbers: one linear output, clipped to the range of the training targets."""

    output_activation = "identity"
    # Sums and straight lines need the sizes of numbers beside their ranks. Numbers without noise take
    # more updates than small tables have in four cycles.
    defaults = RecipeDefaults(
        learning_rate=0.1, activation="mish", epochs=48, max_cycles=6, numbers="both"
    )

    def loss(self, label_smoothing: float) -> Loss:
        return MeanSquaredError()

    def indicators(self, targets: Array, outputs: int) -> Array:
        return targets[:, None]

    def class_weights(
        self, target: Target, codes: Array, chosen: ClassWeight, weights: Array
    ) -> Array:
        raise SettingError("class_weight", "applies to classes, but the target is a number")

    def calibrated(self, outputs: Array, temperature: float) -> Array:
        return outputs.astype(np.float64)

    def mean(self, outputs: Array, temperature: float) -> Array:
        return mean_outputs(self.calibrated(outputs, temperature))

    def calibrate(
        self,
        target: Target,
        targets: Array,
        out_of_fold: Array,
        weights: Array | None,
        networks: int,
    ) -> tuple[Calibration, Array]:
        seen = np.isfinite(out_of_fold[:, 0])
        decoded = target.decode(targets)
        limits = (float(decoded.min()), float(decoded.max()))
        errors: ErrorQuantiles | None = None
        if seen.any():
            predicted = np.clip(target.decode(out_of_fold[seen, 0]), *limits)
            seen_weights = None if weights is None else weights[seen]
            errors = fit_error_quantiles(predicted, target.decode(targets[seen]), seen_weights)
        calibration = Calibration(target_range=limits, error_quantiles=errors)
        return calibration, target.decode(out_of_fold[:, 0])

    def prediction(
        self, target: Target, outputs: Array, calibration: Calibration, levels: Sequence[float]
    ) -> Prediction:
        values = target.decode(outputs[:, 0])
        if calibration.target_range is not None:
            values = np.clip(values, *calibration.target_range)
        quantiles = _quantiles(calibration, values, levels)
        return Prediction(target.name, values, None, (), quantiles, tuple(levels))

    def expected(self, prediction: Prediction) -> Array:
        return prediction.values

    def averaged(self, target: Target, outputs: Array, calibration: Calibration) -> Array:
        return self.prediction(target, outputs, calibration, ()).values

    def surface(self, prediction: Prediction) -> tuple[Array, Array | None]:
        return prediction.values.astype(np.float64), None

    def constant(self, target: Target, training_truth: Array, weights: Array | None) -> Array:
        return np.array([mean_of(training_truth, weights)])

    def scores(
        self,
        expected: Array,
        truth: Array,
        constant: Array,
        calibration: Calibration,
        weights: Array | None,
        quantiles: Array | None = None,
    ) -> Scores:
        return regression_scores(
            expected, truth, float(constant[0]), quantiles=quantiles, weights=weights
        )

    def row_losses(self, outputs: Array, encoded_truth: Array) -> Array:
        return np.square(outputs[:, 0] - encoded_truth)

    def no_quantiles(self) -> SettingError:
        return SettingError(
            "quantiles",
            "need a model that was trained on at least 10 rows, not by version 0.1",
            hint="Train it again, on more rows.",
        )


def _quantiles(calibration: Calibration, values: Array, levels: Sequence[float]) -> Array | None:
    """Return quantiles (rows, levels) within the range of the training targets, None without any."""
    if not levels or calibration.error_quantiles is None:
        return None
    quantiles = calibration.error_quantiles.at(values, np.array(levels))
    if calibration.target_range is None:
        return quantiles
    return np.clip(quantiles, *calibration.target_range)


METHODS: dict[Task, TaskMethods] = {
    Task.CLASSIFICATION: ClassificationMethods(),
    Task.REGRESSION: RegressionMethods(),
}
