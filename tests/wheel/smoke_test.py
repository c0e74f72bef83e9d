"""Use an installed wheel on any platform: python smoke_test.py"""

from __future__ import annotations

import sys
import sysconfig
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

import deltarule as dr

IRIS = Path(__file__).resolve().parents[2] / "examples" / "iris.csv"


def check_arrays() -> None:
    """Train a network on arrays: it learns XOR, with the same bits for one thread and for two."""
    inputs = np.random.default_rng(0).normal(size=(512, 2))
    targets = (inputs[:, 0] * inputs[:, 1] > 0).astype(int)
    network = dr.Network([dr.Dense(16, "tanh"), dr.Dense(2, "softmax")])
    one, two = (
        dr.fit(network, inputs, targets, epochs=200, seed=0, engine="native", threads=threads)
        for threads in (1, 2)
    )
    found = one.network.predict(inputs).argmax(axis=1)
    accuracy = float(np.mean(found == targets))
    assert accuracy > 0.95, accuracy
    np.testing.assert_array_equal(one.history.training_loss, two.history.training_loss)


def check_table() -> None:
    """Train on a table, save the model, load it and predict with the same result."""
    result = dr.train(IRIS, target="species", seed=0, engine="native")
    assert result.scores.accuracy > 0.9, result.scores
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.safetensors"
        result.model.save(file)
        again, before = (model.predict(IRIS).values for model in (dr.load(file), result.model))
        np.testing.assert_array_equal(again, before)


def check_threads() -> None:
    """Threads share a predictor and train at the same time, each with the bits of one thread alone."""
    predictor = dr.train(IRIS, target="species", folds=2, seed=0, engine="native").model.predictor()
    measured = IRIS.read_text().partition("\n")[0].split(",")[:4]
    rows = [dict(zip(measured, (5.0, 3.1, x / 10, x / 40), strict=True)) for x in range(12, 64)]
    inputs = np.random.default_rng(1).normal(size=(300, 2))

    def work(seed: int) -> tuple[list[float], list[float]]:
        shares = [predictor.predict(row).probabilities[0].tolist() for row in rows]
        network = dr.Network([dr.Dense(8, "tanh"), dr.Dense(1)])
        run = dr.fit(network, inputs, inputs[:, :1], epochs=20, seed=seed, engine="native")
        return shares, run.history.training_loss

    seeds = range(8)
    expected = [work(seed) for seed in seeds]
    with ThreadPoolExecutor(4) as pool:
        for found, alone in zip(pool.map(work, seeds), expected, strict=True):
            np.testing.assert_equal(found, alone)


def main() -> None:
    assert "site-packages" in dr.__file__, f"import deltarule took {dr.__file__}"
    page = Path(dr.__file__).parent / "playground" / "static" / "index.html"
    assert page.is_file(), "the playground's page is missing"
    check_arrays()
    check_table()
    check_threads()
    version = sys.version.split()[0]
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        assert not sys._is_gil_enabled(), "an import has turned the GIL on"  # type: ignore[attr-defined]
        version += " without the GIL"
    print(f"deltarule works on {sysconfig.get_platform()}, Python {version}")


if __name__ == "__main__":
    main()
