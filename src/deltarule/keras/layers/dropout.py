"""The Dropout layer, in training and in calls with training=True."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import numpy as np

from deltarule import layers as core
from deltarule._common import checks
from deltarule._common.random import kept
from deltarule.errors import SettingError
from deltarule.keras import configs
from deltarule.keras.global_state import next_seed
from deltarule.keras.initializers.base import MAX_SEED
from deltarule.keras.layers.base import Array, Layer, Shape
from deltarule.keras.unsupported import require_default

_STREAM = 1 << 20
"""Number of a layer that no network has: its random words are not those of a training run."""


@dataclass(frozen=True)
class _Traced:
    """Stands for the inputs of a `call` that is traced: it has no values to compute with."""

    active: tuple[bool, ...] = ()  # whether each `Dropout.call` it passed through was active


class Dropout(Layer):
    """Set inputs to 0 at random during training.

    Each input becomes 0 with probability `rate`; the others are multiplied by 1 / (1 − rate). Prediction
    is unaffected, unless a model or the layer is called with training=True, or a subclass passes
    training=True to `call` (Monte Carlo dropout): then each call draws other inputs to set to 0.

    Parameters
    ----------
    rate : float
        Probability in [0, 1).
    noise_shape : None
        Not supported; only None is allowed.
    seed : int, optional
        Seed of the training run, including the order of rows; in Keras, it affects this layer alone.
    **settings
        See `Layer`: name, dtype; and training (bool), which holds for every model with this layer as if
        each call had it: ``Dropout(0.5)(x, training=True)`` sets it.

    Raises
    ------
    SettingError
        If the rate or the seed is out of range.

    References
    ----------
    .. [1] Srivastava, N., et al., "Dropout: a simple way to prevent neural networks from overfitting",
       Journal of Machine Learning Research 15, 2014.
    .. [2] Gal, Y., Ghahramani, Z., "Dropout as a Bayesian approximation: representing model uncertainty
       in deep learning", ICML 2016.

    Examples
    --------
    Monte Carlo dropout, which is active in predictions too:

    >>> import numpy as np
    >>> from deltarule import keras
    >>> class MCDropout(keras.layers.Dropout):
    ...     def call(self, inputs, training=None):
    ...         return super().call(inputs, training=True)
    >>> model = keras.Sequential([keras.Input(4), MCDropout(0.5), keras.layers.Dense(1)])
    >>> predictions = [model.predict(np.ones((1, 4)), verbose=0).item() for _ in range(20)]
    >>> len(set(predictions)) > 1
    True
    """

    _overrides = Layer._overrides.also("call")

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: int | None = None, **settings: Any
    ) -> None:
        training = settings.pop("training", None)
        super().__init__(**settings)
        if training is not None:
            checks.flag("Dropout.training", training)
        self.fixed_training: bool | None = training
        require_default("Dropout", {"noise_shape": (noise_shape, None)}, "each input has its own")
        core.Dropout(rate)  # refuses what is no rate
        if seed is not None:
            checks.integer("Dropout.seed", seed, at_least=0, at_most=MAX_SEED)
        self.rate, self.seed = float(rate), seed
        self._drawn_seed: int | None = None  # of a layer without a seed, from its first use on
        self._draws = 0

    def _create(self, input_shape: Shape) -> None:
        for training in (True, False):
            self.is_active(training)  # refuses a `call` that does something else

    def is_active(self, training: bool) -> bool:
        """Return whether inputs are set to 0 at random in a call with this `training`.

        Parameters
        ----------
        training : bool
            True for training, False for prediction.

        Returns
        -------
        bool
            `training` itself, unless it is fixed or a subclass overrides `call`.

        Raises
        ------
        SettingError
            If the override does something else than choosing `training`.
        """
        training = training if self.fixed_training is None else self.fixed_training
        if type(self).call is Dropout.call:
            return training
        try:
            traced: Any = self._call_with(_Traced(), training)
        except (TypeError, AttributeError, ValueError):
            traced = None
        if not isinstance(traced, _Traced) or len(traced.active) > 1:
            name = type(self).__name__
            raise SettingError.message(
                f"{name}.call must return its inputs, or super().call(inputs, training=...): "
                "an engine trains the network, and dropout can only be on or off."
            )
        return traced.active == (True,)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if isinstance(inputs, _Traced):
            return _Traced((*inputs.active, bool(training)))
        if not training or self.rate == 0:
            return inputs
        if self.seed is None and self._drawn_seed is None:
            self._drawn_seed = next_seed()
        seed = self._drawn_seed if self.seed is None else self.seed
        rows = (len(inputs), inputs[:1].size)
        mask = kept(rows, self.rate, seed or 0, layer=_STREAM, epoch=0, step=self._draws)
        self._draws += 1
        scale = inputs.dtype.type(1 / (1 - self.rate))
        return np.where(mask.reshape(inputs.shape), inputs * scale, inputs.dtype.type(0))

    def _connect(self, training: bool | None) -> None:
        if training is None or training == self.fixed_training:
            return
        if self._output is not None:
            raise SettingError.message(
                f"Layer {self.shown_name} is part of a model, where its calls do not have "
                f"training={training}: "
                "make a second Dropout, or call the model with training=True."
            )
        self.fixed_training = checks.flag("Dropout.training", training)

    def _call_in_model(self, inputs: Array, training: bool) -> Array:
        fixed = self.fixed_training
        outputs: Array = self._call_with(inputs, training if fixed is None else fixed)
        return outputs

    def _call_with(self, inputs: Any, training: bool) -> Any:
        parameters = inspect.signature(self.call).parameters.values()
        takes = any(p.name == "training" or p.kind is p.VAR_KEYWORD for p in parameters)
        return self.call(inputs, **({"training": training} if takes else {}))

    def get_config(self) -> configs.Config:
        fixed = {} if self.fixed_training is None else {"training": self.fixed_training}
        return {**super().get_config(), "rate": self.rate, "seed": self.seed, **fixed}
