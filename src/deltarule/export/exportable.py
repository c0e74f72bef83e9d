"""What can be exported: models of tables, and networks that take an array of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.activations import Softmax
from deltarule.errors import SettingError, shortened
from deltarule.export.network_steps import Standardize
from deltarule.preprocessing.word_features import WordsEncoder
from deltarule.table_model import GroupedModel, TableModel
from deltarule.training import TrainedNetwork

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class ArrayModel:
    """A network that takes rows of numbers.

    `classes` (n_classes,) are the labels of a classifier. With one output of two classes it is the
    probability of the second; outputs that are not normalized over the row are several labels at once.
    `is_regressor`: whether the outputs are predicted numbers. `before` standardizes its inputs.
    """

    trained: TrainedNetwork
    classes: Array | None = None
    is_regressor: bool = False
    before: tuple[Standardize, ...] = ()

    def outputs(self, x: Array) -> Array:
        """Return the outputs (rows, outputs) of the network for rows of numbers."""
        for step in self.before:
            x = step.apply(x)
        return self.trained.predict(x)

    @property
    def is_multilabel(self) -> bool:
        """Whether each output is the probability of a label of its own."""
        last = self.trained.network.blocks[-1].dense.activation
        outputs = self.trained.network.outputs
        return self.classes is not None and outputs > 1 and not isinstance(last, Softmax)


def exportable(model: Any) -> TableModel | ArrayModel:
    """Return what a model, a training result or a fitted estimator computes.

    Raises `SettingError` for anything else.
    """
    for found in (model, getattr(model, "model", None), getattr(model, "model_", None)):
        if isinstance(found, TableModel):
            return found
        if isinstance(found, GroupedModel):
            first = shortened(next(iter(found.groups), ""))
            raise SettingError(
                "group",
                f"must name one of the {len(found.groups):,} groups, which have models of their own",
                hint=f"Export model.group({first}), for example, or model.all_rows.",
            )
    if hasattr(model, "trained_network"):  # of scikit-learn's interface
        trained = model.trained_network()
        classes = getattr(model, "classes_", None)
        labels = None if classes is None else np.asarray(classes)
        return ArrayModel(trained, labels, is_regressor=classes is None)
    if hasattr(model, "to_trained_network"):  # of Keras's interface
        trained, standardizations = model._parts_for_export()
        before = tuple(Standardize(mean, scale) for mean, scale in standardizations)
        return ArrayModel(trained, before=before)
    for found in (model, getattr(model, "network", None)):
        if isinstance(found, TrainedNetwork):
            return ArrayModel(found)
    raise SettingError(
        "model",
        f"must be a TableModel, a TrainedNetwork or a fitted estimator, got {type(model).__name__}",
        hint="Export result.model of dr.train, or result.network of dr.fit.",
    )


def refuse_words(model: TableModel | ArrayModel, target: str) -> None:
    """Raise `SettingError` for a model that reads the words of a text, which `target` cannot."""
    if not isinstance(model, TableModel):
        return
    names = [own.column for own in model.encoder.used if isinstance(own, WordsEncoder)]
    if names:
        raise SettingError(
            "model",
            f"reads the words of {', '.join(map(repr, names[:3]))}, which {target} cannot",
            hint="Train it without this text, or predict with deltarule, for example by deltarule serve.",
        )
