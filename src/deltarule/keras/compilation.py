"""compile: optimizer, loss, metrics and engine of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deltarule._common import checks
from deltarule.engines import engine_choices
from deltarule.errors import SettingError, ShapeError, shortened_name
from deltarule.keras import losses, optimizers
from deltarule.keras.arguments import as_tuple, single
from deltarule.keras.batch_trainer import BatchTrainer
from deltarule.keras.compiled_settings import CompiledSettings
from deltarule.keras.foreign import refuse_foreign
from deltarule.keras.layer_stack import LayerStack
from deltarule.keras.model_conversion import ConvertedModel, convert
from deltarule.keras.old_settings import known_settings_only
from deltarule.keras.running_metrics import RunningMetrics
from deltarule.keras.serialization import compile_config
from deltarule.keras.unsupported import require_default


class CompiledModel(LayerStack):
    """Base of `Model`: the settings of its training."""

    def _set_up(self, name: str) -> None:
        self.name = name
        self.compiled_settings: CompiledSettings | None = None
        self.compile_arguments: dict[str, Any] = {}  # as they were given
        self.history: Any = None
        self.stop_training = False
        self.metric_directions: dict[str, str | None] = {}
        self._batch_trainer: BatchTrainer | None = None  # open after train_on_batch
        self._batch_metrics: RunningMetrics | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy or a pickle has: the newest weights, but no sessions of train_on_batch."""
        for layer in self.all_layers:
            layer.refresh()  # the optimizer's state, too
        return {**vars(self), "_batch_trainer": None}

    def _converted(self) -> ConvertedModel:
        """Return the model as the engines' network, with the newest weights."""
        if not self.built:
            raise ShapeError(
                f"Model {shortened_name(self.name)} has no input shape yet: start it with "
                "Input(shape), or call fit."
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
        self.compile_arguments = {
            "loss": loss, "metrics": metrics, "weighted_metrics": weighted_metrics,
        }  # fmt: skip
        self._close_batches()
        self._batch_metrics = None
        for metric in (
            *as_tuple(metrics, "metrics"),
            *as_tuple(weighted_metrics, "weighted_metrics"),
        ):
            refuse_foreign("metrics", metric, "metrics")
        self.compiled_settings = CompiledSettings(
            optimizers.get(optimizer),
            losses.get(single(loss, "loss")),
            as_tuple(metrics, "metrics"),
            as_tuple(weighted_metrics, "weighted_metrics"),
            checks.one_of("compile.engine", engine, engine_choices()),
            None if threads is None else checks.integer("compile.threads", threads, at_least=1),
        )

    def get_compile_config(self) -> dict[str, Any] | None:
        """Return the arguments of `compile`.

        Returns
        -------
        dict or None
            In Keras's form, as JSON types; None before `compile`.
        """
        return compile_config(self)

    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        """Call `compile` with the result of `get_compile_config`, of this class or of Keras.

        Parameters
        ----------
        config : dict
            Optimizer, loss and metrics.
        """
        loss = config.get("loss")
        self.compile(
            optimizer=config.get("optimizer", "rmsprop"),
            loss=losses.get(loss) if isinstance(loss, Mapping) else loss,
            loss_weights=config.get("loss_weights"),
            metrics=config.get("metrics"),
            weighted_metrics=config.get("weighted_metrics"),
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

    @property
    def metrics_names(self) -> list[str]:
        """Names of the values that `evaluate` returns, in their order; none before `compile`.

        They are those of earlier versions of Keras: in Keras 3, the list is ["loss", "compile_metrics"].
        A custom metric whose result is a dict has one name here, and a value for each entry there. With
        the same metric in `metrics` and `weighted_metrics`, Keras 3 returns the value of the first twice,
        before that of the second; here each value is returned once.
        """
        return [] if self.compiled_settings is None else self.compiled_settings.metrics_names

    def _compiled_or_raise(self, what: str) -> CompiledSettings:
        if self.compiled_settings is None:
            raise SettingError.message(f"Call compile(optimizer, loss) before {what}.")
        return self.compiled_settings

    def _close_batches(self) -> None:
        """Let the layers own the newest weights of train_on_batch."""
        if self._batch_trainer is not None:
            self._batch_trainer.close()
            self._batch_trainer = None
