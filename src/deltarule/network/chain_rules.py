"""The rules that the layers of a network must follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from deltarule.activations import Activation
from deltarule.errors import SettingError, ShapeError, shortened
from deltarule.layers import Dense, Dropout, Embedding, Layer, Normalization, Scale

MAX_LAYERS = 10_000


def check_length(count: int) -> None:
    if count > MAX_LAYERS:
        raise SettingError(
            "Network.layers", f"must be at most {MAX_LAYERS:,} layers, got {count:,}"
        )


def as_chain(layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """Return the layers as a tuple; `SettingError` if they are no list."""
    if isinstance(layers, Iterable) and not isinstance(layers, str):
        return tuple(layers)
    hint = "Write Network([Dense(16, 'relu'), Dense(1)])."
    raise SettingError("Network.layers", "must be a list of layers", layers, hint)


def check_chain(chain: tuple[Layer, ...]) -> None:
    check_length(len(chain))
    for layer in chain:
        if not isinstance(layer, Dense | Dropout | Scale | Embedding | Normalization):
            raise SettingError(
                "Network.layers",
                "must be a chain of Dense, Dropout, BatchNormalization, LayerNormalization, Scale and "
                "Embedding layers",
                layer,
                _layer_hint(layer),
            )
    if not chain or not isinstance(chain[-1], Dense):
        raise SettingError("Network.layers", "must end with a Dense layer, the output layer")
    if chain[-1].learned_activation:
        raise SettingError("Dense.learned_activation", "must be False in the last layer")
    if any(isinstance(layer, Embedding) for layer in chain[1:]):
        raise SettingError(
            "Network.layers",
            "must have an Embedding only as the first layer, which reads the columns of the table",
        )
    before: list[type[Layer]] = []
    for layer in chain:
        if isinstance(layer, Dense):
            before = []
            continue
        _check_normalization(layer, before)
        if type(layer) in before:
            advice = "Use one with a higher rate." if isinstance(layer, Dropout) else "Use one."
            raise SettingError(
                "Network.layers",
                f"must not have two {type(layer).__name__} layers in a row",
                hint=advice,
            )
        before.append(type(layer))


def _layer_hint(layer: object) -> str:
    if isinstance(layer, int):
        return f"A layer of {layer} units is Dense({layer}, 'relu')."
    if isinstance(layer, str) or (isinstance(layer, type) and issubclass(layer, Activation)):
        return "An activation belongs to its layer: Dense(16, 'relu')."
    if isinstance(layer, Activation):
        return f"An activation belongs to its layer: Dense(16, {layer.kind!r})."
    if isinstance(layer, type) and issubclass(layer, Layer):
        return f"{layer.__name__} is a class: write {layer.__name__}(...) with its settings."
    if isinstance(layer, tuple | list):
        return "A layer is written as Dense(16, 'relu')."
    return "For images, text or recurrence use PyTorch or Keras."


def _check_normalization(layer: Layer, before: list[type[Layer]]) -> None:
    """Check that a Dense layer has at most one normalization before it, and no Scale or Embedding too."""
    kinds = (Normalization, Scale, Embedding)
    pair = [*(kind for kind in before if issubclass(kind, kinds)), type(layer)]
    if len(pair) < 2 or not isinstance(layer, kinds):
        return
    if any(issubclass(kind, Normalization) for kind in pair):
        raise SettingError(
            "Network.layers",
            f"must not have {pair[0].__name__} and {pair[1].__name__} before the same Dense layer",
            hint="Put a Dense layer between them, or keep one of them.",
        )


def check_columns(chain: tuple[Layer, ...], inputs: int) -> None:
    first = chain[0]
    if isinstance(first, Embedding) and first.inputs != inputs:
        raise ShapeError(
            f"The Embedding describes {first.inputs} columns, but a sample has {inputs} numbers: "
            "describe each column once."
        )


def check_members(chain: tuple[Layer, ...], members: int) -> None:
    own = [layer for layer in chain if isinstance(layer, Dense) and layer.sharing != "shared"]
    if members == 1 and own:
        raise SettingError(
            "Dense.sharing",
            f"is {own[0].sharing!r} in layer {shortened(own[0].name or own[0].kind)}, but the "
            "network has one member",
            hint="Make it with Network(..., members=k).",
        )
    if members > 1 and not own:
        raise SettingError(
            "Network.members",
            f"is {members}, but the members share all parameters and would be equal",
            hint='Give a Dense layer a sharing of "factors", "input_factors" or "separate".',
        )
    if members > 1 and any(isinstance(layer, Normalization) for layer in chain):
        raise SettingError(
            "Network.members",
            "must be 1 in a network with BatchNormalization or LayerNormalization",
            members,
            "Remove these layers, or train several networks with fit_many.",
        )
    if members > 1 and any(
        layer.max_norm is not None for layer in chain if isinstance(layer, Dense)
    ):
        raise SettingError("Dense.max_norm", "cannot be used in a network of several members")


def named(chain: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Give unnamed layers names such as dense_1, and check that names are unique."""
    taken = {layer.name for layer in chain if layer.name}
    counts: dict[str, int] = {}
    named: list[Layer] = []
    for layer in chain:
        name = layer.name
        while name is None or (layer.name is None and name in taken):
            counts[layer.kind] = counts.get(layer.kind, 0) + 1
            name = f"{layer.kind}_{counts[layer.kind]}"
        named.append(layer if layer.name == name else replace(layer, name=name))
    occurrences = Counter(layer.name for layer in named)
    double, most = occurrences.most_common(1)[0]
    if most > 1:
        raise SettingError.message(
            f"Two layers are called {shortened(double)}: give each its own name."
        )
    return tuple(named)
