"""What the WebAssembly engine has to itself; these tests run inside Pyodide."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np
import pytest
from contract import runs
from pyodide.code import run_js
from pyodide_js import setInterruptBuffer

import deltarule as dr
from deltarule.engines import SlowEngineWarning, engine_names, get_engine, registry
from deltarule.engines.data import ArrayData
from deltarule.engines.wasm_instance import Block, Handle
from deltarule.engines.wasm_module import wasm_module
from deltarule.errors import EngineError
from deltarule.optimizers import GradientDescent

NETWORK = dr.Network([dr.Dense(8, "tanh"), dr.Dense(1)])
X = np.linspace(-1, 1, 40).reshape(20, 2)


def test_auto_chooses_it_without_a_warning() -> None:
    assert engine_names() == ("native", "wasm", "reference")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert dr.fit(NETWORK, X, X[:, :1], epochs=2).engine == "wasm"
        assert get_engine().name == "wasm"


def test_without_its_core_auto_is_the_reference_engine_with_a_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "deltarule_wasm", None)
    for loaded in (wasm_module, registry._wasm):
        loaded.cache_clear()
    with pytest.raises(EngineError, match="call offerCore"):
        get_engine("wasm")
    with pytest.warns(SlowEngineWarning, match="load its core compiled to WebAssembly"):
        assert dr.fit(NETWORK, X, X[:, :1], epochs=2).engine == "reference"


def test_predictions_follow_changes_of_the_parameters() -> None:
    network = NETWORK.with_inputs(2)
    vector = np.linspace(-1, 1, network.parameter_count).astype(np.float32)
    predict = get_engine("wasm").predictor(network, vector)
    inputs = X.astype(np.float32)
    before = predict(inputs)
    vector[-1] += 2  # the bias of the output
    np.testing.assert_allclose(predict(inputs), before + 2, rtol=1e-6)
    one = predict.one_row(inputs[:1])
    assert one is not None
    assert one.tobytes() == predict(inputs)[:1].tobytes()
    assert predict.one_row(np.full((1, 2), np.nan, np.float32)) is None


def stop_it() -> None:
    with pytest.raises(MemoryError, match="for want of memory"):
        Block(wasm_module().instance(), 1 << 31)  # all addresses, a part of which is in use


class TestExhaustedMemory:
    @pytest.mark.parametrize(("rows", "units"), [(1500, 400_000), (1 << 16, 1 << 16)])
    def test_within_a_computation(self, rows: int, units: int) -> None:
        """A batch that is normalized as a whole needs 2.4 GB, or more numbers than there are addresses.

        Python has nothing of it.
        """
        network = dr.Network([dr.Dense(units), dr.BatchNormalization(), dr.Dense(1)], 1)
        X = np.linspace(-1, 1, rows).reshape(-1, 1)
        with pytest.raises(MemoryError, match="for want of memory"):
            dr.fit(network, X, X, epochs=1, batch_size=rows)
        assert dr.fit(NETWORK, X, X, epochs=1).engine == "wasm"

    def test_what_follows_has_a_new_instance(self) -> None:
        engine, run = get_engine("wasm"), runs.AGREEING["adam, batches"]
        lost, expected = run.open(engine), run.open(engine)
        expected.run(20)
        weights = expected.state().weights
        predict = engine.predictor(run.plan.network, run.initial_parameters, np.float64)
        before = predict(run.data.inputs)
        instance = wasm_module().instance()
        stop_it()
        assert wasm_module().instance() is not instance
        with pytest.raises(EngineError, match="open a new session"):
            lost.run(1)
        after = run.open(engine)
        after.run(20)
        assert after.state().weights.tobytes() == weights.tobytes()
        assert predict(run.data.inputs).tobytes() == before.tobytes()

    def test_a_session_goes_on_from_its_last_state(self) -> None:
        engine, run = get_engine("wasm"), runs.AGREEING["nadam, batches"]
        whole, begun = run.open(engine), run.open(engine)
        whole.run(20)
        begun.run(7)
        expected, state = whole.state(), begun.state()
        stop_it()
        again = run.open(engine)
        again.restore(state)
        again.run(13)
        assert again.state().weights.tobytes() == expected.weights.tobytes()


def test_a_stop_for_another_reason_is_called_a_bug() -> None:
    instance = wasm_module().instance()
    with pytest.raises(
        EngineError, match=r"a bug in the WebAssembly engine: .* open a new session"
    ):
        instance.call("is_broken", 0)  # a session that is none
    with pytest.raises(EngineError, match="stopped, and what it held is lost"):
        instance.call("is_broken", 0)
    assert dr.fit(NETWORK, X, X[:, :1], epochs=1).engine == "wasm"


class TestRefusals:
    """The core checks what would be read beyond the end of an array, and answers with a sentence."""

    @pytest.fixture
    def numbers(self) -> list[float]:
        from deltarule.engines.native_plan import native_plan

        packed: list[float] = native_plan(wasm_module(), runs.AGREEING["adam, batches"].plan, 8)
        return packed

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (lambda n: n[:-1], "fewer numbers"),
            (lambda n: [*n, 0.0], "more numbers"),
            (lambda n: [1e9, *n[1:]], "fewer numbers"),
            (lambda n: [0.5, *n[1:]], "not an integer"),
            (lambda n: [*n[:3], 99.0, *n[4:]], "activation has no formula"),
            (lambda n: [0.0, *n[1 + 19 * int(n[0]) :]], "no layers|numbers"),
        ],
    )
    def test_a_plan(self, numbers: list[float], change: Any, sentence: str) -> None:
        instance = wasm_module().instance()
        changed = np.array(change(numbers))
        block = Block.of(instance, changed)
        with pytest.raises(ValueError, match=sentence):
            Handle(instance, "plan", block.pointer, changed.size)
        assert not instance.has_stopped

    def test_a_record_with_other_fields(self) -> None:
        with pytest.raises(TypeError, match="A Group has the fields count, rate_factor"):
            wasm_module().Group(count=1)  # type: ignore[attr-defined]

    def test_a_table_for_another_network(self) -> None:
        run = runs.AGREEING["adam, batches"]
        data = ArrayData(run.data.inputs[:, :3].copy(), run.data.targets)
        with pytest.raises(Exception, match="inputs"):
            get_engine("wasm").open(run.plan, data, None, run.initial_parameters)


def run_on(session: Any) -> None:
    while True:
        session.run(1000)


def test_ctrl_c_within_a_call_loses_no_finished_epoch() -> None:
    """Another thread asks for the interrupt while the core computes."""
    run = runs.run(optimizer=GradientDescent(1e-3), epochs=10**7, rows=400)
    session = run.open(get_engine("wasm"))
    interrupt = run_js("""
        const { Worker } = process.getBuiltinModule("node:worker_threads");
        const buffer = new Uint8Array(new SharedArrayBuffer(1));
        const code = `setTimeout(() => { require("node:worker_threads").workerData[0] = 2; }, 500)`;
        new Worker(code, { eval: true, workerData: buffer }).unref();
        buffer
    """)
    setInterruptBuffer(interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_on(session)
    finally:
        setInterruptBuffer(None)
    state = session.state()
    assert state.epochs_done > 0
    again = run.open(get_engine("wasm"))
    again.run(state.epochs_done)
    assert again.state().weights.tobytes() == state.weights.tobytes()
