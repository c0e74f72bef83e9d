"""A third engine needs only its registration: every interface offers it or explains why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contract import engines, grid, runs, toy_engine
from contract.test_engines_agree import check_run
from contract.test_gradients import LARGEST_ERROR

import deltarule as dr
from deltarule.activations import ACTIVATIONS, Elementwise, Tanh
from deltarule.engines import (
    SlowEngineWarning,
    engine_names,
    get_engine,
    prediction_engine,
    register_engine,
    unregister_engine,
)
from deltarule.engines.capabilities import (
    CompilesPredictors,
    MakesSingleUpdates,
    PreparesObjectives,
    compile_predictor,
    prepare_objective,
)
from deltarule.errors import EngineError, SettingError
from deltarule.losses import MeanSquaredError
from deltarule.optimizers import LBFGS
from deltarule.sampling import SingleSample
from deltarule.stopping import StopReason, TimeLimit

NETWORK = dr.Network([dr.Dense(3, "tanh"), dr.Dense(1)])
SOFTPLUS = dr.Network([dr.Dense(3, "softplus"), dr.Dense(1)])
X = np.random.default_rng(0).standard_normal((60, 2)).astype(np.float32)
Y = X[:, :1] - X[:, 1:]
IRIS = Path(__file__).resolve().parents[2] / "examples" / "iris.csv"


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(toy_engine, "WARM_UP_S", 0.0)
    with toy_engine.registered() as engine:
        yield engine


def test_the_contract_grid_takes_its_engines_from_the_registry(toy: Any) -> None:
    assert engines.engine_names() == ("native", "reference", "toy")
    assert engines.opened("toy") is toy


@pytest.mark.parametrize("name", ["everything", "nadam, batches", "keep best loss"])
def test_the_contract_s_runs_hold_for_it(toy: Any, name: str) -> None:
    check_run(toy, (runs.AGREEING | runs.STOPPING)[name].as_dtype("float64"), 1e-12, name)


def test_the_contract_s_gradients_hold_for_it(toy: Any) -> None:
    for case in grid.cases(Tanh(), MeanSquaredError()):
        _, gradient = toy.loss_and_gradient(case.network, case.parameters, case.loss, case.data)
        assert case.error(gradient) <= LARGEST_ERROR, case.name


def test_fit_uses_it_and_predicts_with_it(toy: Any) -> None:
    result = dr.fit(NETWORK, X, Y, epochs=3, engine="toy")
    assert result.engine == "toy"
    assert len(toy.compiled) == 1
    assert result.network.predict(X, engine="toy").shape == (60, 1)
    assert dr.fit(NETWORK, X, Y, epochs=3, engine="toy", optimizer=LBFGS()).engine == "toy"


@pytest.mark.parametrize(
    ("network", "settings", "sentence"),
    [
        (NETWORK, {"sampling": SingleSample()}, "it cannot draw single samples"),
        (SOFTPLUS, {}, "it has no softplus"),
    ],
)
def test_an_unsupported_plan_ends_in_its_sentence(
    toy: Any, network: dr.Network, settings: Any, sentence: str
) -> None:
    with pytest.raises(EngineError, match=f"'toy' cannot execute this: {sentence}"):
        dr.fit(network, X, Y, engine="toy", **settings)
    assert not toy.compiled


def test_an_unsupported_network_does_not_predict(toy: Any) -> None:
    trained = dr.fit(SOFTPLUS, X, Y, epochs=1, engine="reference").network
    with pytest.raises(EngineError, match="it has no softplus"):
        trained.predict(X, engine="toy")


def test_a_time_limit_does_not_count_the_warm_up() -> None:
    with toy_engine.registered() as toy:
        result = dr.fit(NETWORK, X, Y, epochs=10**9, engine="toy", stopping=TimeLimit(0.1))
    assert result.reason is StopReason.TIME_LIMIT
    assert len(toy.compiled) == 1
    assert result.warm_up_s >= toy_engine.WARM_UP_S
    assert len(result.history) > 2  # the limit is shorter than the warm-up
    assert result.seconds < toy_engine.WARM_UP_S


def test_fit_many_opens_all_sessions_at_once(toy: Any) -> None:
    jobs = [{"network": NETWORK, "X": X, "y": Y, "seed": s, "epochs": 3} for s in range(5)]
    together = dr.fit_many([{**job, "engine": "toy"} for job in jobs], threads=2)
    assert toy.opened_together == [5]
    alone = dr.fit_many([{**job, "engine": "reference"} for job in jobs])
    for left, right in zip(together, alone, strict=True):
        assert left.engine == "toy"
        assert np.array_equal(left.network.parameters.flat(), right.network.parameters.flat())


def test_the_estimators_offer_it(toy: Any) -> None:
    pytest.importorskip("sklearn")
    from deltarule.estimators import MLPRegressor

    model = MLPRegressor(hidden_layer_sizes=(3,), engine="toy", max_iter=2)
    with pytest.warns(match="converged"):
        model.fit(X, Y[:, 0])
    assert model.predict(X).shape == (60,)
    assert len(toy.compiled) == 1
    refused = MLPRegressor(activation="softplus", engine="toy", max_iter=2)
    with pytest.raises(EngineError, match="it has no softplus"):
        refused.fit(X, Y[:, 0])
    with pytest.raises(ValueError, match="'toy'"):
        MLPRegressor(engine="toys").fit(X, Y[:, 0])


def test_tables_and_their_estimators_offer_it(toy: Any) -> None:
    result = dr.train(str(IRIS), "species", engine="toy", epochs=2)
    assert {training.engine for training in result.trainings} == {"toy"}
    with pytest.raises(EngineError, match="it has no softplus"):
        dr.train(str(IRIS), "species", engine="toy", epochs=2, activation="softplus")


def test_keras_offers_it(toy: Any) -> None:
    from deltarule import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("adam", "mse", engine="toy")
    model.fit(X, Y, epochs=2, verbose=0)
    assert len(toy.compiled) == 1
    refused = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "softplus")])
    refused.compile("adam", "mse", engine="toy")
    with pytest.raises(EngineError, match="it has no softplus"):
        refused.fit(X, Y, epochs=2, verbose=0)
    with pytest.raises(SettingError, match="auto, native, reference, toy"):
        model.compile("adam", "mse", engine="toys")


def test_the_command_line_offers_it(
    toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from deltarule.cli import main

    monkeypatch.chdir(tmp_path)
    words = ["train", str(IRIS), "--target", "species", "--no-report", "--quiet", "--engine", "toy"]
    assert main([*words, "--epochs", "2"]) == 0
    assert toy.compiled
    assert main([*words, "--activation", "softplus", "--out", "other"]) == 2
    assert "it has no softplus" in capsys.readouterr().err


def test_the_playground_offers_it(toy: Any) -> None:
    from deltarule.playground.workspace import Workspace

    workspace = Workspace("toy")
    workspace.run.train(2)
    assert workspace.run.epoch == 2
    assert workspace.run.engine is toy
    with pytest.raises(EngineError, match="it has no softplus"):
        Workspace("toy", experiment=experiment_with("softplus"))


def experiment_with(activation: str) -> Any:
    """Return an experiment of the playground with a hidden layer of this activation."""
    from deltarule.playground.experiment import Experiment, LayerChoice, NetworkChoice

    return Experiment(network=NetworkChoice((LayerChoice(3, activation),)))


def test_names_are_taken_once(toy: Any) -> None:
    with pytest.raises(EngineError, match="already an engine 'toy'"):
        register_engine(toy)
    with pytest.raises(EngineError, match="no added engine 'native'"):
        unregister_engine("native")


class TestWhereTheNativeEngineHasNoFormula:
    """A new activation without its C++ formula: "auto" falls back with a warning, a name never."""

    @pytest.fixture
    def cube(self, native: Any) -> Iterator[str]:
        @ACTIVATIONS.register
        @dataclass(frozen=True)
        class Cube(Elementwise):
            kind = "cube"
            formula = "z³"

            def __call__(self, z: Any) -> Any:
                return z**3

            def derivative(self, z: Any) -> Any:
                return 3 * z**2

        yield "cube"
        ACTIVATIONS.unregister(Cube)

    def test_auto_falls_back_with_a_warning(self, cube: str) -> None:
        network = dr.Network([dr.Dense(3, cube), dr.Dense(1)])
        with pytest.warns(
            SlowEngineWarning, match="no formula for the activation 'cube'"
        ) as caught:
            result = dr.fit(network, X, Y, epochs=2)
        assert caught[0].filename == __file__
        assert result.engine == "reference"
        assert result.network.predict(X).shape == (60, 1)
        assert prediction_engine(result.network.network).name == "reference"

    def test_the_named_engine_raises(self, cube: str) -> None:
        network = dr.Network([dr.Dense(3, cube), dr.Dense(1)])
        with pytest.raises(EngineError, match="no formula for the activation 'cube'"):
            dr.fit(network, X, Y, epochs=2, engine="native")

    def test_the_playground_falls_back_too(self, cube: str) -> None:
        from deltarule.playground.protocol.requests import SetRequest
        from deltarule.playground.workspace import Workspace

        workspace = Workspace()
        with pytest.warns(SlowEngineWarning, match="no formula for the activation 'cube'"):
            workspace.set_experiment(SetRequest(experiment_with(cube).to_json()))
        workspace.run.train(2)
        assert (workspace.run.engine.name, workspace.run.epoch) == ("reference", 2)
        workspace.set_experiment(SetRequest(experiment_with("tanh").to_json()))
        assert workspace.run.engine.name == "native"
        with pytest.raises(EngineError, match="no formula for the activation 'cube'"):
            Workspace("native", experiment=experiment_with(cube))


def test_engines_without_capabilities_take_the_general_way(native: Any) -> None:
    """The reference engine compiles no predictors; what it returns is what the native one returns."""
    reference = get_engine("reference")
    assert isinstance(native, CompilesPredictors)
    assert isinstance(native, PreparesObjectives)
    assert not isinstance(reference, CompilesPredictors | PreparesObjectives)
    assert isinstance(reference, MakesSingleUpdates)
    assert not isinstance(native, MakesSingleUpdates)
    run = runs.AGREEING["everything"].as_dtype("float64")
    network, flat = run.plan.network, run.initial_parameters.flat()
    outputs = [compile_predictor(e, network, flat)(run.data.inputs) for e in (reference, native)]
    np.testing.assert_allclose(outputs[0], outputs[1], rtol=1e-10)
    loss = MeanSquaredError()
    values = [prepare_objective(e, network, loss, run.data)(flat) for e in (reference, native)]
    assert values[0][0] == pytest.approx(values[1][0], rel=1e-10)


def test_the_registry_has_the_built_in_engines() -> None:
    assert engine_names() == ("native", "reference")
