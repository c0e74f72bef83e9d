"""train_on_batch, test_on_batch, predict_on_batch: loops over batches that the user writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from deltarule._common.blas_threads import single_blas_thread
from deltarule._common.user_warnings import warn_user
from deltarule.errors import SettingError
from deltarule.keras.batch_trainer import BatchTrainer
from deltarule.keras.compilation import CompiledModel
from deltarule.keras.epoch_metrics import Array
from deltarule.keras.fit_settings import TrainingDivergedWarning
from deltarule.keras.input_arrays import as_samples, class_weighted
from deltarule.keras.old_settings import known_settings_only
from deltarule.keras.running_metrics import RunningMetrics


class BatchMethods(CompiledModel):
    """Base of `Model`: single updates and evaluations of single batches."""

    @known_settings_only
    @single_blas_thread()
    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Make one update with the rows of a batch.

        The optimizer's state goes on from one call to the next, and to `fit`. Loss and metrics are those
        of this batch, as in Keras 3.15; some earlier versions average them over the calls.

        Parameters
        ----------
        x : array-like of shape (n_samples, ...)
            Inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), optional
            Weights >= 0 of the rows.
        class_weight : dict of int to float, optional
            Weight of each class by its number, 1 if not listed.
        return_dict : bool, default False
            Whether to return a dict by name.

        Returns
        -------
        float, list of float or dict
            The loss with penalties before the update; [loss, metric, ...] if there are metrics.

        Raises
        ------
        SettingError
            If the model is not compiled, or both kinds of weights are given.

        Warns
        -----
        TrainingDivergedWarning
            If the loss is NaN or infinite. The weights do not change.

        Examples
        --------
        >>> import numpy as np
        >>> from deltarule import keras
        >>> model = keras.Sequential([keras.Input(1), keras.layers.Dense(1)])
        >>> model.compile(keras.optimizers.SGD(0.1), "mse")
        >>> x = np.linspace(0, 1, 32)
        >>> losses = [model.train_on_batch(x, 2 * x) for _ in range(100)]
        >>> int(model.optimizer.iterations)
        100
        """
        compiled = self._compiled_or_raise("train_on_batch")
        if class_weight is not None and sample_weight is not None:
            raise SettingError("class_weight", "cannot be combined with `sample_weight`")
        trainer = self._open_batches(x)
        samples = as_samples(trainer.converted, compiled.loss, x, y, sample_weight)
        if class_weight is not None:
            samples = class_weighted(samples, class_weight)
        running = self._new_metrics()
        if trainer.train(samples, running).divergence is not None:
            message = (
                "The loss of this batch is NaN or infinite: the weights do not change. Try a smaller "
                "learning rate, global_clipnorm=1.0 or standardized inputs."
            )
            warn_user(message, TrainingDivergedWarning)
        return _values(running, return_dict)

    @known_settings_only
    @single_blas_thread()
    def test_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Compute the loss and the metrics of a batch.

        Parameters
        ----------
        x : array-like of shape (n_samples, ...)
            Inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), optional
            Weights >= 0 of the rows.
        return_dict : bool, default False
            Whether to return a dict by name.

        Returns
        -------
        float, list of float or dict
            The loss with penalties; [loss, metric, ...] if there are metrics.
        """
        compiled = self._compiled_or_raise("test_on_batch")
        trainer = self._open_batches(x)
        samples = as_samples(trainer.converted, compiled.loss, x, y, sample_weight)
        running = self._new_metrics()
        trainer.evaluation.add(samples, running)
        return _values(running, return_dict)

    def predict_on_batch(self, x: Any) -> Array:
        """Compute the outputs for a batch.

        Parameters
        ----------
        x : array-like of shape (n_samples, ...)
            Inputs.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)
            Outputs.
        """
        return np.asarray(self._outputs(x))

    def reset_metrics(self) -> None:
        """Reset the loss and the metrics; each train_on_batch and test_on_batch begins with it."""
        if self._batch_metrics is not None:
            self._batch_metrics.reset()

    def _outputs(self, x: Any, training: bool = False) -> Array:
        raise NotImplementedError

    def _new_metrics(self) -> RunningMetrics:
        if self._batch_metrics is None:
            self._batch_metrics = RunningMetrics(self._compiled_or_raise("train_on_batch"))
        self._batch_metrics.reset()
        return self._batch_metrics

    def _open_batches(self, x: Any) -> BatchTrainer:
        """Return what makes updates of the layers as they are now."""
        compiled, trainer = self._compiled_or_raise("train_on_batch"), self._batch_trainer
        layers = tuple((layer, layer.trainable) for layer in self.all_layers)
        if trainer is None or trainer.layers != layers or not trainer.is_attached:
            self._close_batches()
            converted = self._converted_for(x)
            layers = tuple((layer, layer.trainable) for layer in self.all_layers)
            self._batch_trainer = trainer = BatchTrainer(converted, compiled, layers)
        return trainer


def _values(running: RunningMetrics, return_dict: bool) -> Any:
    if return_dict:
        return running.sorted_result()
    values = list(running.result().values())
    return values if len(values) > 1 else values[0]
