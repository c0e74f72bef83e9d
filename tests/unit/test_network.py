"""Networks check themselves, count, print, and survive JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from deltarule.activations import ReLU
from deltarule.errors import ModelFileError, SettingError, ShapeError
from deltarule.layers import Dense, Dropout
from deltarule.network import Network

CHAIN = Network(
    [Dense(8, "relu"), Dropout(0.2), Dense(5, "tanh", bias=False), Dense(3, "softmax")], inputs=4
)


def test_parameters_are_counted() -> None:
    """4·8 + 8, then 8·5 without bias, then 5·3 + 3."""
    assert CHAIN.parameter_count == 40 + 40 + 18
    assert (CHAIN.known_inputs, CHAIN.outputs) == (4, 3)


def test_blocks_carry_the_dropout_before_them() -> None:
    assert [(b.name, b.inputs, b.dropout_rate) for b in CHAIN.blocks] == [
        ("dense_1", 4, 0.0),
        ("dense_2", 8, 0.2),
        ("dense_3", 5, 0.0),
    ]


def test_prints_as_a_table() -> None:
    assert str(CHAIN).splitlines() == [
        "layer      kind               output  parameters",
        "dense_1    Dense, relu             8          40",
        "dropout_1  Dropout, 0.2    as before           0",
        "dense_2    Dense, tanh             5          40",
        "dense_3    Dense, softmax          3          18",
        "total      4 inputs                3          98",
    ]


def test_prints_question_marks_until_the_inputs_are_known() -> None:
    text = str(Network([Dense(3)]))
    assert text.splitlines()[1].endswith("?")
    assert "? inputs" in text


def test_layers_get_and_keep_names() -> None:
    network = Network([Dense(2, name="dense_1"), Dense(2), Dropout(0.1), Dense(1, name="last")])
    assert [layer.name for layer in network.layers] == ["dense_1", "dense_2", "dropout_1", "last"]
    assert Network(network.layers) == network


def test_equal_by_value_and_usable_as_a_key() -> None:
    again = Network(
        (Dense(8, ReLU()), Dropout(0.2), Dense(5, "tanh", bias=False), Dense(3, "softmax")), 4
    )
    assert again == CHAIN
    assert hash(again) == hash(CHAIN)
    assert Network([Dense(3)], 2) != Network([Dense(3)], 3)


def test_frozen() -> None:
    with pytest.raises(AttributeError):
        CHAIN.inputs = 5  # type: ignore[misc]
    with pytest.raises(AttributeError):
        CHAIN.layers[0].units = 9  # type: ignore[attr-defined]


def test_json_and_back() -> None:
    text = json.dumps(CHAIN.to_json(), allow_nan=False)
    assert Network.from_json(json.loads(text)) == CHAIN


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.pop("inputs"), "network has no key 'inputs'"),
        (lambda d: d.update(more=1), "network has unknown keys: 'more'"),
        (lambda d: d.update(layers={}), "network.layers must be a list"),
        (lambda d: d.update(layers=[]), "network: .* must end with a Dense layer"),
        (lambda d: d.update(inputs=0), "network: `Network.inputs` must be"),
        (lambda d: d.update(inputs="4"), "network: `Network.inputs` must be"),
        (lambda d: d["layers"][0].update(units=0), r"network.layers\[0\]: `Dense.units`"),
        (lambda d: d["layers"][0].update(units=2.5), r"network.layers\[0\]: `Dense.units`"),
        (lambda d: d["layers"][1].update(kind="conv"), r"layers\[1\].kind must be one of .*; got 'conv'"),
        (lambda d: d["layers"][1].update(rate=1), r"layers\[1\]: `Drop"),
        (lambda d: d["layers"][3].update(name="dense_1"), "network: Two layers are called"),
        (
            lambda d: d["layers"][2]["activation"].update(kind="magic"),
            r"layers\[2\].activation.kind must be one of .*; got 'magic'",
        ),
    ],
)  # fmt: skip
def test_a_changed_description_is_a_file_error(change: Any, words: str) -> None:
    data = json.loads(json.dumps(CHAIN.to_json()))
    change(data)
    with pytest.raises(ModelFileError, match=words):
        Network.from_json(data)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Network([]), "`Network.layers` must end with a Dense layer, the output layer."),
        (lambda: Network([Dense(3), Dropout()]), "`Network.layers` must end with a Dense layer"),
        (
            lambda: Network([Dropout(), Dropout(), Dense(1)]),
            "`Network.layers` must not have two Dropout layers in a row. Use one with a higher rate.",
        ),
        (lambda: Network([Dense(2, name="a"), Dense(3, name="a")]), "Two layers are called 'a'"),
        (
            lambda: Network(["relu", Dense(2)]),  # type: ignore[list-item]
            "`Network.layers` must be a chain of Dense, Dropout, BatchNormalization, "
            "LayerNormalization, Scale and Embedding layers; got 'relu'. "
            "An activation belongs to its layer: Dense(16, 'relu').",
        ),
        (lambda: Network([Dense(1)], inputs=0), "`Network.inputs` must be at least 1, got 0."),
        (
            lambda: Dense(0),
            "`Dense.units` must be at least 1, got 0. A layer needs at least one unit.",
        ),
        (lambda: Dense(2.0), "`Dense.units` must be an integer of at least 1, got 2.0."),  # type: ignore[arg-type]
        (lambda: Dense(2, "rleu"), "`Dense.activation` must be one of identity, sign, step, sigmoid"),
        (lambda: Dense(2, initializer="xavi"), "`Dense.initializer` must be one of zeros, constant"),
        (lambda: Dense(2, l1=-1), "`Dense.l1` must be at least 0, got -1."),
        (lambda: Dense(2, l2=float("inf")), "`Dense.l2` must be a finite number of at least 0, got inf."),
        (lambda: Dense(2, max_norm=0), "`Dense.max_norm` must be greater than 0, got 0."),
        (lambda: Dense(2, bias="no"), "`Dense.bias` must be True or False, got 'no'."),  # type: ignore[arg-type]
        (lambda: Dense(2, name=""), "`name` must be text, got ''."),
        (lambda: Dropout(1.0), "`Dropout.rate` must be at least 0 and less than 1, got 1.0."),
        (
            lambda: Dropout("half"),  # type: ignore[arg-type]
            "`Dropout.rate` must be a finite number of at least 0 and less than 1, got 'half'.",
        ),
    ],
)  # fmt: skip
def test_invalid_networks_are_refused_in_one_sentence(make: Any, sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        make()
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


def test_inputs_are_set_once() -> None:
    open_network = Network([Dense(3)])
    with pytest.raises(ShapeError, match="does not know its inputs yet"):
        _ = open_network.parameter_count
    known = open_network.with_inputs(7)
    assert known.parameter_count == 24
    assert known.with_inputs(7) == known
    with pytest.raises(ShapeError, match="made for 7 inputs, but the data have 6 columns"):
        known.with_inputs(6)
