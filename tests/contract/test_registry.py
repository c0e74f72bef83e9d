"""Which engine is chosen: without the native engine, and by its name."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

import deltarule as dr
from deltarule.engines import SlowEngineWarning, engine_choices, get_engine, native_module, registry
from deltarule.errors import EngineError, SettingError

NETWORK = dr.Network([dr.Dense(1)])
ROWS = ([[0.0], [1.0]], [0.0, 1.0])


@pytest.fixture
def without_native(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(native_module, "_native", None)
    monkeypatch.setattr(native_module, "_WHY_MISSING", "not built", raising=False)
    registry._native.cache_clear()
    yield
    registry._native.cache_clear()


@pytest.mark.usefixtures("without_native")
def test_auto_is_the_reference_engine_with_a_warning() -> None:
    with pytest.warns(SlowEngineWarning, match="without its native engine") as caught:
        result = dr.fit(NETWORK, *ROWS, epochs=2)
    assert result.engine == "reference"
    assert caught[0].filename == __file__
    with pytest.warns(SlowEngineWarning):
        assert get_engine("auto", warn=True).name == "reference"


@pytest.mark.usefixtures("without_native")
def test_the_reference_engine_by_its_name_gives_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert dr.fit(NETWORK, *ROWS, epochs=2, engine="reference").engine == "reference"
        assert get_engine().name == "reference"  # to predict needs no warning


@pytest.mark.usefixtures("without_native")
def test_the_native_engine_by_its_name_is_an_error() -> None:
    with pytest.raises(EngineError, match=r'was not built.*choose engine="reference"'):
        dr.fit(NETWORK, *ROWS, epochs=2, engine="native")


def test_an_unknown_name_is_an_error_with_all_names() -> None:
    assert engine_choices() == ("auto", "native", "reference")
    with pytest.raises(SettingError, match="auto, native, reference"):
        get_engine("gpu")


def test_the_webassembly_engine_is_refused_outside_of_pyodide() -> None:
    with pytest.raises(EngineError, match=r'is for Pyodide.*choose engine="native"'):
        get_engine("wasm")
    with pytest.raises(EngineError, match="is for Pyodide"):
        dr.fit(NETWORK, *ROWS, epochs=2, engine="wasm")
