"""L-BFGS, which the training loop drives through SciPy."""

from __future__ import annotations

from dataclasses import dataclass

from deltarule._common import checks
from deltarule.optimizers.base import OPTIMIZERS, Optimizer

__all__ = ["LBFGS"]


@OPTIMIZERS.register
@dataclass(frozen=True)
class LBFGS(Optimizer):
    """L-BFGS through SciPy; one iteration on the full batch is one epoch.

    Needs the extra ``deltarule[lbfgs]``.

    Parameters
    ----------
    history_size : int, default 10
        Number of past steps that estimate the curvature, at least 1.
    gradient_tolerance : float, default 1e-05
        Training ends when no component of the gradient is larger; at least 0.
    max_evaluations : int, default 15000
        Maximum evaluations of loss and gradient, at least 1.
    loss_tolerance : float, default 0.0
        Training ends when an iteration lowers the loss by at most this fraction of max(|loss|, 1); 0
        for never. SciPy's default is 2.2e-9.
    clip_norm : float, optional
        Largest Euclidean norm of the whole gradient; a larger gradient is scaled down to it first
        (Pascanu et al. 2013). By default gradients are not clipped.
    clip_array_norm : float, optional
        The same limit for the gradient of each array of parameters by itself, such as the weights of one
        layer. By default arrays are not clipped.
    clip_value : float, optional
        Largest absolute value of each component of the gradient; larger ones are cut. By default values
        are not cut.

    Raises
    ------
    SettingError
        If a setting is out of range.

    References
    ----------
    D. C. Liu and J. Nocedal, "On the limited memory BFGS method for large scale optimization", 1989.

    Examples
    --------
    >>> from deltarule.optimizers import LBFGS
    >>> LBFGS(history_size=20).history_size
    20
    """

    kind = "lbfgs"
    label = "L-BFGS"
    history_size: int = 10
    gradient_tolerance: float = 1e-5
    max_evaluations: int = 15000
    loss_tolerance: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.integer("LBFGS.history_size", self.history_size, at_least=1)
        checks.number("LBFGS.gradient_tolerance", self.gradient_tolerance, at_least=0)
        checks.integer("LBFGS.max_evaluations", self.max_evaluations, at_least=1)
        checks.number("LBFGS.loss_tolerance", self.loss_tolerance, at_least=0)
