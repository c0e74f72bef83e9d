"""Model and Sequential: chains of layers that are compiled, fitted, evaluated, asked and saved."""

from __future__ import annotations

import time
from collections.abc import Mapping
from os import PathLike
from typing import Any

from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule.engines import get_engine
from deltarule.errors import SettingError, ShapeError
from deltarule.keras import losses, model_file, optimizers
from deltarule.keras.arguments import (
    check_trainable,
    listed,
    may_write,
    only,
    trace,
    validation_samples,
)
from deltarule.keras.callbacks import History
from deltarule.keras.compiled import Compiled
from deltarule.keras.epoch_metrics import Samples
from deltarule.keras.global_state import automatic_name
from deltarule.keras.input_arrays import as_samples, class_weighted, split
from deltarule.keras.layers import InputLayer, KerasTensor, Layer
from deltarule.keras.model_parts import Parts
from deltarule.keras.model_training import Fit, FitSettings, checked
from deltarule.keras.network_conversion import Chain, as_chain
from deltarule.keras.progress import as_verbose, epoch_line, say
from deltarule.keras.summary import summary_text
from deltarule.keras.unsupported import PURPOSE, left_at_default, refuse
from deltarule.training.trained_network import TrainedNetwork

Array = NDArray[Any]
_ARRAYS = "give arrays; an epoch is one pass over their rows"
_ABSENT = {
    "call fit with epochs=1 on these rows": ("train_on_batch",),
    "call evaluate or predict on these rows": ("test_on_batch", "predict_on_batch"),
    "save writes one file with all of it, and load_model reads it": (
        "get_config", "from_config", "to_json", "export", "get_compile_config", "compile_from_config",
    ),
}  # fmt: skip


class Model(Parts):
    """A chain of layers from one input to one output: `Model(inputs, outputs)`."""

    def __init__(self, inputs: Any = None, outputs: Any = None, name: str | None = None) -> None:
        chain = trace(only(inputs, "inputs"), only(outputs, "outputs"))
        self._begin(name or automatic_name("Functional"))
        self.all_layers: list[Layer] = chain

    def __init_subclass__(cls) -> None:
        for method in ("call", "train_step", "test_step"):
            if method in cls.__dict__ and cls.__module__ != __name__:
                raise SettingError(
                    f"{cls.__name__}.{method} cannot be trained here: {PURPOSE}; build the chain from "
                    "layers, or use Keras itself (import keras)."
                )

    def _begin(self, name: str) -> None:
        self.name = name
        self.compiled_settings: Compiled | None = None
        self.history: Any = None
        self.stop_training = False
        self.metric_directions: dict[str, str] = {}

    def build(self, input_shape: Any = None) -> None:
        """Make the layers' arrays; a model with an input has them already."""

    def chain(self) -> Chain:
        """Return the chain as the core sees it, the newest weights in it."""
        if not self.built:
            raise ShapeError(
                f"Model {self.name} does not know its inputs yet: begin it with Input(shape), or fit it."
            )
        for layer in self.all_layers:
            layer.refresh()
        return as_chain(self.all_layers)

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
        left_at_default("compile", {"loss_weights": (loss_weights, None)}, "there is one loss")
        self.compiled_settings = Compiled(
            optimizers.get(optimizer),
            losses.get(only(loss, "loss")),
            listed(metrics, "metrics"),
            listed(weighted_metrics, "weighted_metrics"),
            checks.one_of("compile.engine", engine, ("auto", "native", "reference")),
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
        left_at_default(
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
        chain = self._chain_for(x)
        check_trainable(chain)
        training = as_samples(chain, compiled.loss, x, y, sample_weight)
        validation: Samples | None = None
        if validation_data is not None:
            validation = validation_samples(chain, compiled, validation_data)
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
        return Fit(
            self, chain, compiled, training, validation, settings, listed(callbacks, "callbacks")
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
        left_at_default("evaluate", {"steps": (steps, None)}, _ARRAYS)
        compiled, began = self._compiled_or_raise("evaluate"), time.perf_counter()
        told = [checked(callback) for callback in listed(callbacks, "callbacks")]
        for callback in told:
            callback.set_model(self)
            callback.on_test_begin({})
        chain = self._chain_for(x)
        samples = as_samples(chain, compiled.loss, x, y, sample_weight)
        measures = compiled.measures(chain, samples)
        values = compiled.evaluate(chain, compiled.chosen_engine(), samples, measures)
        logs = dict(sorted(values.items()))
        for callback in told:
            callback.on_test_end(logs)
        if as_verbose(verbose):
            self._say_line(samples.data.rows, batch_size, began, logs, verbose)
        if return_dict:
            return logs
        return list(values.values()) if measures else values["loss"]

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Array:
        """Return the outputs for each row of x, shape (rows, outputs)."""
        left_at_default("predict", {"steps": (steps, None)}, _ARRAYS)
        began = time.perf_counter()
        told = [checked(callback) for callback in listed(callbacks, "callbacks")]
        for callback in told:
            callback.set_model(self)
            callback.on_predict_begin({})
        outputs = self._outputs(x)
        for callback in told:
            callback.on_predict_end({})
        if as_verbose(verbose):
            self._say_line(len(outputs), batch_size, began, {}, verbose)
        return outputs

    def __call__(self, inputs: Any, training: bool = False) -> Any:
        """Return the outputs for an array of rows, or the end of the chain begun by a tensor."""
        if isinstance(inputs, KerasTensor):
            for layer in self.all_layers:
                if not isinstance(layer, InputLayer):
                    inputs = layer(inputs)
            return inputs
        if training:
            raise SettingError("training=True is for fit; a model called by hand predicts.")
        return self._outputs(inputs)

    predict_on_batch = __call__

    def _outputs(self, x: Any) -> Array:
        chain = self._chain_for(x)
        compiled = self.compiled_settings
        engine = get_engine("auto" if compiled is None else compiled.engine)
        threads = 1 if compiled is None else compiled.chosen_threads()
        return engine.predict(chain.network, chain.parameters, chain.rows(x, "x"), threads)

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Any = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None:
        """Print Keras's table of the layers, or hand it to `print_fn`."""
        left_at_default(
            "summary", {"positions": (positions, None), "layer_range": (layer_range, None)},
            "the table is small",
        )  # fmt: skip
        text = summary_text(self, line_length, show_trainable)
        if print_fn is None:
            say(text.rstrip("\n"))
        else:
            print_fn(text)

    @property
    def optimizer_memory(self) -> list[tuple[int, int]]:
        """(numbers, bytes of one) of what the optimizer remembers, as Keras counts it."""
        slots = {} if self.optimizer is None else self.optimizer.slots
        if self.optimizer is None or not self.optimizer.iterations:
            return []
        return [(1, 4), (1, 4), *((a.size, a.itemsize) for a in slots.values())]

    def __getattr__(self, name: str) -> Any:
        """Say of what a Keras model has, and this one has not, what to do instead."""
        for instead, names in _ABSENT.items():
            if name in names:
                raise AttributeError(str(refuse(f"Model.{name}", instead)))
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}.")

    def save(self, filepath: str | PathLike[str], overwrite: bool = True, **more: Any) -> None:
        """Write the model to one file: layers, weights, what `compile` was given."""
        left_at_default(
            "save", {name: (value, None) for name, value in more.items()}, "leave it out"
        )
        if not self.built:
            raise SettingError(
                "Build the model before save: begin it with Input((columns,)), or fit it."
            )
        may_write(filepath, overwrite)
        model_file.save_model(self, filepath)

    def save_weights(self, filepath: str | PathLike[str], overwrite: bool = True) -> None:
        """Write the weights to one file."""
        may_write(filepath, overwrite)
        model_file.save_weights(self, filepath)

    def load_weights(self, filepath: str | PathLike[str]) -> None:
        """Read the weights of a model of the same shape."""
        model_file.load_weights(self, filepath)

    def to_trained_network(self) -> TrainedNetwork:
        """Return the model as deltarule's own, for its plots and reports; parameters are copied.

        Raises `SettingError` where Normalization stands in front: it is no part of a network.
        """
        chain = self.chain()
        if any(layer.arrays for layer in chain.preparing):
            raise SettingError("Leave Normalization out and standardize the rows before.")
        return TrainedNetwork(chain.network, chain.parameters.astype(chain.dtype))

    def _chain_for(self, x: Any) -> Chain:
        return self.chain()

    def _compiled_or_raise(self, what: str) -> Compiled:
        if self.compiled_settings is None:
            raise SettingError(f"Call compile(optimizer, loss) before {what}.")
        return self.compiled_settings

    def _say_line(
        self, rows: int, batch_size: int | None, began: float, logs: dict[str, float], verbose: Any
    ) -> None:
        steps = -(-rows // (batch_size or 32))
        say(epoch_line(steps, time.perf_counter() - began, logs, as_verbose(verbose)))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"
