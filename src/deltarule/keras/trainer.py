"""Training and prediction of a model: compile, fit, evaluate, predict."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
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
        self.metric_directions: dict[str, str] = {}

    def _converted(self) -> ConvertedModel:
        """Return the chain as the core sees it, the newest weights in it."""
        if not self.built:
            raise ShapeError(
                f"Model {self.name} does not know its inputs yet: begin it with Input(shape), or fit it."
            )
        for layer in self.all_layers:
            layer.refresh()
        return convert(self.all_layers)

    def _converted_for(self, x: Any) -> ConvertedModel:
        return self._converted()

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
        """Choose optimizer, loss and metrics.

        `engine`: "auto", "native" or "reference"; `threads`: at most this many. The other arguments
        that Keras does not know are not there; `run_eagerly`, `steps_per_execution` and `jit_compile`
        have no meaning here: everything is compiled already.
        """
        if loss is None:
            raise SettingError("compile needs a loss, such as 'mse' or 'binary_crossentropy'.")
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
        """Train on the rows of x to predict y; the arguments are Keras's, and so is what returns.

        A second call goes on where the first one ended, optimizer included.
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
            raise SettingError("fit takes class_weight or sample_weight, not both.")
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
        """Return the loss, or [loss, metric, …] where there are metrics."""
        require_default("evaluate", {"steps": (steps, None)}, _ARRAYS)
        compiled, began = self._compiled_or_raise("evaluate"), time.perf_counter()
        checked_callbacks = [
            check_callback(callback) for callback in as_tuple(callbacks, "callbacks")
        ]
        for callback in checked_callbacks:
            callback.set_model(self)
            callback.on_test_set_up({})
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
            self._say_line(samples.data.rows, batch_size, began, logs, verbose)
        if return_dict:
            return logs
        return list(values.values()) if epoch_metrics else values["loss"]

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Array:
        """Return the outputs for each row of x, shape (rows, outputs)."""
        require_default("predict", {"steps": (steps, None)}, _ARRAYS)
        began = time.perf_counter()
        checked_callbacks = [
            check_callback(callback) for callback in as_tuple(callbacks, "callbacks")
        ]
        for callback in checked_callbacks:
            callback.set_model(self)
            callback.on_predict_set_up({})
        outputs = self._outputs(x)
        for callback in checked_callbacks:
            callback.on_predict_end({})
        if as_verbose(verbose):
            self._say_line(len(outputs), batch_size, began, {}, verbose)
        return outputs

    def _outputs(self, x: Any) -> Array:
        converted = self._converted_for(x)
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
            raise SettingError(f"Call compile(optimizer, loss) before {what}.")
        return self.compiled_settings

    def _say_line(
        self, rows: int, batch_size: int | None, began: float, logs: dict[str, float], verbose: Any
    ) -> None:
        steps = -(-rows // (batch_size or 32))
        print_line(epoch_line(steps, time.perf_counter() - began, logs, as_verbose(verbose)))
