"""Training and prediction of a model: fit, evaluate, predict."""

from __future__ import annotations

import time
from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common.blas_threads import single_blas_thread
from deltarule._common.number_arrays import plain_array
from deltarule.engines import prediction_engine
from deltarule.errors import DataError
from deltarule.keras.arguments import as_tuple
from deltarule.keras.batch_methods import BatchMethods
from deltarule.keras.batch_sources import Epochs, as_dataset, rows_in_batches, xyw
from deltarule.keras.callbacks import History
from deltarule.keras.callbacks.hooks import PREDICT_BATCH_HOOKS, TEST_BATCH_HOOKS, Hooks, checked
from deltarule.keras.fit_request import (
    FitRequest,
    array_epochs,
    batch_samples,
    rows_per_batch,
    steps_or_none,
)
from deltarule.keras.input_arrays import as_samples
from deltarule.keras.model_evaluation import Evaluation, Validation
from deltarule.keras.old_settings import known_settings_only
from deltarule.keras.progress import as_verbose, epoch_line, print_line
from deltarule.training.run_observers import observed

Array = NDArray[Any]


class Trainer(BatchMethods):
    """Base of `Model`: its training and its predictions."""

    @observed("fit of a Keras model")
    @known_settings_only
    @single_blas_thread()
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: ArrayLike | None = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> History:
        """Train the model.

        A second call continues from the weights and the optimizer's state of the first. On
        KeyboardInterrupt, the model keeps the weights of the last complete epoch, or of the last complete
        batch if it trains batch by batch (for hooks of batches, datasets and `steps_per_epoch`); the hook
        `on_train_end` of the callbacks is called. If training is interrupted or diverges within an epoch,
        the optimizer of a model with more than 262,144 parameters begins anew, with 0 iterations.

        Parameters
        ----------
        x : array-like of shape (n_samples, ...), PyDataset, generator or other iterable
            Inputs, or what makes batches (x, y) or (x, y, sample_weight): each is one update.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets: numbers, class numbers or one-hot rows, depending on the loss.
        batch_size : int, default 32
            Rows per update; not with batches, which have their size.
        epochs : int, default 1
            Number of the last epoch.
        verbose : {"auto", 0, 1, 2}, default "auto"
            0 prints nothing, 1 and "auto" a line with a bar for each epoch, 2 a plain line.
        callbacks : list of Callback, optional
            See `keras.callbacks` for their cost.
        validation_split : float, default 0.0
            Fraction of rows at the end of x to validate on.
        validation_data : tuple, PyDataset, generator or other iterable, optional
            (x, y) or (x, y, sample_weight) to validate on, or what makes such batches; then
            `validation_split` has no effect.
        shuffle : bool, default True
            Whether to draw the rows, or the batches of a `PyDataset`, in a new order in each epoch. Other
            iterables keep their order.
        class_weight : dict of int to float, optional
            Weight of each class by its number, 1 if not listed; for training rows only. Cannot be
            combined with weights of rows.
        sample_weight : array-like of shape (n_samples,), optional
            Weights >= 0 of the rows.
        initial_epoch : int, default 0
            Number of epochs already done; training runs from here to `epochs`.
        steps_per_epoch : int, optional
            Updates per epoch. The next epoch goes on where the last one ended.
        validation_steps : int, optional
            Batches to validate on, from the first one.
        validation_batch_size : int, optional
            Rows per batch of validation, by default batch_size; it matters for hooks of batches and for
            validation_steps.
        validation_freq : int or list of int, default 1
            Every how many epochs to validate, or after which epochs, counted from 1.

        Returns
        -------
        History
            Loss and metrics of each epoch in `history`.

        Raises
        ------
        SettingError
            If the model is not compiled or an argument is not valid.

        Warns
        -----
        TrainingDivergedWarning
            If the loss becomes NaN, infinite or a million times the initial one and that of a
            constant prediction. Training ends with the last good weights.

        Examples
        --------
        >>> import numpy as np
        >>> from deltarule import keras
        >>> model = keras.Sequential([keras.Input(1), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> x = np.arange(10.0)
        >>> history = model.fit(x, 2 * x, epochs=3, validation_split=0.2, verbose=0)
        >>> sorted(history.history)
        ['loss', 'val_loss']
        """
        return FitRequest(
            x, y, batch_size, epochs, verbose, callbacks, validation_split, validation_data, shuffle,
            class_weight, sample_weight, initial_epoch, steps_per_epoch, validation_steps,
            validation_batch_size, validation_freq,
        ).run(self)  # fmt: skip

    @known_settings_only
    @single_blas_thread()
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: ArrayLike | None = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Compute the loss and the metrics.

        Parameters
        ----------
        x : array-like of shape (n_samples, ...), PyDataset, generator or other iterable
            Inputs, or what makes batches (x, y) or (x, y, sample_weight).
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        batch_size : int, default 32
            Rows per batch; it matters for hooks of batches and for steps.
        verbose : {"auto", 0, 1, 2}, default "auto"
            0 prints nothing.
        sample_weight : array-like of shape (n_samples,), optional
            Weights >= 0 of the rows.
        steps : int, optional
            Number of batches, by default all.
        callbacks : list of Callback, optional
            Their hooks `on_test_...` are called.
        return_dict : bool, default False
            Whether to return a dict by name.

        Returns
        -------
        float, list of float or dict
            The loss with penalties; [loss, metric, ...] if there are metrics.
        """
        compiled, began = self._compiled_or_raise("evaluate"), time.perf_counter()
        hooks = Hooks(self, [checked(callback) for callback in as_tuple(callbacks, "callbacks")])
        limit, shown = steps_or_none("evaluate.steps", steps), as_verbose(verbose)
        dataset = as_dataset(x, {"y": y, "sample_weight": sample_weight, "batch_size": batch_size})
        converted = self._converted_for(x if dataset is None else xyw(dataset.peek())[0])
        evaluation = Evaluation(converted, compiled)
        rows, batches = None, None
        if dataset is not None:
            batches = Epochs(
                dataset, lambda b: batch_samples(converted, compiled, b), limit, "steps"
            )
            count = batches.steps
        else:
            rows = as_samples(converted, compiled.loss, x, y, sample_weight)
            each = array_epochs(rows, converted, rows_per_batch(batch_size), limit, "steps")
            count = each.steps
            if limit is not None or hooks.override(TEST_BATCH_HOOKS):
                rows, batches = None, each
        hooks.set_up({"verbose": shown, "epochs": 1, "steps": count})
        values = Validation(evaluation, rows, batches, 1, hooks).values()
        logs = dict(sorted(values.items()))
        if shown:
            made = count or (batches.steps if batches is not None else None) or 1
            print_line(epoch_line(made, time.perf_counter() - began, logs, shown))
        if return_dict:
            return logs
        return list(values.values()) if len(values) > 1 else values["loss"]

    @known_settings_only
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Array:
        """Compute the outputs.

        Parameters
        ----------
        x : array-like of shape (n_samples, ...), PyDataset, generator or other iterable
            Inputs, or what makes batches: x, (x, y) or (x, y, sample_weight).
        batch_size : int, default 32
            Rows per batch; it matters for hooks of batches and for steps.
        verbose : {"auto", 0, 1, 2}, default "auto"
            0 prints nothing.
        steps : int, optional
            Number of batches, by default all.
        callbacks : list of Callback, optional
            Their hooks `on_predict_...` are called.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)
            Outputs, float32 unless the layers are float64.

        Raises
        ------
        DataError
            If the dataset has no batch.
        SettingError
            If an argument is not valid.
        """
        began, shown = time.perf_counter(), as_verbose(verbose)
        hooks = Hooks(self, [checked(callback) for callback in as_tuple(callbacks, "callbacks")])
        limit = steps_or_none("predict.steps", steps)
        dataset = as_dataset(x, {"batch_size": batch_size})
        size = rows_per_batch(batch_size)
        whole = dataset is None and limit is None and not hooks.override(PREDICT_BATCH_HOOKS)
        if dataset is None:
            rows = plain_array(x, "x")
            count: int | None = max(-(-len(rows) // size), 1) if rows.ndim else 1
            count = count if limit is None or count is None else min(limit, count)
            source: Any = [x] if whole else rows_in_batches(rows, size, count)
        else:
            count = limit or dataset.count
            source = islice((xyw(batch)[0] for batch in dataset.one_pass()), limit)
        hooks.set_up({"verbose": shown, "epochs": 1, "steps": count})
        hooks.call("on_predict_begin", {})
        parts = []
        for step, batch in enumerate(source):
            if not whole:
                hooks.call("on_predict_batch_begin", step, {})
            parts.append(self._outputs(batch))
            if not whole:
                hooks.call("on_predict_batch_end", step, {"outputs": parts[-1]})
        if not parts:
            raise DataError("The dataset has no batch to predict.")
        outputs = parts[0] if len(parts) == 1 else np.concatenate(parts)
        hooks.call("on_predict_end", {})
        if shown:
            print_line(epoch_line(count or len(parts), time.perf_counter() - began, {}, shown))
        return outputs

    def _outputs(self, x: Any, training: bool = False) -> Array:
        converted = self._converted_for(x)
        if training or converted.is_random:
            return converted.called(converted.rows(x, "x"), training)
        compiled = self.compiled_settings
        engine = prediction_engine(
            converted.network, "auto" if compiled is None else compiled.engine
        )
        threads = 1 if compiled is None else compiled.thread_count()
        return engine.predict(
            converted.network, converted.parameters, converted.rows(x, "x"), threads
        )
