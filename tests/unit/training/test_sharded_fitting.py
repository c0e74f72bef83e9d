"""fit_sharded: one network from the shards of a block file, averaged in rounds."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest

import deltarule as dr
from deltarule.engines import BlockFileData
from deltarule.engines.block_range import BlockRange
from deltarule.errors import SettingError, ShapeError, TableFileError
from deltarule.initialization import initial_parameters
from deltarule.training.averaging import averaged, weighted_mean
from deltarule.training.shards import Sharding, default_rounds, shard_seed

NETWORK = dr.Network(
    [dr.Dense(8, "relu"), dr.BatchNormalization(), dr.Dropout(0.2), dr.Dense(1, "sigmoid")], 3
)
OPTIMIZER = dr.optimizers.AdamW(
    dr.schedules.WarmUp(dr.schedules.StepDecay(0.01, 0.5, 2), epochs=1.5)
)
COMMON = {"batch_size": 32, "epochs": 3, "optimizer": OPTIMIZER}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    draw = np.random.default_rng(0)
    X = draw.standard_normal((2000, 3)).astype(np.float32)
    y = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(np.int64)
    path = tmp_path_factory.mktemp("rows") / "rows.blocks"
    return BlockFileData.write(path, [(X, y)], block_rows=64, validation_fraction=0.2)


def flat(result):
    return result.network.parameters.flat()


def first_parameters(rows, seed=0):
    some = rows.empty(rows.n_rows)
    rows.gather(np.arange(rows.n_rows), some)
    return initial_parameters(NETWORK, seed, "float32", some.inputs)


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_one_shard_with_one_round_is_fit(rows, engine):
    given = {**COMMON, "validation_data": rows.validation, "engine": engine}
    sharded = dr.fit_sharded(
        NETWORK, rows, shards=1, rounds_per_epoch=1, outer_momentum=0, seed=5, **given
    )
    whole = dr.fit(
        NETWORK, rows, seed=shard_seed(5, 0), initial_parameters=first_parameters(rows, 5), **given
    )
    np.testing.assert_array_equal(flat(sharded), flat(whole))
    for name in ("learning_rate", "training_loss", "training_score", "validation_score"):
        np.testing.assert_allclose(sharded.history[name], whole.history[name], rtol=1e-12)
    np.testing.assert_allclose(
        sharded.history.validation_loss, whole.history.validation_loss, rtol=1e-6
    )
    assert sharded.kept_epoch == whole.kept_epoch


def test_a_round_is_the_mean_of_what_each_shard_would_train_alone(rows):
    given = {**COMMON, "epochs": 1, "optimizer": "adam"}
    sharded = dr.fit_sharded(NETWORK, rows, shards=3, rounds_per_epoch=1, outer_momentum=0, **given)
    blocks = rows.file.layout.blocks("training")
    borders = [blocks * shard // 3 for shard in range(4)]
    parts = [BlockRange.of(rows, *borders[i : i + 2]) for i in range(3)]
    assert sum(part.n_rows for part in parts) == rows.n_rows
    start = first_parameters(rows)
    alone = [
        dr.fit(NETWORK, part, seed=shard_seed(0, i), initial_parameters=start, **given)
        for i, part in enumerate(parts)
    ]
    shares = [part.n_rows / rows.n_rows for part in parts]
    mean = sum(
        share * flat(one).astype(np.float64) for share, one in zip(shares, alone, strict=True)
    )
    np.testing.assert_allclose(flat(sharded), mean, rtol=2e-7, atol=1e-9)
    losses = [
        share * one.history.training_loss[0] for share, one in zip(shares, alone, strict=True)
    ]
    assert sharded.history.training_loss[0] == pytest.approx(sum(losses))


def test_rows_of_a_range_are_those_of_its_blocks(rows):
    some = BlockRange.of(rows, 2, 5)
    whole, found = rows.empty(3 * 64), some.empty(3 * 64)
    rows.gather(np.arange(2 * 64, 5 * 64), whole)
    some.gather(np.arange(3 * 64), found)
    np.testing.assert_array_equal(whole.inputs, found.inputs)
    checked = np.concatenate([block.targets for _, block in some.checked_blocks()])
    np.testing.assert_array_equal(whole.targets, checked)
    with pytest.raises(SettingError, match="must be a block after `first`"):
        BlockRange.of(rows, 5, 5)


@pytest.mark.parametrize("shards", [1, 3, 7])
@pytest.mark.parametrize("rounds", [1, 3])
def test_an_epoch_visits_every_row_once(rows, shards, rounds):
    sharding = Sharding(shards, rounds, 0.0)
    for epoch in range(3):
        numbers = range(epoch * rounds, (epoch + 1) * rounds)
        parts = [sharding.rows(rows, 0, shard, n) for shard in range(shards) for n in numbers]
        visited = sorted(block for part in parts for block in range(part.first, part.stop))
        assert visited == list(range(rows.file.layout.blocks("training")))
        assert min(part.n_rows for part in parts) == sharding.min_rows(rows)


@pytest.mark.parametrize(("shards", "rounds"), [(1, 5), (4, 2)])
def test_schedules_count_epochs_not_rounds(rows, shards, rounds):
    schedule = dr.schedules.WarmUp(dr.schedules.ExponentialDecay(0.02, 0.3), 1.5)
    given = {**COMMON, "epochs": 4, "optimizer": dr.optimizers.Adam(schedule)}
    given |= {"shards": shards, "rounds_per_epoch": rounds}
    found = dr.fit_sharded(NETWORK, rows, **given).history.learning_rate
    sharding = Sharding(shards, rounds, 0.0)
    for epoch in (2, 3, 4):  # after the warm-up: η = 0.02 · 0.3^(share of the epochs)
        last = sharding.rows(rows, 0, 0, epoch * rounds - 1)
        update = 1 / (rounds * math.ceil(last.n_rows / 32))
        assert found[epoch - 1] == pytest.approx(0.02 * 0.3 ** (epoch - update))


def test_the_mean_is_added_in_pairs_in_float64():
    arrays = [np.array([value], np.float32) for value in (1e8, 1.0, -1e8, 3.0, 5.0)]
    shares = [0.1, 0.2, 0.1, 0.25, 0.35]
    terms = [share * float(array[0]) for share, array in zip(shares, arrays, strict=True)]
    in_pairs = ((terms[0] + terms[1]) + (terms[2] + terms[3])) + terms[4]
    assert weighted_mean(arrays, shares)[0] == in_pairs
    exact = sum(Fraction(s) * Fraction(float(a[0])) for s, a in zip(shares, arrays, strict=True))
    assert weighted_mean(arrays, shares)[0] == pytest.approx(float(exact), rel=1e-7)


def test_momentum_goes_beyond_the_mean_but_not_for_moving_averages():
    network = dr.Network([dr.Dense(1), dr.BatchNormalization(), dr.Dense(1)], 1)
    plan = dr.engines.TrainingPlan(
        network, dr.losses.MeanSquaredError(), dr.optimizers.Adam(), dr.sampling.Blocks(2), 4
    )
    size = network.parameter_count
    before = np.arange(size, dtype=np.float32)
    parameters = initial_parameters(network, 0, "float32", np.ones((2, 1), np.float32))
    states = []
    for step in (1.0, 4.0):
        state = dr.engines.TrainingState.initial(plan, parameters)
        slots = {name: np.full(size, step, np.float32) for name in state.slots}
        weights = before + np.float32(step)
        states.append(dr.engines.TrainingState(weights, slots, first_loss=step))
    made = averaged(network, before, np.full(size, 2.0), states, [100, 200], 0.5)
    # Mean step (1 + 2 · 4) / 3 = 3; v = 0.5 · 2 + 3 = 4; w = before + 3 + 0.5 · 4.
    names = np.concatenate([
        np.full(part.size, part.trainable) for block in network.blocks for part in block.parts
    ])  # fmt: skip
    np.testing.assert_allclose(made.velocity, np.where(names, 4.0, 0.0))
    np.testing.assert_allclose(made.weights - before, np.where(names, 5.0, 3.0), rtol=1e-6)
    assert not names.all()
    for slot in made.slots.values():
        np.testing.assert_allclose(slot, 3.0)
    assert made.first_loss == 4.0


def test_frozen_layers_stay_as_they_are(rows):
    network = dr.Network([dr.Dense(8, "relu", trainable=False), dr.Dense(1, "sigmoid")], 3)
    start = dr.fit(network, rows, epochs=1, batch_size=32).network
    result = dr.fit_sharded(network, rows, shards=3, initial_parameters=start, **COMMON)
    before, after = start.parameters.weights, result.network.parameters.weights
    np.testing.assert_array_equal(before[0], after[0])
    assert (before[1] != after[1]).all()


def test_the_average_is_what_is_monitored_kept_and_stopped(rows):
    result = dr.fit_sharded(
        NETWORK,
        rows,
        shards=4,
        epochs=60,
        batch_size=32,
        optimizer=dr.optimizers.Adam(0.05),
        validation_data=rows.validation,
        stopping=dr.stopping.NoProgress(3),
    )
    assert result.reason is dr.stopping.StopReason.NO_PROGRESS
    assert len(result.history) == result.kept_epoch + 3
    loss, held_out = dr.losses.BinaryCrossEntropy(), rows.validation.with_class_numbers(False)
    measured = dr.engines.get_engine("native").evaluate(
        result.network.network, result.network.parameters, loss, held_out
    )
    assert measured[0] == result.history.validation_loss.min()
    assert measured[1] == result.history.validation_score[result.kept_epoch - 1]


def test_a_plateau_of_the_average_lowers_the_rate(rows):
    schedule = dr.schedules.OnPlateau(
        0.01, 0.5, patience_epochs=1, min_improvement=10.0, monitor="validation_loss"
    )
    given = {"batch_size": 32, "epochs": 5, "optimizer": dr.optimizers.Adam(schedule)}
    result = dr.fit_sharded(NETWORK, rows, shards=2, validation_data=rows.validation, **given)
    np.testing.assert_allclose(result.history.learning_rate, [0.01, 0.01, 0.005, 0.0025, 0.00125])


def test_weighted_rows_with_several_targets(tmp_path):
    draw = np.random.default_rng(1)
    X, weights = draw.normal(size=(900, 2)), draw.random(900)
    y = np.stack([X.sum(axis=1), X[:, 0] - X[:, 1]], axis=1)
    data = BlockFileData.write(tmp_path / "rows.blocks", [(X, y, weights)], block_rows=50)
    network = dr.Network([dr.Dense(2)])
    rate = dr.optimizers.Adam(dr.schedules.Cosine(0.1))
    result = dr.fit_sharded(network, data, shards=5, epochs=30, batch_size=25, optimizer=rate)
    np.testing.assert_allclose(result.network.parameters.weights[0], [[1, 1], [1, -1]], atol=0.02)
    assert result.history.training_score[-1] > 0.99


def test_an_average_that_overflows_ends_the_training(tmp_path):
    """One update of 2e38 is finite in float32, and that beyond it by momentum is not."""
    X = np.ones((64, 1))
    data = BlockFileData.write(tmp_path / "rows.blocks", [(X, 1000 * X[:, 0])], block_rows=32)
    given = {"shards": 1, "rounds_per_epoch": 1, "epochs": 1, "batch_size": 64}
    given |= {"loss": "absolute_error", "optimizer": dr.optimizers.GradientDescent(2e38)}
    network = dr.Network([dr.Dense(1)])
    result = dr.fit_sharded(network, data, outer_momentum=0.9, **given)
    assert result.reason is dr.stopping.StopReason.DIVERGED
    assert np.isfinite(flat(result)).all()
    plain = dr.fit_sharded(network, data, outer_momentum=0, **given)
    assert plain.reason is dr.stopping.StopReason.EPOCHS_DONE


def test_a_shard_that_diverges_ends_the_training(rows, tmp_path):
    given = {
        "batch_size": 32,
        "epochs": 5,
        "shards": 2,
        "optimizer": dr.optimizers.GradientDescent(1e6),
        "folder": tmp_path,
    }
    network = dr.Network([dr.Dense(8, "relu"), dr.Dense(1)], 3)
    for _ in range(2):  # the second call finds it
        result = dr.fit_sharded(network, rows, **given)
        assert result.reason is dr.stopping.StopReason.DIVERGED
        assert result.divergence.epoch == len(result.history) == 1
        assert np.isfinite(flat(result)).all()


def test_rows_that_were_written_again_are_refused(tmp_path):
    draw = np.random.default_rng(2)

    def write(shift):
        X = draw.standard_normal((600, 3)) + shift
        return BlockFileData.write(tmp_path / "rows.blocks", [(X, X[:, 0])], block_rows=50)

    old = write(0.0)
    write(1.0)
    network = dr.Network([dr.Dense(1)])
    with pytest.raises(TableFileError, match="written again since"):
        dr.fit_sharded(network, old, shards=2, epochs=2, batch_size=10)
    found = write(0.0)
    with open(tmp_path / "rows.blocks", "r+b") as file:
        file.truncate(found.file.layout.file_bytes(0) // 2)
    with pytest.raises(TableFileError, match="cut short"):
        dr.fit_sharded(network, found, shards=2, epochs=2, batch_size=10)


def test_a_damaged_block_is_found_before_it_trains(tmp_path):
    X = np.random.default_rng(3).standard_normal((600, 3))
    rows = BlockFileData.write(tmp_path / "rows.blocks", [(X, X[:, 0])], block_rows=50)
    content = bytearray((tmp_path / "rows.blocks").read_bytes())
    content[rows.file.block_position("training", 9)] ^= 1
    (tmp_path / "rows.blocks").write_bytes(content)
    with pytest.raises(TableFileError, match=r"Block 9 .* does not match its digest"):
        dr.fit_sharded(dr.Network([dr.Dense(1)]), rows, shards=2, epochs=2, batch_size=10)


def test_rounds_by_default():
    assert default_rounds(epochs=10, blocks=1000, shards=8) == math.ceil(64 / 10)
    assert default_rounds(epochs=10, blocks=25, shards=8) == 3
    assert default_rounds(epochs=100, blocks=1000, shards=8) == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"shards": 0}, "`shards` must be at least 1, got 0"),
        ({"shards": 40}, "at most 25, the number of blocks of the rows; got 40. Blocks have up to "),
        ({"rounds_per_epoch": 13, "shards": 2}, "`rounds_per_epoch` must be at most 12, the number of"),
        ({"outer_momentum": 1}, "`outer_momentum` must be at least 0 and less than 1"),
        ({"batch_size": 100, "shards": 20}, "at most the 64 rows that a shard visits in a round"),
        ({"optimizer": "lbfgs"}, "cannot be LBFGS for rows in a block file"),
        ({"stopping": dr.stopping.GradientNormBelow(1e-3)}, "needs the gradient of all rows"),
        ({"stopping": dr.stopping.TimeLimit(5)}, "cannot have TimeLimit with shards"),
        ({"sampling": dr.sampling.MiniBatches(8), "batch_size": None}, "must be Blocks"),
        ({"executor": 3}, "must be a concurrent.futures.Executor"),
        ({"keep_best": "validation_loss"}, "there are no validation rows"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_a_sentence(rows, changed, sentence):
    with pytest.raises(SettingError, match=sentence):
        dr.fit_sharded(NETWORK, rows, **{**COMMON, **changed})


def test_arrays_and_threads_beside_an_executor_are_refused(rows):
    with pytest.raises(SettingError, match="must be rows in a block file"):
        dr.fit_sharded(NETWORK, np.zeros((10, 3)), **COMMON)
    with (
        ThreadPoolExecutor(1) as executor,
        pytest.raises(SettingError, match="`threads` cannot be"),
    ):
        dr.fit_sharded(NETWORK, rows, executor=executor, threads=2, **COMMON)
    with pytest.raises(ShapeError):
        dr.fit_sharded(NETWORK, rows, validation_data=(np.zeros((5, 2)), np.zeros(5)), **COMMON)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("callbacks", "use `progress`"),
        ("checkpoint", "Give `folder`"),
        ("sample_weight", "with BlockFileData.write"),
        ("dtype", "hold float32"),
        ("workers", "any number of them"),
        ("momentum", "`outer_momentum`"),
        ("lr", "learning rate"),
    ],
)
def test_other_arguments_are_refused_with_advice(rows, name, advice):
    with pytest.raises(TypeError, match=advice):
        dr.fit_sharded(NETWORK, rows, **COMMON, **{name: 1})
