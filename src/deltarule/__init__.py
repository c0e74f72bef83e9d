"""deltarule: dense neural networks you can see through.

    import deltarule as dr

    result = dr.train("iris.csv", target="species")          # a table in, a model out
    result.model.predict("new_rows.csv")
    result.model.save("model.safetensors")

    network = dr.Network([dr.Dense(16, "relu"), dr.Dense(3, "softmax")])   # one level below
    result = dr.fit(network, X, y, epochs=50)
    result.network.predict(X)

Names are imported when they are first used, so that `import deltarule` costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from deltarule._common import compiled_core as _compiled_core
from deltarule._common import notebook_display as _notebook_display
from deltarule._common import notebook_viewer as _notebook_viewer
from deltarule._common import report_maker as _report_maker
from deltarule._common.version import __version__ as __version__

if TYPE_CHECKING:
    from deltarule.estimators import (
        MLPClassifier,
        MLPRegressor,
        TabularClassifier,
        TabularRegressor,
    )
    from deltarule.insight import compile_formula, trace
    from deltarule.layers import (
        BatchNormalization,
        Dense,
        Dropout,
        Embedding,
        LayerNormalization,
        Scale,
    )
    from deltarule.network import Network
    from deltarule.playground import play
    from deltarule.table_model import (
        GroupedModel,
        GroupedResult,
        TableModel,
        TableResult,
        TableSettings,
        distill,
        load,
        train,
    )
    from deltarule.training import (
        Checkpoint,
        TrainedNetwork,
        TrainingResult,
        fit,
        fit_many,
        fit_sharded,
        load_network,
    )
    from deltarule.tuning import TuningResult, tune

_HOMES = {
    "BatchNormalization": "deltarule.layers",
    "Dense": "deltarule.layers",
    "Dropout": "deltarule.layers",
    "Embedding": "deltarule.layers",
    "LayerNormalization": "deltarule.layers",
    "Scale": "deltarule.layers",
    "Network": "deltarule.network",
    "fit": "deltarule.training",
    "fit_many": "deltarule.training",
    "fit_sharded": "deltarule.training",
    "Checkpoint": "deltarule.training",
    "TrainingResult": "deltarule.training",
    "TrainedNetwork": "deltarule.training",
    "load_network": "deltarule.training",
    "MLPClassifier": "deltarule.estimators",
    "MLPRegressor": "deltarule.estimators",
    "TabularClassifier": "deltarule.estimators",
    "TabularRegressor": "deltarule.estimators",
    "train": "deltarule.table_model",
    "load": "deltarule.table_model",
    "distill": "deltarule.table_model",
    "GroupedModel": "deltarule.table_model",
    "GroupedResult": "deltarule.table_model",
    "TableModel": "deltarule.table_model",
    "TableResult": "deltarule.table_model",
    "TableSettings": "deltarule.table_model",
    "tune": "deltarule.tuning",
    "TuningResult": "deltarule.tuning",
    "play": "deltarule.playground",
    "compile_formula": "deltarule.insight",
    "trace": "deltarule.insight",
}
_MODULES = (
    "activations", "cluster", "course", "data", "embeddings", "engines", "errors", "estimators", "export",
    "history", "initializers", "insight", "keras", "layers", "losses", "mlflow", "network",
    "optimizers", "parameters", "playground", "plots", "preprocessing", "sampling", "schedules",
    "splitting", "stopping", "table_model", "training", "tuning",
)  # fmt: skip

__all__ = [
    "BatchNormalization",
    "Checkpoint",
    "Dense",
    "Dropout",
    "Embedding",
    "GroupedModel",
    "GroupedResult",
    "LayerNormalization",
    "MLPClassifier",
    "MLPRegressor",
    "Network",
    "Scale",
    "TableModel",
    "TableResult",
    "TableSettings",
    "TabularClassifier",
    "TabularRegressor",
    "TrainedNetwork",
    "TrainingResult",
    "TuningResult",
    "compile_formula",
    "distill",
    "fit",
    "fit_many",
    "fit_sharded",
    "load",
    "load_network",
    "play",
    "trace",
    "train",
    "tune",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None and name not in _MODULES:
        from deltarule._common.other_terms import unknown_name

        raise unknown_name("deltarule", name, [*__all__, *_MODULES])
    module, _, attribute = (home or f"deltarule.{name}").partition(":")
    try:
        value: Any = import_module(module)
    except ImportError as error:
        from deltarule._common.missing_extra import stand_in

        return stand_in(name, error)  # not stored: the package may be installed
    if home is not None:
        value = getattr(value, attribute or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})


def _play(X: Any, y: Any, *, estimator: Any, height: int | None) -> Any:
    from deltarule.playground import play

    return play(X, y, estimator=estimator, height=height)


def _report(result: Any, *, card: Mapping[str, str] | None, rows: bool, height: int) -> Any:
    from deltarule.report.notebook_report import make_report

    return make_report(result, card=card, rows=rows, height=height)


def _make_html(shown: object) -> str | None:
    from deltarule.notebook import make_html

    return make_html(shown)


def _module_if_built() -> Any:
    from deltarule.engines.native_module import module_if_built

    return module_if_built()


_compiled_core.register(_module_if_built)
_notebook_viewer.register(_play)
_report_maker.register(_report)
_notebook_display.register(_make_html)
