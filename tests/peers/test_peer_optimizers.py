"""Comparison of optimizers with PyTorch and Optax: same parameters and gradients, 50 steps, float64.

Where defaults differ, both are given the same numbers; the differences are in each table's comments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from deltarule.optimizers import (
    OPTIMIZERS,
    Adadelta,
    AdaGrad,
    Adam,
    Adamax,
    AdamW,
    AMSGrad,
    GradientDescent,
    Lion,
    Momentum,
    Nadam,
    Nesterov,
    RMSprop,
    Stepwise,
    clip_gradient,
)

STEPS, SIZE, RATE = 50, 12, 0.03
Array = NDArray[np.float64]
Peer = Callable[[Any, Any], Any]

# deltarule's optimizer, and a function that creates PyTorch's. PyTorch's defaults differ: RMSprop's α
# is 0.99 and ε 1e-8, Adadelta's ρ is 0.9; Nesterov and momentum are settings of SGD.
TORCH: tuple[tuple[Stepwise, Peer], ...] = (
    (GradientDescent(), lambda t, w: t.optim.SGD(w, lr=RATE)),
    (Momentum(), lambda t, w: t.optim.SGD(w, lr=RATE, momentum=0.9)),
    (Nesterov(), lambda t, w: t.optim.SGD(w, lr=RATE, momentum=0.9, nesterov=True)),
    (Nesterov(momentum=0.5), lambda t, w: t.optim.SGD(w, lr=RATE, momentum=0.5, nesterov=True)),
    (AdaGrad(), lambda t, w: t.optim.Adagrad(w, lr=RATE)),
    (
        AdaGrad(initial_square_sum=0.1, epsilon=0.01),
        lambda t, w: t.optim.Adagrad(w, lr=RATE, initial_accumulator_value=0.1, eps=0.01),
    ),
    (Adadelta(), lambda t, w: t.optim.Adadelta(w, lr=RATE, rho=0.95)),
    (RMSprop(), lambda t, w: t.optim.RMSprop(w, lr=RATE, alpha=0.9, eps=1e-7)),
    (Adam(), lambda t, w: t.optim.Adam(w, lr=RATE)),
    (
        Adam(decay_mean=0.7, decay_square=0.9, epsilon=0.01),
        lambda t, w: t.optim.Adam(w, lr=RATE, betas=(0.7, 0.9), eps=0.01),
    ),
    (AdamW(), lambda t, w: t.optim.AdamW(w, lr=RATE)),
    (AdamW(weight_decay=0.3), lambda t, w: t.optim.AdamW(w, lr=RATE, weight_decay=0.3)),
    (AMSGrad(), lambda t, w: t.optim.Adam(w, lr=RATE, amsgrad=True)),
    (Nadam(), lambda t, w: t.optim.NAdam(w, lr=RATE)),
    # PyTorch adds Adamax's ε to |g|; here it is too small to matter.
    (Adamax(epsilon=1e-30), lambda t, w: t.optim.Adamax(w, lr=RATE, eps=1e-30)),
    (Nadam(momentum_decay=0.5), lambda t, w: t.optim.NAdam(w, lr=RATE, momentum_decay=0.5)),
)

# deltarule's optimizer, and Optax's. Optax has AdaGrad's ε inside the root; here it is too small to
# matter. Its AMSGrad takes the largest unbiased v̂, deltarule and the paper the largest v, so it is not
# compared. Its Nadam has no momentum warm-up, like deltarule's with a momentum_decay so large that
# 0.96^(ψ t) is 0.
OPTAX: tuple[tuple[Stepwise, Callable[[Any], Any]], ...] = (
    (GradientDescent(), lambda o: o.sgd(RATE)),
    (Momentum(), lambda o: o.sgd(RATE, momentum=0.9)),
    (Nesterov(), lambda o: o.sgd(RATE, momentum=0.9, nesterov=True)),
    (
        AdaGrad(initial_square_sum=0.1, epsilon=1e-14),
        lambda o: o.adagrad(RATE, initial_accumulator_value=0.1, eps=1e-28),
    ),
    (Adadelta(), lambda o: o.adadelta(RATE, rho=0.95, eps=1e-6)),
    (RMSprop(), lambda o: o.rmsprop(RATE, decay=0.9, eps=1e-7, eps_in_sqrt=False)),
    (
        RMSprop(epsilon=1e-3, epsilon_inside_root=True),
        lambda o: o.rmsprop(RATE, decay=0.9, eps=1e-3, eps_in_sqrt=True),
    ),
    (Adam(), lambda o: o.adam(RATE)),
    (AdamW(), lambda o: o.adamw(RATE, weight_decay=1e-2)),
    (Nadam(momentum_decay=1e9), lambda o: o.nadam(RATE)),
    (Lion(), lambda o: o.lion(RATE, b1=0.9, b2=0.99, weight_decay=0.0)),
)


def problem() -> tuple[Array, Array]:
    """Return initial parameters (SIZE,) and gradients (STEPS, SIZE) of very different sizes."""
    random = np.random.default_rng(17)
    sizes = np.geomspace(1e-4, 1e2, SIZE)
    return random.normal(0, 1, SIZE), random.normal(0.3, 1, (STEPS, SIZE)) * sizes


def ours(optimizer: Stepwise, rates: Array) -> Array:
    """Return our parameters after each step, shape (STEPS, SIZE)."""
    weights, gradients = problem()
    slots = optimizer.new_slots(SIZE, np.float64)
    path = []
    for t, (gradient, rate) in enumerate(zip(gradients, rates, strict=True), start=1):
        optimizer.update(weights, gradient, slots, float(rate), t)
        path.append(weights.copy())
    return np.array(path)


def compare(path: Array, peer: Array) -> None:
    """Assert that both trajectories are equal, relative to the distance moved so far."""
    start, _ = problem()
    moved = np.abs(peer - start).max(axis=0)
    assert (moved > 0).all()
    np.testing.assert_array_less(np.abs(path - peer) / moved, 1e-9)


def torch_path(torch: Any, make: Peer, rates: Array) -> Array:
    """Return PyTorch's parameters after each step."""
    start, gradients = problem()
    weights = torch.tensor(start, requires_grad=True)
    optimizer = make(torch, [weights])
    path = []
    for gradient, rate in zip(gradients, rates, strict=True):
        for group in optimizer.param_groups:
            group["lr"] = float(rate)
        weights.grad = torch.tensor(gradient)
        optimizer.step()
        path.append(weights.detach().numpy().copy())
    return np.array(path)


@pytest.mark.parametrize(("optimizer", "make"), TORCH)
def test_the_same_steps_as_pytorch(torch: Any, optimizer: Stepwise, make: Peer) -> None:
    rates = np.full(STEPS, RATE)
    compare(ours(optimizer, rates), torch_path(torch, make, rates))


@pytest.mark.parametrize(
    ("optimizer", "make"),
    [pair for pair in TORCH if not isinstance(pair[0], (Momentum, Nesterov))],
)
def test_the_same_steps_as_pytorch_under_a_schedule(
    torch: Any, optimizer: Stepwise, make: Peer
) -> None:
    """Without momentum: PyTorch multiplies the velocity by the current η, deltarule each gradient."""
    rates = RATE * np.geomspace(1, 0.05, STEPS)
    compare(ours(optimizer, rates), torch_path(torch, make, rates))


def test_momentum_under_a_schedule_differs_from_pytorch_as_documented(torch: Any) -> None:
    """The documented difference: deltarule has the form of Keras and scikit-learn."""
    rates = RATE * np.geomspace(1, 0.05, STEPS)
    theirs = torch_path(torch, lambda t, w: t.optim.SGD(w, lr=RATE, momentum=0.9), rates)
    assert np.abs(ours(Momentum(), rates) - theirs).max() > 1e-3


@pytest.mark.parametrize(("optimizer", "make"), OPTAX)
def test_the_same_steps_as_optax(
    optax: Any, optimizer: Stepwise, make: Callable[[Any], Any]
) -> None:
    weights, gradients = problem()
    peer = make(optax)
    state = peer.init(weights)
    path = []
    for gradient in gradients:
        updates, state = peer.update(gradient, state, weights)
        weights = np.asarray(optax.apply_updates(weights, updates))
        path.append(weights)
    compare(ours(optimizer, np.full(STEPS, RATE)), np.array(path))


def test_every_optimizer_is_compared_with_pytorch() -> None:
    """Except Lion, which PyTorch does not have: it is compared with Optax."""
    stepwise = {m for m in OPTIMIZERS.members.values() if issubclass(m, Stepwise)}
    assert {type(optimizer) for optimizer, _ in TORCH} == stepwise - {Lion}
    assert Lion in {type(optimizer) for optimizer, _ in OPTAX}


def test_clipping_equals_optax(optax: Any) -> None:
    _, gradients = problem()
    clip = optax.clip_by_global_norm(3.0)
    for gradient in gradients:
        expected, _ = clip.update(gradient, clip.init(gradient))
        clip_gradient(gradient, 3.0)
        np.testing.assert_allclose(gradient, np.asarray(expected), rtol=1e-13)
