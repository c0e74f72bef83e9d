"""Dense layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from deltarule._common import checks
from deltarule.activations import ACTIVATIONS, Activation
from deltarule.errors import SettingError
from deltarule.initializers import INITIALIZERS, Initializer
from deltarule.layers.base import LAYERS, Layer, checked_name

__all__ = ["FACTOR_INITIALIZERS", "PARAMETERIZATIONS", "SHARINGS", "Dense"]

PARAMETERIZATIONS = ("standard", "ntk")
SHARINGS = ("shared", "input_factors", "factors", "separate")
FACTOR_INITIALIZERS = ("ones", "signs", "normal")


@LAYERS.register
@dataclass(frozen=True, init=False, repr=False)
class Dense(Layer):
    """Dense (fully connected) layer: x ↦ g(x W + b).

    Parameters
    ----------
    units : int
        Number of units, at least 1.
    activation : Activation or str, default "identity"
        Activation g, as a description or its name.
    bias : bool, default True
        Whether units have biases b.
    initializer : Initializer or str, default "glorot"
        Initial weights W of shape (n_inputs, units).
    bias_initializer : Initializer or str, default "zeros"
        Initial biases b of shape (units,).
    l1, l2 : float, default 0.0
        Penalties that add l1 Σ|W| + l2 ΣW² to the loss, as in Keras: biases are not penalized, and
        there is no factor ½.
    max_norm : float, optional
        Largest Euclidean norm of the incoming weights of each unit, greater than 0; larger ones are
        scaled down after each update (Srebro et al. 2005).
    name : str, optional
        Name of the layer, unique in its network; by default such as "dense_1".
    parameterization : {"standard", "ntk"}, default "standard"
        "ntk" computes x W / √n_inputs + b (Jacot et al. 2018), so that weights of size 1 suit every
        width.
    learned_activation : bool, default False
        Whether z ↦ z + a (g(z) − z) replaces g, with one learned a per unit, initially 1.
    rate_factor : float, default 1.0
        Factor of the learning rate of W, at least 0.
    decay_factor : float, default 1.0
        Factor of the weight decay of W, at least 0.
    bias_rate_factor : float, default 1.0
        Factor of the learning rate of b, at least 0.
    bias_decay_factor : float, default 1.0
        Factor of the weight decay of b, at least 0.
    activation_rate_factor : float, default 1.0
        Factor of the learning rate of a, at least 0.
    activation_decay_factor : float, default 1.0
        Factor of the weight decay of a, at least 0.
    sharing : {"shared", "input_factors", "factors", "separate"}, default "shared"
        What the members of a network (see `Network`) share: everything; everything but a factor r
        per input; W alone, with factors r per input and s per output and separate biases, ((x ⊙ r)
        W) ⊙ s + b; or nothing.
    factor_initializer : {"ones", "signs", "normal"}, default "ones"
        Initial factors r, drawn once for all values that come from one column; s is initially 1.
    trainable : bool, default True
        Whether training changes the layer's parameters. Those of a frozen layer have no penalty and no
        limit, as in Keras.

    Raises
    ------
    SettingError
        If a setting is not allowed.

    See Also
    --------
    Network : A chain of layers.

    References
    ----------
    Y. Wen, D. Tran and J. Ba, "BatchEnsemble", 2020; Y. Gorishniy, A. Kotelnikov and A. Babenko,
    "TabM", 2025 (`sharing`).

    D. Holzmüller, L. Grinsztajn and I. Steinwart, "Better by default", 2024 (`learned_activation`).

    Examples
    --------
    >>> import deltarule as dr
    >>> layer = dr.Dense(8, "relu", initializer="he", l2=1e-4)
    >>> layer.units, layer.activation
    (8, ReLU())
    """

    kind = "dense"
    optional: ClassVar[dict[str, Any]] = {
        "parameterization": "standard",
        "learned_activation": False,
        "rate_factor": 1.0,
        "decay_factor": 1.0,
        "bias_rate_factor": 1.0,
        "bias_decay_factor": 1.0,
        "activation_rate_factor": 1.0,
        "activation_decay_factor": 1.0,
        "sharing": "shared",
        "factor_initializer": "ones",
        "trainable": True,
    }
    units: int
    activation: Activation
    bias: bool
    initializer: Initializer
    bias_initializer: Initializer
    l1: float
    l2: float
    max_norm: float | None
    parameterization: str
    learned_activation: bool
    rate_factor: float
    decay_factor: float
    bias_rate_factor: float
    bias_decay_factor: float
    activation_rate_factor: float
    activation_decay_factor: float
    sharing: str
    factor_initializer: str
    trainable: bool

    def __init__(
        self,
        units: int,
        activation: Activation | str = "identity",
        bias: bool = True,
        initializer: Initializer | str = "glorot",
        bias_initializer: Initializer | str = "zeros",
        l1: float = 0.0,
        l2: float = 0.0,
        max_norm: float | None = None,
        name: str | None = None,
        *,
        parameterization: str = "standard",
        learned_activation: bool = False,
        rate_factor: float = 1.0,
        decay_factor: float = 1.0,
        bias_rate_factor: float = 1.0,
        bias_decay_factor: float = 1.0,
        activation_rate_factor: float = 1.0,
        activation_decay_factor: float = 1.0,
        sharing: str = "shared",
        factor_initializer: str = "ones",
        trainable: bool = True,
    ) -> None:
        checks.integer("Dense.units", units, at_least=1, hint="A layer needs at least one unit.")
        factors = {
            "rate_factor": rate_factor,
            "decay_factor": decay_factor,
            "bias_rate_factor": bias_rate_factor,
            "bias_decay_factor": bias_decay_factor,
            "activation_rate_factor": activation_rate_factor,
            "activation_decay_factor": activation_decay_factor,
        }
        values = {
            "units": int(units),
            "activation": ACTIVATIONS.resolve(activation, "Dense.activation"),
            "bias": checks.flag("Dense.bias", bias),
            "initializer": INITIALIZERS.resolve(initializer, "Dense.initializer"),
            "bias_initializer": INITIALIZERS.resolve(bias_initializer, "Dense.bias_initializer"),
            "l1": checks.number("Dense.l1", l1, at_least=0),
            "l2": checks.number("Dense.l2", l2, at_least=0),
            "max_norm": max_norm
            if max_norm is None
            else checks.number("Dense.max_norm", max_norm, above=0),
            "name": checked_name(name),
            "parameterization": checks.one_of(
                "Dense.parameterization", parameterization, PARAMETERIZATIONS
            ),
            "learned_activation": checks.flag("Dense.learned_activation", learned_activation),
            "sharing": checks.one_of("Dense.sharing", sharing, SHARINGS),
            "factor_initializer": checks.one_of(
                "Dense.factor_initializer", factor_initializer, FACTOR_INITIALIZERS
            ),
            "trainable": checks.flag("Dense.trainable", trainable),
        } | {
            factor: checks.number(f"Dense.{factor}", value, at_least=0)
            for factor, value in factors.items()
        }
        for field, value in values.items():
            object.__setattr__(self, field, value)
        if self.initializer.place == "biases" or self.bias_initializer.place == "weights":
            raise SettingError(
                "Dense.initializer",
                f"{self.initializer.kind!r} cannot be combined with "
                f"`Dense.bias_initializer` {self.bias_initializer.kind!r}",
                hint="unit_variance is for weights and he_plus for biases.",
            )
        if self.learned_activation and self.activation.kind == "softmax":
            raise SettingError(
                "Dense.learned_activation",
                "must be False for softmax, which does not act on each unit separately",
            )

    @property
    def is_plain(self) -> bool:
        """Whether the layer is g(x W + b) alone, with no parameters but W and b."""
        names = ("parameterization", "learned_activation", "sharing")
        return all(getattr(self, name) == self.optional[name] for name in names)
