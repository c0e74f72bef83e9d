"""Networks for the writers of code, and the functions of the files that they write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from unit.export.networks import NETWORKS

from deltarule import Dense, Dropout, LayerNormalization, Network
from deltarule.layers import BatchNormalization, Scale

LACKED = {"Keras": {"sign", "step"}, "PyTorch": {"sign", "step", "exponential"}}
"""Activations that Keras and PyTorch do not have."""
OTHERS = {
    "dropout and penalties": Network(
        [Dropout(0.2), Dense(4, "relu", l1=0.1, l2=0.2, max_norm=2.0), Dropout(0.5), Dense(2)], 3
    ),
    "dropout before and behind": Network(
        [
            Dense(5, bias=False), Dropout(0.1), BatchNormalization(activation="elu"), Dense(4, "selu"),
            LayerNormalization(scale=False, activation="relu"), Dropout(0.3), Dense(2, "softmax"),
        ],
        3,
    ),
    "scale and ntk": Network([Scale(), Dense(4, "tanh", parameterization="ntk"), Dense(2)], 3),
    "frozen": Network(
        [Dense(4, "mish", trainable=False), BatchNormalization(trainable=False), Dense(1, "sigmoid")], 3
    ),
}  # fmt: skip


def _lacks(target: str, network: Network) -> bool:
    """Return whether a target has no layer for one of the network."""
    blocks = network.blocks
    kinds = {block.dense.activation.kind for block in blocks}
    kinds |= {block.normalization.activation.kind for block in blocks if block.normalization}
    return (
        blocks[0].members > 1
        or blocks[0].embedding is not None
        or any(block.dense.learned_activation for block in blocks)
        or any(not isinstance(block.dropout_rate, float | int) for block in blocks)
        or bool(kinds & LACKED[target])
    )


ALL = NETWORKS | OTHERS
KNOWN = [(target, name) for target in LACKED for name in ALL if not _lacks(target, ALL[name])]
"""The networks that a target has layers for, by target and name."""
UNKNOWN = [(target, name) for target in LACKED for name in ALL if _lacks(target, ALL[name])]


def loaded(path: Path, **replaced: Any) -> Any:
    """Return what `load_model` of a written file returns, with other modules for imported ones."""
    code = path.read_text("utf-8")
    for name in replaced:
        code = code.replace(f"import {name}\n", "")
    names = {"__file__": str(path), "__name__": "exported", **replaced}
    exec(compile(code, str(path), "exec"), names)
    return names["load_model"]()
