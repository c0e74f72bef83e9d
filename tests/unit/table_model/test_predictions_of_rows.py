"""Rows to predict one by one: the same bits as together, from everything that a model keeps."""

from __future__ import annotations

import pickle
import threading
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from reading.any_model import model_of

import deltarule as dr
from deltarule.data import read_table
from deltarule.engines import register_engine, unregister_engine
from deltarule.engines.reference import ReferenceEngine
from deltarule.errors import SettingError
from deltarule.network import Network
from deltarule.parameters import shared_vector
from deltarule.preprocessing import ClassTarget, NumberTarget, TableEncoder
from deltarule.preprocessing.encoder_selection import Encoding
from deltarule.table_model import TableModel
from deltarule.training import TrainedNetwork

ROWS = 40


def random_columns(seed: int) -> dict[str, list[object]]:
    """Columns for every encoder, with missing cells."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2020-01-01")
    columns: dict[str, list[object]] = {
        "number": (rng.normal(size=ROWS) * 10.0 ** rng.integers(-3, 9)).tolist(),
        "skewed": np.exp(3 * rng.normal(size=ROWS)).tolist(),
        "flag": [bool(value) for value in rng.integers(0, 2, ROWS)],
        "pair": [("no", "yes")[i] for i in rng.integers(0, 2, ROWS)],
        "few": [f"level {i}" for i in rng.integers(0, 5, ROWS)],
        "many": [f"code {i}" for i in rng.integers(0, 15, ROWS)],
        "day": [start + pd.Timedelta(days=int(d)) for d in rng.integers(0, 999, ROWS)],
        "time": [start + pd.Timedelta(seconds=int(s)) for s in rng.integers(0, 10**7, ROWS)],
    }
    for name in rng.permutation(list(columns))[: rng.integers(0, 9)]:
        for row in rng.integers(0, ROWS, 4).tolist():
            columns[name][row] = None
    return columns


def random_model(seed: int, columns: dict[str, list[object]], networks: int = 2) -> TableModel:
    table = read_table(columns)
    encoding = Encoding(numbers=("robust", "quantile", "both")[seed % 3], embed_levels=seed > 2)
    encoder = TableEncoder.fit(table, None, keep=table.names, encoding=encoding)
    classes = seed % 2
    layers = [dr.Dense(5, "tanh"), dr.Dense(3, "softmax") if classes else dr.Dense(1)]
    network = Network(layers, len(encoder.feature_names))
    target = ClassTarget("y", ("a", "b", "c")) if classes else NumberTarget("y", 2.0, 3.0)
    trained = [dr.insight.initialize(network, seed=s) for s in range(networks)]
    return TableModel(tuple(trained), encoder, target, {}, schema=table.schema)


def numbers(prediction) -> np.ndarray:
    return prediction.values if prediction.probabilities is None else prediction.probabilities


@pytest.mark.parametrize("seed", range(12))
def test_rows_alone_have_the_bits_of_rows_together(seed):
    columns = random_columns(seed)
    model = random_model(seed, columns)
    records = [
        dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)
    ]
    expected = numbers(model.predict(columns))
    for source in (records, pd.DataFrame(columns), read_table(columns)):
        assert np.array_equal(numbers(model.predict(source)), expected)
    for row in range(0, ROWS, 3):
        for alone in (records[row], records[row : row + 1], pd.DataFrame(records[row : row + 1])):
            assert np.array_equal(numbers(model.predict(alone)), expected[row : row + 1])
    kinds = {encoder.kind for encoder in model.encoder.used}
    levels = "codes" if seed > 2 else "one-hot"
    assert {"boolean", "one-hot", levels, "robust_datetime"} <= kinds


def test_predictions_follow_parameters_that_are_changed_in_place(tmp_path):
    columns = random_columns(1)
    made = random_model(1, columns)
    made.save(tmp_path / "model")
    for model in (made, dr.load(tmp_path / "model")):
        model.predict(columns)
        for trained in model.networks:
            for array in trained.parameters.weights:
                array[...] = 0
        assert numbers(model.predict(columns)) == pytest.approx(np.full((ROWS, 3), 1 / 3))


def test_a_loaded_model_does_not_keep_the_content_of_its_file(tmp_path):
    table = {"x": [i % 7 for i in range(40)], "y": [i % 5 + 0.5 for i in range(40)]}
    dr.train(table, "y", folds=2, epochs=2, hidden=(64, 64)).model.save(tmp_path / "model")
    model = dr.load(tmp_path / "model")
    errors = model.calibration.error_quantiles
    assert errors is not None
    arrays = [
        model.distributions[0].edges,
        model.distributions[0].shares,
        *errors.arrays().values(),
    ]
    for array in arrays:
        while isinstance(array.base, np.ndarray):
            array = array.base
        assert array.nbytes < 4096


def test_a_network_of_separate_arrays_follows_their_changes():
    trained = dr.insight.initialize(Network([dr.Dense(1)], 2), seed=0)
    parts = trained.parameters.astype(np.float32)
    separate = TrainedNetwork(trained.network, parts)
    assert separate.predict(np.ones((1, 2))).any()
    parts.weights[0][...] = 0
    assert separate.predict(np.ones((1, 2))) == 0


def test_networks_of_other_layers_and_dtypes_predict_together():
    columns = random_columns(5)
    model = random_model(5, columns)
    wide = Network([dr.Dense(7, "tanh"), dr.Dense(3, "softmax")], model.network.network.inputs)
    single = model.networks[1]
    single = TrainedNetwork(single.network, single.parameters.astype(np.float32))
    for other in (dr.insight.initialize(wide, seed=4), single):
        mixed = replace(model, networks=(model.networks[0], other))
        X = mixed.encoder.transform(mixed.read(columns))
        outputs = [trained.predict(X) for trained in mixed.networks]
        expected = np.mean(outputs, axis=0)
        assert numbers(mixed.predict(columns)) == pytest.approx(expected, abs=1e-6)
        row = {name: cells[3] for name, cells in columns.items()}
        assert np.array_equal(numbers(mixed.predict(row)), numbers(mixed.predict(columns))[3:4])


def test_what_a_model_keeps_is_not_part_of_its_copies():
    columns = random_columns(2)
    model = random_model(2, columns)
    before = pickle.dumps(model)
    expected = numbers(model.predict(columns))
    assert pickle.dumps(model) == before
    for copy in (pickle.loads(before), deepcopy(model)):
        assert np.array_equal(numbers(copy.predict(columns)), expected)


def test_rows_of_weights_begin_at_cache_lines(tmp_path):
    table = {"x": [i % 7 for i in range(40)], "y": [i % 5 + 0.5 for i in range(40)]}
    made = dr.train(table, "y", folds=2, epochs=2, hidden=(64, 32)).model
    made.save(tmp_path / "model")
    for model in (made, dr.load(tmp_path / "model"), pickle.loads(pickle.dumps(made))):
        for trained, original in zip(model.networks, made.networks, strict=True):
            weights = trained.parameters.weights[:-1]
            assert [array.ctypes.data % 64 for array in weights] == [0, 0]
            vector = shared_vector(trained.parameters)
            assert np.may_share_memory(vector, weights[0])
            assert np.array_equal(vector, original.parameters.flat())


def test_threads_share_what_a_model_keeps():
    columns = random_columns(3)
    model = random_model(3, columns)
    expected = numbers(model.predict(columns))
    model, found = deepcopy(model), []
    one = {name: cells[7] for name, cells in columns.items()}
    begin = threading.Barrier(8)

    def predict() -> None:
        begin.wait()
        found.extend(numbers(model.predict(one)) for _ in range(20))

    threads = [threading.Thread(target=predict) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 160
    assert all(np.array_equal(values, expected[7:8]) for values in found)


def test_an_engine_that_is_replaced_is_not_used_any_more():
    class Doubled(ReferenceEngine):
        name = "added"
        factor = 2.0

        def predict(self, network, parameters, inputs, threads=1):
            return self.factor * super().predict(network, parameters, inputs, threads)

    trained = dr.insight.initialize(Network([dr.Dense(1)], 2), seed=0)
    X = np.ones((1, 2), np.float32)
    expected = trained.predict(X, engine="reference")
    for factor in (2.0, 4.0):
        engine = Doubled()
        engine.factor = factor
        register_engine(engine)
        try:
            for _ in range(2):
                assert trained.predict(X, engine="added") == factor * expected
        finally:
            unregister_engine("added")
    with pytest.raises(SettingError, match="engine"):
        trained.predict(X, engine="added")


def test_levels_are_known_by_every_spelling_of_their_value():
    model = model_of(
        read_table({"code": [f"{i}.0" for i in range(12)] * 3}, columns={"code": "category"})
    )
    as_written = model.predict({"code": "3.0"}).values
    for cell in ("3", 3, 3.0, " 3.0 "):
        assert model.predict({"code": cell}).values == as_written
    assert model.predict({"code": "33"}).values == model.predict({"code": None}).values
