"""Layers of a network as code: what the writers of Keras and PyTorch code have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from deltarule.engines.parameterization import effective
from deltarule.errors import SettingError
from deltarule.network import Block, Network
from deltarule.parameters import Parameters

Array = NDArray[Any]
ONNX_HINT = "ONNX and C have it: --to onnx, --to c."


@dataclass(frozen=True, eq=False)
class CodeLayer:
    """The call that creates a layer, and its arrays by the names that the target has for them."""

    call: str
    arrays: dict[str, Array] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class CodeBlock:
    """A block of a network, with its parameters, and factors as parts of the weights."""

    block: Block
    weights: Array
    biases: Array | None
    others: dict[str, Array]

    @property
    def dropout(self) -> float:
        """The dropout rate of its input, 0 without dropout."""
        rate = self.block.dropout_rate
        assert isinstance(rate, float | int)
        return float(rate)


def code_blocks(network: Network, parameters: Parameters, target: str) -> Iterator[CodeBlock]:
    """Yield the blocks of a network; raise `SettingError` for what no such `target` has."""
    if network.blocks[0].members > 1:
        raise _lacks(target, "networks whose members share weights")
    layers = effective(network, parameters, 0)
    for i, block in enumerate(network.blocks):
        if block.embedding is not None:
            raise _lacks(target, "embeddings of columns of numbers")
        if block.dense.learned_activation:
            raise _lacks(target, "learned activations")
        if not isinstance(block.dropout_rate, float | int):
            raise _lacks(target, "dropout rates that follow a schedule")
        yield CodeBlock(block, layers.weights[i], layers.biases[i], parameters.of_layer(i))


def refused_activation(target: str, activation: object) -> SettingError:
    """Return the error for an activation that the target does not have."""
    return SettingError(
        "model", f"uses the activation {activation!r}, which {target} does not have", hint=ONNX_HINT
    )


def _lacks(target: str, what: str) -> SettingError:
    return SettingError("model", f"has {what}, which {target} does not", hint=ONNX_HINT)


def arguments(*positional: object, **named: object) -> str:
    """Return arguments of a call, without named ones that are None."""
    shown = [str(value) for value in positional]
    shown += [f"{name}={value}" for name, value in named.items() if value is not None]
    return ", ".join(shown)
