"""Without scikit-learn, Matplotlib and the playground's packages, the package can still be looked at."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import inspect, pydoc, sys
for name in (
    "sklearn", "matplotlib", "msgspec", "starlette", "anywidget", "onnx", "mlflow", "pandas", "ray",
    "optuna",
    "distributed",
):
    sys.modules[name] = None
import deltarule as dr
from deltarule import *
from deltarule import MLPClassifier
assert all(hasattr(dr, name) for name in dir(dr)), "hasattr"
assert {"MLPClassifier", "plots", "fit"} <= dict(inspect.getmembers(dr)).keys()
assert "MLPClassifier" in pydoc.render_doc(dr)
assert not isinstance(3, dr.MLPClassifier)
assert not hasattr(dr, "columns")
trained = dr.fit(dr.Network([dr.Dense(1)]), [[1.0], [2.0]], [1.0, 2.0], epochs=1)
for use in (
    lambda: MLPClassifier(hidden_layer_sizes=(3,)), lambda: dr.MLPRegressor.load("x"),
    lambda: dr.export.to_onnx(trained, "x.onnx"), lambda: dr.mlflow.save_model(trained, "x"),
    lambda: dr.plots.history, lambda: dr.cluster.connect("127.0.0.1:1"), lambda: dr.cluster.RayExecutor(),
    lambda: dr.tune({"x": [1]}, "x", sampler="optuna"),
    lambda: dr.play([[1.0]], [1]), lambda: type("A", (MLPClassifier,), {}),
):
    try:
        use()
    except dr.errors.MissingPackageError as error:
        assert "pip install 'deltarule[" in str(error)
    else:
        raise AssertionError("nothing was raised")
assert trained.kept_epoch == 1
print("done")
"""


def test_the_package_can_be_looked_at_without_extras() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.stdout == "done\n", done.stderr[-2000:]
