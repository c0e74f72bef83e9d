"""Optimizers without bias correction: SGD, RMSprop, Adagrad, Adadelta."""

from __future__ import annotations

from typing import Any

from deltarule import optimizers as core
from deltarule.keras.optimizers.base import Optimizer
from deltarule.keras.optimizers.schedule_base import LearningRateSchedule
from deltarule.keras.unsupported import require_default
from deltarule.schedules import Schedule


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum or Nesterov's momentum.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default 0.01
        Learning rate per update.
    momentum : float, default 0.0
        Decay rate of the velocity in [0, 1), per update.
    nesterov : bool, default False
        Whether to use Nesterov's momentum.
    name : str, optional
        Name, by default the class name in lower case.
    **extras
        Keras's other settings: clipnorm (float), the maximum Euclidean norm of the gradient of each array
        of weights; global_clipnorm (float), that of the whole gradient; clipvalue (float), the maximum
        absolute value of its components; at most one of the three;
        the rest at their defaults only.

    Examples
    --------
    >>> from deltarule import keras
    >>> float(keras.optimizers.SGD(0.1, momentum=0.9).learning_rate)
    0.1
    """

    def __init__(
        self, learning_rate: float | LearningRateSchedule = 0.01, momentum: float = 0.0,
        nesterov: bool = False, name: str | None = None, **extras: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, name, extras)
        self.momentum, self.nesterov = momentum, nesterov
        self.description()  # checks the settings

    def _describe(self, schedule: Schedule) -> core.Stepwise:
        clip = self._clipping
        if not self.momentum:
            return core.GradientDescent(schedule, **clip)
        kind = core.Nesterov if self.nesterov else core.Momentum
        return kind(schedule, self.momentum, **clip)


class RMSprop(Optimizer):
    """RMSprop, with ε inside the square root as in Keras.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default 0.001
        Learning rate per update.
    rho : float, default 0.9
        Decay rate of the mean of squared gradients, per update.
    momentum : float, default 0.0
        Not supported; only 0 is allowed.
    epsilon : float, default 1e-7
        Small constant ε added to the mean of squared gradients.
    centered : bool, default False
        Not supported; only False is allowed.
    name : str, optional
        Name, by default the class name in lower case.
    **extras
        Keras's other settings: clipnorm (float), the maximum Euclidean norm of the gradient of each array
        of weights; global_clipnorm (float), that of the whole gradient; clipvalue (float), the maximum
        absolute value of its components; at most one of the three;
        the rest at their defaults only.
    """

    def __init__(
        self, learning_rate: float | LearningRateSchedule = 0.001, rho: float = 0.9,
        momentum: float = 0.0, epsilon: float = 1e-7, centered: bool = False,
        name: str | None = None, **extras: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, name, extras)
        require_default(
            "RMSprop", {"momentum": (momentum, 0.0), "centered": (centered, False)}, "use Adam"
        )
        self.rho, self.epsilon = rho, epsilon
        self.description()  # checks the settings

    def _describe(self, schedule: Schedule) -> core.Stepwise:
        return core.RMSprop(
            schedule, self.rho, self.epsilon, epsilon_inside_root=True,
            **self._clipping,
        )  # fmt: skip


class Adagrad(Optimizer):
    """AdaGrad.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default 0.001
        Learning rate per update.
    initial_accumulator_value : float, default 0.1
        Initial sum of squared gradients.
    epsilon : float, default 1e-7
        Small constant ε added to the sum inside the root.
    name : str, optional
        Name, by default the class name in lower case.
    **extras
        Keras's other settings: clipnorm (float), the maximum Euclidean norm of the gradient of each array
        of weights; global_clipnorm (float), that of the whole gradient; clipvalue (float), the maximum
        absolute value of its components; at most one of the three;
        the rest at their defaults only.

    References
    ----------
    .. [1] Duchi, J., Hazan, E., Singer, Y., "Adaptive subgradient methods for online learning and
       stochastic optimization", Journal of Machine Learning Research 12, 2011.
    """

    def __init__(
        self, learning_rate: float | LearningRateSchedule = 0.001,
        initial_accumulator_value: float = 0.1, epsilon: float = 1e-7, name: str | None = None,
        **extras: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, name, extras)
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon
        self.description()  # checks the settings

    def _describe(self, schedule: Schedule) -> core.Stepwise:
        return core.AdaGrad(
            schedule, self.initial_accumulator_value, self.epsilon, True, **self._clipping
        )


class Adadelta(Optimizer):
    """Adadelta.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default 0.001
        Learning rate per update, 1 in the paper.
    rho : float, default 0.95
        Decay rate of the mean of squared gradients, per update.
    epsilon : float, default 1e-7
        Small constant ε added to both means inside the roots.
    name : str, optional
        Name, by default the class name in lower case.
    **extras
        Keras's other settings: clipnorm (float), the maximum Euclidean norm of the gradient of each array
        of weights; global_clipnorm (float), that of the whole gradient; clipvalue (float), the maximum
        absolute value of its components; at most one of the three;
        the rest at their defaults only.

    References
    ----------
    .. [1] Zeiler, M. D., "ADADELTA: an adaptive learning rate method", arXiv:1212.5701, 2012.
    """

    def __init__(
        self, learning_rate: float | LearningRateSchedule = 0.001, rho: float = 0.95,
        epsilon: float = 1e-7, name: str | None = None, **extras: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, name, extras)
        self.rho, self.epsilon = rho, epsilon
        self.description()  # checks the settings

    def _describe(self, schedule: Schedule) -> core.Stepwise:
        return core.Adadelta(schedule, self.rho, self.epsilon, **self._clipping)
