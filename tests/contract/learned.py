"""Networks whose layers learn more than weights and biases: one of each piece, and all together."""

from __future__ import annotations

from typing import Any

from contract import grid

from deltarule.activations import ACTIVATIONS
from deltarule.embeddings import (
    COLUMN_EMBEDDINGS,
    Category,
    ColumnEmbedding,
    Periodic,
    PiecewiseLinear,
)
from deltarule.layers import FACTOR_INITIALIZERS, SHARINGS, Dense, Dropout, Embedding, Scale
from deltarule.losses import CategoricalCrossEntropy, Loss, MeanSquaredError
from deltarule.network import Network
from deltarule.schedules import FlatCosine

INPUTS, OUTPUTS = 4, 3
EDGES = (-1.4, -0.5, 0.1, 0.7, 1.6)

COLUMNS: dict[str, ColumnEmbedding] = {
    kind: member() for kind, member in COLUMN_EMBEDDINGS.members.items()
} | {
    "periodic, wide": Periodic(frequencies=5, width=19, sigma=0.4),
    "periodic, narrow": Periodic(frequencies=33, width=2, sigma=0.4),
    "piecewise_linear, wide": PiecewiseLinear(edges=EDGES, width=18),
    "category, many": Category(count=7, width=3),
}


def network(hidden: Any = "tanh", loss: Loss | None = None, **settings: Any) -> Network:
    """Return two hidden layers behind plain columns; `settings` hold for the hidden layers."""
    output = Dense(OUTPUTS, grid.natural_output(loss or MeanSquaredError()))
    return Network([Dense(7, hidden, **settings), Dense(5, hidden, **settings), output], INPUTS)


def embedded(*columns: ColumnEmbedding, dropout: float = 0.0) -> Network:
    """Return a network whose columns are embedded in turn."""
    four = [columns[i % len(columns)] for i in range(INPUTS)]
    before = [Dropout(dropout)] if dropout else []
    return Network([Embedding(four), *before, Dense(6, "tanh"), Dense(OUTPUTS)], INPUTS)


def shared(sharing: str, start: str = "signs", members: int = 3) -> Network:
    """Return a network of members whose first two layers share parameters as `sharing` defines."""
    heads = Dense(OUTPUTS, sharing="separate" if sharing == "shared" else "shared")
    own = {"sharing": sharing, "factor_initializer": start}
    return Network([Dense(7, "silu", **own), Dense(5, "tanh", **own), heads], INPUTS, members)


def everything(members: int = 1, output: str = "softmax") -> Network:
    """Return a network with all that a layer can have, as the recipes for tables combine them."""
    columns = (Periodic(rate_factor=0.1), PiecewiseLinear(EDGES, 5), Category(4, 3), Periodic(7, 3))
    first = {} if members == 1 else {"sharing": "input_factors", "factor_initializer": "signs"}
    heads = "shared" if members == 1 else "separate"
    second = {} if members == 1 else {"sharing": "factors"}
    own: dict[str, Any] = {
        "parameterization": "ntk",
        "learned_activation": True,
        "initializer": "unit_variance",
        "bias_initializer": "he_plus",
        "bias_rate_factor": 0.1,
        "bias_decay_factor": 0.0,
        "activation_rate_factor": 0.1,
    }
    return Network(
        [
            Embedding(columns),
            Scale(rate_factor=6.0),
            Dropout(FlatCosine(0.2)),
            Dense(8, "selu", **own, **first),
            Dropout(FlatCosine(0.15)),
            Scale(),
            Dense(6, "mish", l2=1e-3, **own, **second),
            Dense(OUTPUTS, output, parameterization="ntk", sharing=heads),
        ],
        INPUTS,
        members,
    )  # fmt: skip


NETWORKS: dict[str, Network] = (
    {
        "scale": Network([Scale(), Dense(6, "tanh"), Scale(), Dense(OUTPUTS)], INPUTS),
        "ntk": network(parameterization="ntk", l2=0.01),
        "embedding behind dropout": embedded(*COLUMNS.values(), dropout=0.3),
        "all columns": embedded(*COLUMNS.values()),
        "columns embedded twice": Network(
            [
                Embedding([*COLUMNS.values(), "plain"], sources=[0, 1, 3, 2, 3, 0, 1, 2, 0]),
                Dense(6, "tanh"),
                Dense(OUTPUTS),
            ],
            INPUTS,
        ),
        "everything": everything(),
        "everything, members": everything(3),
    }
    | {f"column {name}": embedded(column) for name, column in COLUMNS.items()}
    | {
        f"learned {kind}": network(kind, learned_activation=True)
        for kind in ACTIVATIONS.names
        if kind not in ("softmax", *grid.FLAT)
    }
    | {f"sharing {sharing}": shared(sharing) for sharing in SHARINGS}
    | {f"starting {start}": shared("factors", start) for start in FACTOR_INITIALIZERS}
)


def loss_of(network: Network) -> Loss:
    """Return the loss that fits a network's output."""
    softmax = network.output_layer.activation.kind == "softmax"
    return CategoricalCrossEntropy() if softmax else MeanSquaredError()
