"""C files compute what the models compute, and compile without a warning."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from unit.export.c_programs import (
    QUANTILES,
    compare,
    compile_c,
    export_tables,
    library,
    needs_gcc,
    predict_array,
    self_tests,
)
from unit.export.networks import NETWORKS, normalized_keras_model, random_network
from unit.export.networks import random_rows as random_arrays

import deltarule as dr
from deltarule.export import to_c

pytestmark = needs_gcc
LEGACY = Path(__file__).parents[2] / "data" / "legacy_files"


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Return a folder with the C files of models of tables, and the models by prefix."""
    folder = tmp_path_factory.mktemp("tables")
    return folder, export_tables(folder, range(8))


def test_models_of_tables(tables):
    folder, models = tables
    lib = library(folder, [folder / f"{p}.c" for p in models], "-O0")
    found = {prefix: compare(lib, prefix, model) for prefix, model in models.items()}
    classes = [found[prefix] for prefix, model in models.items() if model.task == "classification"]
    assert max(classes) <= 1e-6, found
    assert max(found.values()) <= 5e-6, found  # of numbers, which the engines round alike


def test_self_tests_under_the_sanitizers(tables):
    folder, models = tables
    sanitized = ("-O0", "-fsanitize=address,undefined,float-cast-overflow", "-fno-sanitize-recover")
    chosen = [*models][:2]
    assert self_tests(folder, [folder / f"{p}.c" for p in chosen], *sanitized) == 0


def test_a_self_test_fails_on_another_result(tables):
    folder, _ = tables
    text = (folder / "t1.c").read_text()
    (folder / "wrong.c").write_text(text.replace("value = clamp(", "value = 0.1 + clamp("))
    compile_c("-O0", "-DT1_SELF_TEST", folder / "wrong.c", "-o", folder / "wrong")
    assert subprocess.run([folder / "wrong"]).returncode == 1


def test_stated_bytes_are_upper_bounds(tables):
    folder, models = tables
    facts = to_c(models["t7"], folder / "t7.c", quantiles=QUANTILES).facts
    size = ("-Os", "-fno-pie", "-fno-asynchronous-unwind-tables", "-fstack-usage")
    compile_c(*size, "-c", folder / "t7.c", "-o", folder / "size.o")
    shown = subprocess.run(["size", folder / "size.o"], capture_output=True, text=True).stdout
    text, _, bss = map(int, shown.splitlines()[1].split()[:3])
    frames = {
        line.split(":")[-1].split("\t")[0]: int(line.split("\t")[1])
        for line in (folder / "size.su").read_text().splitlines()
    }
    assert bss == facts["RAM bytes"] == 0
    assert text <= facts["flash bytes"] <= 1.3 * text
    chain = frames.pop("t7_predict") + frames.pop("network", 0) + max(frames.values())
    assert chain <= facts["stack bytes"] <= chain + 400


def test_networks(tmp_path):
    trained = {name: random_network(name, np.float32) for name in NETWORKS}
    prefixes = {name: f"n{i}" for i, name in enumerate(NETWORKS)}
    for name, prefix in prefixes.items():
        to_c(trained[name], tmp_path / f"{prefix}.c")
    lib = library(tmp_path, [tmp_path / f"{prefix}.c" for prefix in prefixes.values()], "-O0")
    found = {}
    for name, prefix in prefixes.items():
        network = trained[name].network
        rows = random_arrays(network, dtype=np.float32)
        expected = trained[name].predict(rows, engine="reference")
        actual = predict_array(lib, prefix, rows, network.outputs)
        found[name] = float(np.abs(actual - expected).max() / max(1, np.abs(expected).max()))
    assert max(found.values()) <= 1e-6, found


@pytest.mark.parametrize("compiler", ["clang", "arm-none-eabi-gcc", "arm-linux-gnueabihf-gcc"])
def test_other_compilers(tables, compiler):
    if shutil.which(compiler) is None:
        pytest.skip(f"needs {compiler}: on Debian, apt-get install clang gcc-arm-none-eabi")
    folder, _ = tables
    for prefix in ("t0", "t1"):
        compile_c("-Os", "-c", folder / f"{prefix}.c", "-o", folder / "o.o", compiler=compiler)


def test_models_of_the_first_version(tmp_path):
    prefixes = ("table_classifier", "table_regressor")
    for prefix in prefixes:
        to_c(dr.load(LEGACY / f"{prefix}.safetensors"), tmp_path / f"{prefix}.c")
    assert self_tests(tmp_path, [tmp_path / f"{prefix}.c" for prefix in prefixes], "-O0") == 0


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_estimators_and_keras(tmp_path):
    X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    labels = np.where(X[:, 0] > 0, "yes", "no")
    many = np.column_stack([X[:, 0] > 0, X[:, 1] > 0]).astype(int)
    keras = dr.keras.Sequential([dr.keras.Input((3,)), dr.keras.layers.Dense(2, "selu")])
    models = {
        "two": dr.MLPClassifier((4,), random_state=0).partial_fit(X, labels, classes=["no", "yes"]),
        "three": dr.MLPClassifier((4,), random_state=0).partial_fit(
            X, np.arange(60) % 3, classes=[0, 1, 2]
        ),
        "many": dr.MLPClassifier((4,), max_iter=2, random_state=0).fit(X, many),
        "number": dr.MLPRegressor(hidden_layer_sizes=(4,), random_state=0).partial_fit(
            X, X.sum(axis=1)
        ),
        "keras": keras,
    }
    normalized = {name: normalized_keras_model(name == "flat") for name in ("images", "flat")}
    models |= {name: model for name, (model, _) in normalized.items()}
    summaries = {name: to_c(model, tmp_path / f"{name}.c") for name, model in models.items()}
    sources = [tmp_path / f"{name}.c" for name in models]
    assert self_tests(tmp_path, sources, "-O0") == 0
    assert list(summaries["two"].outputs) == ["label", "probabilities"]
    assert list(summaries["many"].outputs) == ["outputs"]
    lib = library(tmp_path, sources, "-O0")
    expected = models["two"].predict_proba(X)
    assert np.abs(predict_array(lib, "two", X, 2) - expected).max() <= 1e-6
    labels = ctypes.cast(lib.two_class_names, ctypes.POINTER(ctypes.c_char_p))
    assert [labels[0], labels[1]] == [b"no", b"yes"]
    for name, (model, images) in normalized.items():
        found = predict_array(lib, name, images.reshape(40, 6), 2)
        np.testing.assert_allclose(found, model.predict(images, verbose=0), atol=1e-6)


def test_a_header_is_cpp(tables):
    if shutil.which("g++") is None:
        pytest.skip("needs g++: on Debian, apt-get install g++")
    folder, _ = tables
    done = subprocess.run(["g++", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", folder / "t0.h"])
    assert done.returncode == 0
