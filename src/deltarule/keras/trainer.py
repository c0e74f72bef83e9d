"""Training and prediction of a model: compile, fit, evaluate, predict."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule._common.blas_threads import single_blas_thread
from deltarule.engines import engine_choices, prediction_engine
from deltarule.errors import SettingError, ShapeError
from deltarule.keras import losses, optimizers
from deltarule.keras.arguments import as_tuple, check_trainable, single, validation_samples
from deltarule.keras.callbacks import History
from deltarule.keras.compiled_settings import CompiledSettings
from deltarule.keras.epoch_metrics import Samples
from deltarule.keras.input_arrays import as_samples, class_weighted, split
from deltarule.keras.layer_stack import LayerStack
from deltarule.keras.model_conversion import ConvertedModel, convert
from deltarule.keras.model_training import FitRun, FitSettings, check_callback
from deltarule.keras.old_settings import known_settings_only
from deltarule.keras.progress import as_verbose, epoch_line, print_line
from deltarule.keras.unsupported import require_default

Array = NDArray[Any]
_ARRAYS = "give arrays; an epoch is one pass over their rows"


class Trainer(LayerStack):
    """Base of `Model`: its training and its predictions."""

    def _set_up(self, name: str) -> None:
        self.name = name
        self.compiled_settings: CompiledSettings | None = None
        self.history: Any = None
        self.stop_training = False
        self.metric_directions: dict[str, str | None] = {}

    def _converted(self) -> ConvertedModel:
        """Return the model as the engines' network, with the newest weights."""
        if not self.built:
            raise ShapeError(
                f"Model {self.name} has no input shape yet: start it with Input(shape), or call fit."
            )
        for layer in self.all_layers:
            layer.refresh()
        return convert(self.all_layers)

    def _converted_for(self, x: Any) -> ConvertedModel:
        return self._converted()

    @known_settings_only
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
        *,
        engine: str = "auto",
        threads: int | None = None,
    ) -> None:
        """Choose optimizer, loss, metrics and engine.

        Parameters
        ----------
        optimizer : str or Optimizer, default "rmsprop"
            Name such as "adam", or an object of `keras.optimizers` or `deltarule.optimizers`.
        loss : str or Loss
            Name such as "mse", or an object of `keras.losses` or `deltarule.losses`.
        loss_weights : None
            Not supported; only None is allowed.
        metrics : list of str, Metric or callable, optional
            Metrics to compute after each epoch. "accuracy" fits the loss and the targets; functions take
            (y_true, y_pred) as NumPy arrays.
        weighted_metrics : list of str, Metric or callable, optional
            Metrics that use sample_weight.
        run_eagerly, steps_per_execution, jit_compile, auto_scale_loss : optional
            Ignored: epochs always run as compiled code, in float32 or float64.
        engine : {"auto", "native", "reference"}, default "auto"
            What executes the training: the C++ engine, or the NumPy equations. "auto" uses "native" where
            it was built.
        threads : int, optional
            Maximum number of threads; by default, all processors. Results do not depend on it.

        Raises
        ------
        SettingError
            If the loss is missing or a value is not valid.

        Examples
        --------
        >>> from deltarule import keras
        >>> model = keras.Sequential([keras.Input(4), keras.layers.Dense(3, "softmax")])
        >>> model.compile(
        ...     optimizer=keras.optimizers.Adam(1e-2),
        ...     loss="sparse_categorical_crossentropy",
        ...     metrics=["accuracy"],
        ... )
        >>> model.loss.name
        'sparse_categorical_crossentropy'
        """
        if loss is None:
            raise SettingError(
                "compile.loss", "is required", hint="Typical: 'mse' or 'binary_crossentropy'."
            )
        require_default("compile", {"loss_weights": (loss_weights, None)}, "there is one loss")
        self.compiled_settings = CompiledSettings(
            optimizers.get(optimizer),
            losses.get(single(loss, "loss")),
            as_tuple(metrics, "metrics"),
            as_tuple(weighted_metrics, "weighted_metrics"),
            checks.one_of("compile.engine", engine, engine_choices()),
            None if threads is None else checks.integer("compile.threads", threads, at_least=1),
        )

    @property
    def compiled(self) -> bool:
        """Whether `compile` was called."""
        return self.compiled_settings is not None

    @property
    def optimizer(self) -> Any:
        """The optimizer, None before `compile`."""
        return None if self.compiled_settings is None else self.compiled_settings.optimizer

    @property
    def loss(self) -> Any:
        """The loss, None before `compile`."""
        return None if self.compiled_settings is None else self.compiled_settings.loss

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
        validation_freq: int = 1,
    ) -> History:
        """Train the model.

        A second call continues from the weights and the optimizer's state of the first. On
        KeyboardInterrupt, the model keeps the weights of the last complete epoch.

        Parameters
        ----------
        x : array-like of shape (n_samples, ...)
            Inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets: numbers, class numbers or one-hot rows, depending on the loss.
        batch_size : int, default 32
            Rows per update.
        epochs : int, default 1
            Number of the last epoch.
        verbose : {"auto", 0, 1, 2}, default "auto"
            0 prints nothing, 1 and "auto" a line with a bar for each epoch, 2 a plain line.
        callbacks : list of Callback, optional
            Called after each epoch; see `keras.callbacks` for their cost.
        validation_split : float, default 0.0
            Fraction of rows at the end of x to validate on.
        validation_data : tuple, optional
            (x, y) or (x, y, sample_weight) to validate on.
        shuffle : bool, default True
            Whether to draw the rows in a new order in each epoch.
        class_weight : dict of int to float, optional
            Weight of each class by its number, 1 if not listed; for training rows only.
        sample_weight : array-like of shape (n_samples,), optional
            Weights >= 0 of the rows.
        initial_epoch : int, default 0
            Number of epochs already done; training runs from here to `epochs`.
        steps_per_epoch, validation_steps : None
            Not supported; only None is allowed.
        validation_batch_size : int, optional
            Ignored.
        validation_freq : int, default 1
            Not supported; only 1 is allowed.

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
        require_default(
            "fit",
            {
                "steps_per_epoch": (steps_per_epoch, None),
                "validation_steps": (validation_steps, None),
                "validation_freq": (validation_freq, 1),
            },
            _ARRAYS,
        )
        compiled = self._compiled_or_raise("fit")
        if class_weight is not None and sample_weight is not None:
            raise SettingError("class_weight", "cannot be combined with `sample_weight`")
        converted = self._converted_for(x)
        check_trainable(converted)
        training = as_samples(converted, compiled.loss, x, y, sample_weight)
        validation: Samples | None = None
        if validation_data is not None:
            validation = validation_samples(converted, compiled, validation_data)
        elif validation_split:
            training, validation = split(training, validation_split)
        if class_weight is not None:  # as in Keras: validation rows have none
            training = class_weighted(training, class_weight)
        settings = FitSettings(
            checks.integer("batch_size", 32 if batch_size is None else batch_size, at_least=1),
            checks.integer("epochs", epochs, at_least=1),
            checks.integer("initial_epoch", initial_epoch, at_least=0, at_most=epochs - 1),
            checks.flag("shuffle", bool(shuffle)),
            as_verbose(verbose),
        )
        return FitRun(
            self,
            converted,
            compiled,
            training,
            validation,
            settings,
            as_tuple(callbacks, "callbacks"),
        ).run()

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
        x : array-like of shape (n_samples, ...)
            Inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        batch_size : int, optional
            Affects only the printed number of steps.
        verbose : {"auto", 0, 1, 2}, default "auto"
            0 prints nothing.
        sample_weight : array-like of shape (n_samples,), optional
            Weights >= 0 of the rows.
        steps : None
            Not supported; only None is allowed.
        callbacks : list of Callback, optional
            `on_test_begin` and `on_test_end` are called.
        return_dict : bool, default False
            Whether to return a dict by name.

        Returns
        -------
        float, list of float or dict
            The loss with penalties; [loss, metric, ...] if there are metrics.
        """
        require_default("evaluate", {"steps": (steps, None)}, _ARRAYS)
        compiled, began = self._compiled_or_raise("evaluate"), time.perf_counter()
        checked_callbacks = [
            check_callback(callback) for callback in as_tuple(callbacks, "callbacks")
        ]
        for callback in checked_callbacks:
            callback.set_model(self)
            callback.on_test_begin({})
        converted = self._converted_for(x)
        samples = as_samples(converted, compiled.loss, x, y, sample_weight)
        epoch_metrics = compiled.epoch_metrics(converted, samples)
        values = compiled.evaluate(
            converted, compiled.evaluation_engine(converted.network), samples, epoch_metrics
        )
        logs = dict(sorted(values.items()))
        for callback in checked_callbacks:
            callback.on_test_end(logs)
        if as_verbose(verbose):
            self._say_line(samples.data.n_rows, batch_size, began, logs, verbose)
        if return_dict:
            return logs
        return list(values.values()) if epoch_metrics else values["loss"]

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
        x : array-like of shape (n_samples, ...)
            Inputs.
        batch_size : int, optional
            Affects only the printed number of steps.
        verbose : {"auto", 0, 1, 2}, default "auto"
            0 prints nothing.
        steps : None
            Not supported; only None is allowed.
        callbacks : list of Callback, optional
            `on_predict_begin` and `on_predict_end` are called.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)
            Outputs, float32 unless the layers are float64.
        """
        require_default("predict", {"steps": (steps, None)}, _ARRAYS)
        began = time.perf_counter()
        checked_callbacks = [
            check_callback(callback) for callback in as_tuple(callbacks, "callbacks")
        ]
        for callback in checked_callbacks:
            callback.set_model(self)
            callback.on_predict_begin({})
        outputs = self._outputs(x)
        for callback in checked_callbacks:
            callback.on_predict_end({})
        if as_verbose(verbose):
            self._say_line(len(outputs), batch_size, began, {}, verbose)
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

    def _compiled_or_raise(self, what: str) -> CompiledSettings:
        if self.compiled_settings is None:
            raise SettingError.message(f"Call compile(optimizer, loss) before {what}.")
        return self.compiled_settings

    def _say_line(
        self, rows: int, batch_size: int | None, began: float, logs: dict[str, Any], verbose: Any
    ) -> None:
        steps = -(-rows // (batch_size or 32))
        print_line(epoch_line(steps, time.perf_counter() - began, logs, as_verbose(verbose)))
