"""Comparison of activations, losses and networks with PyTorch's automatic differentiation, float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from contract.engines import engine_names, opened

from deltarule.activations import ACTIVATIONS, ELU, Activation, LeakyReLU
from deltarule.engines.data import ArrayData
from deltarule.engines.training_plan import TrainingPlan
from deltarule.initialization import initial_parameters
from deltarule.layers import Dense
from deltarule.losses import (
    LOSSES,
    BinaryCrossEntropy,
    BinaryFocalCrossEntropy,
    CategoricalCrossEntropy,
    CategoricalFocalCrossEntropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    Loss,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    Quantile,
    SquaredHinge,
)
from deltarule.network import Network
from deltarule.optimizers import Adam
from deltarule.sampling import FullBatch

THEIR_ACTIVATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "identity": lambda t, z: z * 1,
    "sign": lambda t, z: t.sign(z),
    "step": lambda t, z: t.heaviside(z, t.ones(())) + 0 * z,  # PyTorch's has no derivative
    "sigmoid": lambda t, z: t.sigmoid(z),
    "tanh": lambda t, z: t.tanh(z),
    "relu": lambda t, z: t.relu(z),
    "leaky_relu": lambda t, z: t.nn.functional.leaky_relu(z),
    "elu": lambda t, z: t.nn.functional.elu(z),
    "selu": lambda t, z: t.selu(z),
    "gelu": lambda t, z: t.nn.functional.gelu(z),
    "silu": lambda t, z: t.nn.functional.silu(z),
    "mish": lambda t, z: t.nn.functional.mish(z),
    "softplus": lambda t, z: t.nn.functional.softplus(
        z, threshold=1e9
    ),  # PyTorch's is linear above 20
    "softsign": lambda t, z: t.nn.functional.softsign(z),
    "exponential": lambda t, z: t.exp(z),
    "softmax": lambda t, z: t.softmax(z, -1),
}
VARIANTS: tuple[tuple[Activation, Callable[[Any, Any], Any]], ...] = (
    *((member(), THEIR_ACTIVATIONS[kind]) for kind, member in ACTIVATIONS.members.items()),
    (LeakyReLU(0.2), lambda t, z: t.nn.functional.leaky_relu(z, 0.2)),
    (ELU(1.8), lambda t, z: t.nn.functional.elu(z, 1.8)),
)


@pytest.mark.parametrize(("activation", "peer"), VARIANTS)
def test_activations_and_their_derivatives(torch: Any, activation: Activation, peer: Any) -> None:
    random = np.random.default_rng(2)
    z = np.concatenate([random.normal(0, 1, 300), random.normal(0, 12, 296), [0, 0.5, -0.5, 30]])
    z, delta = z.reshape(100, 6), random.normal(0, 1, (100, 6))
    tensor = torch.tensor(z, requires_grad=True)
    out = peer(torch, tensor)
    np.testing.assert_allclose(activation(z), out.detach().numpy(), rtol=1e-12, atol=1e-15)
    if activation.kind == "step":
        return
    out.backward(torch.tensor(delta))
    np.testing.assert_allclose(
        activation.backward(z, delta), tensor.grad.numpy(), rtol=1e-10, atol=1e-14
    )


def _hinge(torch: Any, z: Any, y: Any) -> Any:
    return torch.clamp(1 - y * z, min=0).mean()


def _quantile(torch: Any, z: Any, y: Any) -> Any:
    return torch.maximum(0.85 * (y - z), -0.15 * (y - z)).mean()


# Loss, output activation, targets, PyTorch's loss of logits z and targets y.
def _categorical_hinge(t: Any, z: Any, y: Any) -> Any:
    own = t.nn.functional.one_hot(y, z.shape[1])
    return t.relu(1 + ((1 - own) * z).amax(1) - (own * z).sum(1)).mean()


def _binary_focal(t: Any, z: Any, y: Any) -> Any:
    """Return the focal loss with gamma = 1.5 and alpha = 0.3."""
    p = z.sigmoid()
    cost = t.nn.BCEWithLogitsLoss(reduction="none")(z, y)
    return ((0.3 * y + 0.7 * (1 - y)) * (y * (1 - p) + (1 - y) * p) ** 1.5 * cost).mean()


def _categorical_focal(t: Any, z: Any, y: Any) -> Any:
    log_p = z.log_softmax(1).gather(1, y[:, None])
    return -(0.25 * (1 - log_p.exp()) ** 2 * log_p).mean()


LOSS_PAIRS: tuple[tuple[Loss, str, str, Callable[[Any, Any, Any], Any]], ...] = (
    (MeanSquaredError(), "identity", "real", lambda t, z, y: t.nn.MSELoss()(z, y)),
    (MeanAbsoluteError(), "identity", "real", lambda t, z, y: t.nn.L1Loss()(z, y)),
    (Huber(), "identity", "real", lambda t, z, y: t.nn.HuberLoss()(z, y)),
    (Huber(0.3), "identity", "real", lambda t, z, y: t.nn.HuberLoss(delta=0.3)(z, y)),
    (
        BinaryCrossEntropy(),
        "sigmoid",
        "share",
        lambda t, z, y: t.nn.BCEWithLogitsLoss()(z, y),
    ),
    (
        BinaryCrossEntropy(label_smoothing=0.2),
        "sigmoid",
        "share",
        lambda t, z, y: t.nn.BCEWithLogitsLoss()(z, 0.8 * y + 0.1),
    ),
    (
        CategoricalCrossEntropy(),
        "softmax",
        "class",
        lambda t, z, y: t.nn.CrossEntropyLoss()(z, y),
    ),
    (
        CategoricalCrossEntropy(),
        "softmax",
        "simplex",
        lambda t, z, y: t.nn.CrossEntropyLoss()(z, y),
    ),
    (
        CategoricalCrossEntropy(label_smoothing=0.15),
        "softmax",
        "class",
        lambda t, z, y: t.nn.CrossEntropyLoss(label_smoothing=0.15)(z, y),
    ),
    (Hinge(), "identity", "sign", _hinge),
    (Poisson(), "exponential", "count", lambda t, z, y: t.nn.PoissonNLLLoss()(z, y)),
    (
        Poisson(),
        "identity",
        "count",
        lambda t, z, y: t.nn.PoissonNLLLoss(log_input=False, eps=1e-7)(z, y),
    ),
    (Quantile(0.85), "identity", "real", _quantile),
    (LogCosh(), "identity", "real", lambda t, z, y: (z - y).cosh().log().mean()),
    (
        MeanSquaredLogarithmicError(),
        "identity",
        "count",
        lambda t, z, y: (z.log1p() - y.clamp_min(1e-7).log1p()).square().mean(),
    ),
    (
        MeanAbsolutePercentageError(),
        "identity",
        "real",
        lambda t, z, y: 100 * ((z - y) / y).abs().mean(),
    ),
    (
        CosineSimilarity(),
        "identity",
        "real",
        lambda t, z, y: -t.nn.functional.cosine_similarity(z, y).mean(),
    ),
    (SquaredHinge(), "identity", "sign", lambda t, z, y: t.relu(1 - y * z).square().mean()),
    (CategoricalHinge(), "identity", "class", _categorical_hinge),
    (
        KLDivergence(),
        "softmax",
        "simplex",
        lambda t, z, y: t.nn.KLDivLoss(reduction="batchmean")(z.log_softmax(1), y),
    ),
    (BinaryFocalCrossEntropy(gamma=1.5, alpha=0.3), "sigmoid", "share", _binary_focal),
    (CategoricalFocalCrossEntropy(), "softmax", "class", _categorical_focal),
)


def targets(kind: str, rows: int, outputs: int) -> Any:
    """Return targets of a kind, (rows, outputs) float64 or (rows,) int32."""
    random = np.random.default_rng(5)
    if kind == "class":
        return random.integers(0, outputs, rows).astype(np.int32)
    drawn = {
        "real": lambda: random.normal(0, 1, (rows, outputs)),
        "share": lambda: random.random((rows, outputs)),
        "simplex": lambda: random.dirichlet(np.ones(outputs), rows),
        "sign": lambda: np.where(random.random((rows, outputs)) < 0.5, -1.0, 1.0),
        "count": lambda: random.poisson(2, (rows, outputs)).astype(np.float64),
    }
    return drawn[kind]()


def their_parameters(torch: Any, parameters: Any) -> list[Any]:
    """Return our parameters as PyTorch's, in the order of `Parameters.flat`."""
    arrays = [
        array
        for pair in zip(parameters.weights, parameters.biases, strict=True)
        for array in pair
        if array is not None
    ]
    return [torch.tensor(array, requires_grad=True) for array in arrays]


def their_logits(torch: Any, tensors: list[Any], inputs: Any) -> Any:
    """Return the logits of two tanh layers and an output layer."""
    x = torch.tensor(inputs)
    for weight, bias in zip(tensors[:4:2], tensors[1:4:2], strict=True):
        x = torch.tanh(x @ weight + bias)
    return x @ tensors[4] + tensors[5]


def made(loss: Loss, output: str, kind: str) -> tuple[Network, Any, ArrayData]:
    """Return a network, its initial parameters and its data."""
    network = Network([Dense(9, "tanh"), Dense(7, "tanh"), Dense(4, output)], inputs=5)
    start = initial_parameters(network, 3)
    if kind == "count" and output == "identity":
        assert start.biases[-1] is not None
        start.biases[-1][:] = 4.0  # a count's rate is positive
    inputs = np.random.default_rng(4).normal(0, 1, (30, 5))
    return network, start, ArrayData(inputs, targets(kind, 30, 4))


@pytest.mark.parametrize("name", engine_names())
@pytest.mark.parametrize(("loss", "output", "kind", "peer"), LOSS_PAIRS)
def test_losses_and_gradients_of_networks(
    torch: Any, loss: Loss, output: str, kind: str, peer: Any, name: str
) -> None:
    engine = opened(name)
    network, start, data = made(loss, output, kind)
    tensors = their_parameters(torch, start)
    y = torch.tensor(data.targets.astype(np.int64) if kind == "class" else data.targets)
    expected = peer(torch, their_logits(torch, tensors, data.inputs), y)
    expected.backward()
    value, gradient = engine.loss_and_gradient(network, start, loss, data)
    assert value == pytest.approx(float(expected.detach()), rel=1e-12)
    theirs = np.concatenate([tensor.grad.numpy().ravel() for tensor in tensors])
    np.testing.assert_allclose(gradient, theirs, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("name", engine_names())
@pytest.mark.parametrize(("loss", "output", "kind", "peer"), LOSS_PAIRS)
def test_fifty_steps_of_training(
    torch: Any, loss: Loss, output: str, kind: str, peer: Any, name: str
) -> None:
    engine = opened(name)
    network, start, data = made(loss, output, kind)
    plan = TrainingPlan(network, loss, Adam(0.01), FullBatch(), 50, dtype="float64")
    session = engine.open(plan, data, None, start, 1)
    records = session.run(50).records
    tensors = their_parameters(torch, start)
    y = torch.tensor(data.targets.astype(np.int64) if kind == "class" else data.targets)
    optimizer = torch.optim.Adam(tensors, lr=0.01)
    losses = []
    for _ in range(50):
        optimizer.zero_grad()
        value = peer(torch, their_logits(torch, tensors, data.inputs), y)
        value.backward()
        optimizer.step()
        losses.append(float(value.detach()))
    np.testing.assert_allclose(records["training_loss"], losses, rtol=1e-9)
    theirs = np.concatenate([tensor.detach().numpy().ravel() for tensor in tensors])
    np.testing.assert_allclose(session.result.flat(), theirs, rtol=1e-7, atol=1e-9)


def test_every_activation_and_loss_is_compared_with_pytorch() -> None:
    assert set(THEIR_ACTIVATIONS) == set(ACTIVATIONS.members)
    assert {type(loss) for loss, *_ in LOSS_PAIRS} == set(LOSSES.members.values())
