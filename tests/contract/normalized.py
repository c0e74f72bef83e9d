"""Networks with normalization layers and frozen layers, and runs of them."""

from __future__ import annotations

from typing import Any

from contract import runs

from deltarule.layers import BatchNormalization, Dense, Dropout, LayerNormalization, Scale
from deltarule.network import Network
from deltarule.optimizers import Adam, AdamW, Optimizer
from deltarule.sampling import MiniBatches

INPUTS, OUTPUTS = runs.INPUTS, runs.OUTPUTS


def _between(*layers: Any) -> Network:
    """Return two hidden layers with `layers` between them."""
    return Network([Dense(7, "tanh"), *layers, Dense(5, "silu"), Dense(OUTPUTS)], INPUTS)


NETWORKS: dict[str, Network] = {
    "first": Network([BatchNormalization(), Dense(6, "tanh"), Dense(OUTPUTS)], INPUTS),
    "after the activation": _between(BatchNormalization(momentum=0.8)),
    "before the activation": Network(
        [Dense(9, bias=False), BatchNormalization(0.7, 1e-2, activation="silu"), Dense(OUTPUTS)],
        INPUTS,
    ),
    "before ReLU": Network(
        [Dense(9, bias=False), BatchNormalization(0.7, activation="relu"), Dense(OUTPUTS)], INPUTS
    ),
    "dropout, then normalization": _between(Dropout(0.3), BatchNormalization(0.9)),
    "normalization, then dropout": _between(
        BatchNormalization(0.9, activation="tanh"), Dropout(0.3)
    ),
    "without scale": _between(BatchNormalization(scale=False)),
    "without center": _between(BatchNormalization(center=False)),
    "without both": _between(BatchNormalization(center=False, scale=False)),
    "behind softmax": Network(
        [Dense(7, "softmax"), BatchNormalization(0.5), Dense(OUTPUTS)], INPUTS
    ),
    "frozen normalization": _between(BatchNormalization(trainable=False)),
    "frozen layer": Network(
        [
            Dense(7, "tanh", l2=0.1, max_norm=0.1, trainable=False),
            Dense(6, "tanh", l2=0.01),
            Dense(OUTPUTS),
        ],
        INPUTS,
    ),
    "layer normalization": _between(LayerNormalization()),
    "layer normalization, first and before the activation": Network(
        [LayerNormalization(), Dense(9), LayerNormalization(1e-2, activation="silu"), Dense(3)],
        INPUTS,
    ),
    "layer normalization without both": _between(LayerNormalization(center=False, scale=False)),
    # Where a normalization removes a shift, Adam would follow the rounding of a zero gradient: no β.
    "several": Network(
        [
            BatchNormalization(0.9, center=False),
            Dense(8, bias=False, l2=1e-3),
            BatchNormalization(0.9, activation="silu"),
            Dropout(0.2),
            Dense(6, "tanh", max_norm=1.0),
            LayerNormalization(),
            Dense(5, "tanh", trainable=False),
            BatchNormalization(0.5),
            Dense(OUTPUTS),
        ],
        INPUTS,
    ),
    "with all that a layer learns": Network(
        [
            Scale(trainable=False),
            Dense(6, "tanh", parameterization="ntk", learned_activation=True, rate_factor=0.5),
            BatchNormalization(0.9, activation="silu"),
            Dense(4, "tanh"),
            Scale(),
            Dense(5, "silu", learned_activation=True, trainable=False),
            Dropout(0.2),
            LayerNormalization(),
            Dense(OUTPUTS, parameterization="ntk"),
        ],
        INPUTS,
    ),
}


def run_of(
    name: str, optimizer: Optimizer | None = None, *, rows: int = 37, batch: int = 12, **plan: Any
) -> runs.Run:
    """Return a run of 12 epochs whose last batch is smaller; with validation, weights and scores."""
    made = runs.run(
        NETWORKS[name], None, optimizer or AdamW(0.01, weight_decay=0.01), MiniBatches(batch),
        epochs=12, rows=rows, weighted=True, validated=True, keep_best="validation_loss", score=True,
        **plan,
    )  # fmt: skip
    return made


OPTIMIZERS = (Adam(0.01, clip_norm=0.1), Adam(0.01, clip_array_norm=0.02))
