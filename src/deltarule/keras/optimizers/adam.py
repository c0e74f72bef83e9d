"""Adam and its relatives: Adam, AdamW, Nadam, Adamax, Lion."""

from __future__ import annotations

from typing import Any

from deltarule import optimizers as core
from deltarule.errors import SettingError
from deltarule.keras.optimizers.base import Optimizer
from deltarule.keras.optimizers.schedule_base import LearningRateSchedule
from deltarule.schedules import Schedule


class Adam(Optimizer):
    """Adam; with weight_decay, it is AdamW as in Keras.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default 0.001
        Learning rate per update.
    beta_1 : float, default 0.9
        Decay rate of the mean of gradients, per update.
    beta_2 : float, default 0.999
        Decay rate of the mean of squared gradients, per update.
    epsilon : float, default 1e-7
        Small constant ε added to √v, before the correction of its bias.
    amsgrad : bool, default False
        Whether to use AMSGrad, the maximum of all means of squared gradients.
    name : str, optional
        Name, by default the class name in lower case.
    **extras
        Keras's other settings: clipnorm (float), the maximum Euclidean norm of the gradient of each array
        of weights; global_clipnorm (float), that of the whole gradient; clipvalue (float), the maximum
        absolute value of its components; at most one of the three;
        weight_decay (float); the rest at their defaults only.

    Raises
    ------
    SettingError
        If amsgrad and weight_decay are combined.

    References
    ----------
    .. [1] Kingma, D. P., Ba, J., "Adam: a method for stochastic optimization", ICLR 2015.

    Examples
    --------
    >>> from deltarule import keras
    >>> optimizer = keras.optimizers.Adam(1e-2)
    >>> optimizer.learning_rate = 1e-3  # can be changed during training
    >>> float(optimizer.learning_rate)
    0.001
    >>> int(optimizer.iterations)
    0
    """

    takes_weight_decay = True

    def __init__(
        self, learning_rate: float | LearningRateSchedule = 0.001, beta_1: float = 0.9,
        beta_2: float = 0.999, epsilon: float = 1e-7, amsgrad: bool = False,
        name: str | None = None, **extras: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, name, extras)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad
        if amsgrad and self.weight_decay:
            raise SettingError(
                f"{type(self).__name__}.amsgrad", "cannot be combined with `weight_decay`"
            )
        self.description()  # checks the settings

    def _describe(self, schedule: Schedule) -> core.Stepwise:
        moments = (self.beta_1, self.beta_2, self.epsilon, True)  # ε as in Keras: added to √v
        if self.weight_decay:
            return core.AdamW(schedule, self.weight_decay, *moments, **self._clipping)
        kind = core.AMSGrad if self.amsgrad else core.Adam
        return kind(schedule, *moments, **self._clipping)


class AdamW(Adam):
    """Adam with decoupled weight decay of all weights and biases.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default 0.001
        Learning rate per update.
    weight_decay : float, default 0.004
        Factor of the decay; multiplied by the learning rate in each update.
    beta_1 : float, default 0.9
        Decay rate of the mean of gradients, per update.
    beta_2 : float, default 0.999
        Decay rate of the mean of squared gradients, per update.
    epsilon : float, default 1e-7
        Small constant ε added to √v, before the correction of its bias.
    amsgrad : bool, default False
        Whether to use AMSGrad, the maximum of all means of squared gradients.
    name : str, optional
        Name, by default the class name in lower case.
    **extras
        Keras's other settings: clipnorm (float), the maximum Euclidean norm of the gradient of each array
        of weights; global_clipnorm (float), that of the whole gradient; clipvalue (float), the maximum
        absolute value of its components; at most one of the three;
        the rest at their defaults only.

    Raises
    ------
    SettingError
        If weight_decay is None.

    References
    ----------
    .. [1] Loshchilov, I., Hutter, F., "Decoupled weight decay regularization", ICLR 2019.
    """

    def __init__(
        self, learning_rate: float | LearningRateSchedule = 0.001, weight_decay: float = 0.004,
        beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7, amsgrad: bool = False,
        name: str | None = None, **extras: Any,
    ) -> None:  # fmt: skip
        if weight_decay is None:
            raise SettingError("AdamW.weight_decay", "must be a number; Adam is without decay")
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, name,
            weight_decay=weight_decay, **extras,
        )  # fmt: skip


class Nadam(Optimizer):
    """Adam with Nesterov's momentum and Keras's schedule of β₁, which decays with 0.96ᵗ.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default 0.001
        Learning rate per update.
    beta_1 : float, default 0.9
        Decay rate of the mean of gradients, per update.
    beta_2 : float, default 0.999
        Decay rate of the mean of squared gradients, per update.
    epsilon : float, default 1e-7
        Small constant ε added to √v̂, the corrected root, as in Keras.
    name : str, optional
        Name, by default the class name in lower case.
    **extras
        Keras's other settings: clipnorm (float), the maximum Euclidean norm of the gradient of each array
        of weights; global_clipnorm (float), that of the whole gradient; clipvalue (float), the maximum
        absolute value of its components; at most one of the three;
        the rest at their defaults only.

    References
    ----------
    .. [1] Dozat, T., "Incorporating Nesterov momentum into Adam", ICLR workshop, 2016.
    """

    def __init__(
        self, learning_rate: float | LearningRateSchedule = 0.001, beta_1: float = 0.9,
        beta_2: float = 0.999, epsilon: float = 1e-7, name: str | None = None, **extras: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, name, extras)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self.description()  # checks the settings

    def _describe(self, schedule: Schedule) -> core.Stepwise:
        # Keras warms the momentum with 0.96ᵗ; PyTorch and Dozat with 0.96^(0.004 t).
        return core.Nadam(
            schedule, self.beta_1, self.beta_2, self.epsilon, momentum_decay=1.0,
            **self._clipping,
        )  # fmt: skip


class Adamax(Optimizer):
    """Adamax: Adam with the largest decayed gradient instead of the root mean square.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default 0.001
        Learning rate per update.
    beta_1 : float, default 0.9
        Decay rate of the mean of gradients, per update.
    beta_2 : float, default 0.999
        Decay rate of the largest gradient, per update.
    epsilon : float, default 1e-7
        Small constant ε added to the largest gradient.
    name : str, optional
        Name, by default the class name in lower case.
    **extras
        Keras's other settings: clipnorm (float), the maximum Euclidean norm of the gradient of each array
        of weights; global_clipnorm (float), that of the whole gradient; clipvalue (float), the maximum
        absolute value of its components; at most one of the three;
        the rest at their defaults only.

    References
    ----------
    .. [1] Kingma, D. P., Ba, J., "Adam: a method for stochastic optimization", ICLR 2015.
    """

    def __init__(
        self, learning_rate: float | LearningRateSchedule = 0.001, beta_1: float = 0.9,
        beta_2: float = 0.999, epsilon: float = 1e-7, name: str | None = None, **extras: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, name, extras)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self.description()  # checks the settings

    def _describe(self, schedule: Schedule) -> core.Stepwise:
        return core.Adamax(schedule, self.beta_1, self.beta_2, self.epsilon, **self._clipping)


class Lion(Optimizer):
    """Lion: steps of the size of the learning rate, in the direction of the gradient's sign.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default 0.001
        Learning rate per update, the size of every step.
    beta_1 : float, default 0.9
        Share of the mean of gradients in the direction of a step.
    beta_2 : float, default 0.99
        Decay rate of the mean of gradients, per update.
    name : str, optional
        Name, by default the class name in lower case.
    **extras
        Keras's other settings: clipnorm (float), the maximum Euclidean norm of the gradient of each array
        of weights; global_clipnorm (float), that of the whole gradient; clipvalue (float), the maximum
        absolute value of its components; at most one of the three;
        the rest at their defaults only.

    References
    ----------
    .. [1] Chen, X., et al., "Symbolic discovery of optimization algorithms", NeurIPS 2023.
    """

    def __init__(
        self, learning_rate: float | LearningRateSchedule = 0.001, beta_1: float = 0.9,
        beta_2: float = 0.99, name: str | None = None, **extras: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, name, extras)
        self.beta_1, self.beta_2 = beta_1, beta_2
        self.description()  # checks the settings

    def _describe(self, schedule: Schedule) -> core.Stepwise:
        return core.Lion(schedule, self.beta_1, self.beta_2, **self._clipping)
