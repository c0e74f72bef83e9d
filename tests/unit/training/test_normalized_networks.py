"""Networks with normalization through `fit`: files, checkpoints, several at once, and refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import deltarule as dr
from deltarule import insight
from deltarule.drawing import network_layout
from deltarule.errors import ModelFileError, SettingError
from deltarule.insight.directions import parameter_names
from deltarule.notebook.network_cards import layer_table
from deltarule.optimizers import LBFGS
from deltarule.parameters import Parameters, from_flat
from deltarule.sampling import FullBatch
from deltarule.stopping import StopReason
from deltarule.training import EpochEvent

RANDOM = np.random.default_rng(0)
X = RANDOM.normal([2, -50, 0], [1, 9, 0.1], (60, 3))
Y = X @ [1.0, 0.1, 3.0]
NETWORK = dr.Network(
    [
        dr.BatchNormalization(0.9),
        dr.Dense(6, bias=False),
        dr.BatchNormalization(0.9, activation="relu"),
        dr.Dropout(0.1),
        dr.Dense(4, "tanh"),
        dr.LayerNormalization(),
        dr.Dense(1),
    ]
)
PLAIN = dr.Network([dr.BatchNormalization(), dr.Dense(1)])
SETTINGS: dict[str, Any] = {"batch_size": 16, "validation_fraction": 0.2, "seed": 3}


@pytest.fixture(scope="module")
def result() -> Any:
    return dr.fit(NETWORK, X, Y, epochs=6, **SETTINGS)


def test_files_hold_each_array_under_the_name_of_its_layer(result: Any, tmp_path: Path) -> None:
    trained = result.network
    named = trained.parameters.named(trained.network)
    assert named["batch_normalization_2.moving_variance"].shape == (6,)
    assert named["layer_normalization_1.gamma"].shape == (4,)
    trained.save(tmp_path / "network.safetensors")
    loaded = dr.load_network(tmp_path / "network.safetensors")
    assert loaded.network == trained.network
    np.testing.assert_array_equal(loaded.predict(X), trained.predict(X))


def test_a_negative_variance_in_a_file_is_refused(result: Any, tmp_path: Path) -> None:
    trained = result.network
    parameters = from_flat(trained.network, trained.parameters.flat())
    parameters.others[0]["moving_variance"][0] = -1
    replace(trained, parameters=parameters).save(tmp_path / "network.safetensors")
    with pytest.raises(ModelFileError, match="moving_variance below 0"):
        dr.load_network(tmp_path / "network.safetensors")


def test_a_resumed_run_has_the_same_bits(result: Any, tmp_path: Path) -> None:
    def interrupt(event: EpochEvent) -> None:
        if event.epoch == 3:
            raise KeyboardInterrupt

    checkpoint = dr.Checkpoint(tmp_path / "run.safetensors")
    job: dict[str, Any] = {"epochs": 6, "checkpoint": checkpoint, **SETTINGS}
    first = dr.fit(NETWORK, X, Y, callbacks=[interrupt], **job)
    assert (first.reason, len(first.history)) == (StopReason.INTERRUPTED, 3)
    resumed = dr.fit(NETWORK, X, Y, **job)
    assert len(resumed.history) == 6
    assert resumed.network.parameters.flat().tobytes() == result.network.parameters.flat().tobytes()


def test_networks_trained_together_are_those_trained_alone(result: Any) -> None:
    job = {"network": NETWORK, "X": X, "y": Y, "epochs": 6, **SETTINGS}
    both = dr.fit_many([job, job])
    for one in both:
        np.testing.assert_array_equal(
            one.network.parameters.flat(), result.network.parameters.flat()
        )


def test_a_forward_pass_through_normalization_is_refused(result: Any) -> None:
    with pytest.raises(SettingError, match="a normalization"):
        insight.forward_pass(result.network, X[0])


def test_gradients_agree_and_are_0_for_averages(result: Any) -> None:
    found = insight.compare_gradients(result.network, X, Y)
    assert found.max_difference < 1e-6
    averages = Parameters.of_layer(from_flat(result.network.network, found.engine), 0)
    assert not averages["moving_mean"].any()
    assert averages["gamma"].any()


def test_layers_are_shown_as_the_calls_that_make_them() -> None:
    assert repr(dr.BatchNormalization()) == "BatchNormalization()"
    assert repr(dr.LayerNormalization(1e-5, scale=False, activation="relu")) == (
        "LayerNormalization(epsilon=1e-05, scale=False, activation=ReLU())"
    )


def test_a_network_and_its_card_list_the_same_layers() -> None:
    network = dr.Network([dr.Dense(4), dr.BatchNormalization(activation="relu"), dr.Dense(1)], 2)
    assert "4 identity → batch normalization relu → 1 identity" in repr(network)
    rows = layer_table(network).rows
    assert rows[1] == ["batch_normalization_1", "BatchNormalization, relu", "as before", "16"]
    assert [" ".join(line.split()) for line in str(network).splitlines()[1:-1]] == [
        " ".join(row) for row in rows
    ]


def test_parameters_are_named_by_their_layer() -> None:
    names = parameter_names(dr.Network([dr.Dense(1), dr.BatchNormalization(), dr.Dense(1)], 1))
    assert names[2:7] == [
        "batch_normalization_1 γ₁", "batch_normalization_1 β₁", "batch_normalization_1 μ₁",
        "batch_normalization_1 v₁", "dense_2 w₁₁",
    ]  # fmt: skip


def test_a_drawing_names_the_normalization_after_a_layer(result: Any) -> None:
    trained = result.network
    columns = network_layout(trained.network, trained.parameters).columns
    assert [column.after for column in columns] == [
        "→ batch normalization", "→ batch normalization, relu", "→ layer normalization", "",
    ]  # fmt: skip
    svg = insight.draw_network(trained).svg
    assert ">→ batch normalization, relu<" in svg
    assert "dense_1 (6 units, identity → batch normalization, relu)" in svg


def test_a_surface_around_a_network_keeps_its_normalization(result: Any) -> None:
    directions = insight.random_directions(result.network)
    assert not from_flat(result.network.network, directions.first).others[0]["gamma"].any()


@pytest.mark.parametrize(
    ("train", "sentence"),
    [
        (lambda: dr.fit(PLAIN, X, Y, optimizer=LBFGS(), sampling=FullBatch(), epochs=2),
         "BatchNormalization uses moving averages"),
        (lambda: insight.textbook_sgd(NETWORK, X, Y), "does not support dropout"),
        (lambda: dr.Network([dr.Scale(), dr.BatchNormalization(), dr.Dense(1)]),
         "must not have Scale and BatchNormalization before the same Dense layer"),
        (lambda: dr.Network([dr.BatchNormalization(), dr.Dense(2, sharing="separate")], members=2),
         "`Network.members` must be 1"),
        (lambda: dr.BatchNormalization(momentum=1.5), "`BatchNormalization.momentum` must be"),
        (lambda: insight.gradient_noise(insight.initialize(PLAIN, 3), X, Y),
         "gradient_noise does not support BatchNormalization"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_a_sentence(train: Any, sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        train()
    assert sentence in str(caught.value)


def test_lbfgs_trains_layer_normalization_and_leaves_frozen_layers() -> None:
    network = dr.Network(
        [dr.Dense(4, "tanh", trainable=False), dr.LayerNormalization(), dr.Dense(1)]
    )
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    trained = dr.fit(network, scaled, Y, optimizer=LBFGS(), sampling=FullBatch(), epochs=15, seed=1)
    before = insight.initialize(network, inputs=3, seed=1)
    after = trained.network.parameters
    np.testing.assert_allclose(after.weights[0], before.parameters.weights[0], rtol=1e-6)
    assert trained.history.training_loss[-1] < 0.5 * trained.history.training_loss[0]
