"""Models with the method `predict` that MLflow's tools call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from deltarule._common import checks
from deltarule._common.notebook_display import NotebookDisplay
from deltarule._common.user_warnings import warn_user
from deltarule.errors import DataWarning, DeltaruleError, SettingError
from deltarule.mlflow.required_packages import mlflow_package, pandas_package
from deltarule.mlflow.savable_models import SavableModel, loader, savable
from deltarule.table_model import Prediction, TableModel

OUTPUTS = ("labels", "probabilities", "all")


class PyfuncModel(NotebookDisplay):
    """A model with the method `predict` that MLflow's tools call.

    Parameters
    ----------
    model : TableModel, TrainedNetwork, Keras model or fitted estimator
        The model.

    See Also
    --------
    load_model : Loads the model itself.

    Examples
    --------
    >>> import deltarule as dr
    >>> table = {"x": [*range(20)], "y": ["low"] * 10 + ["high"] * 10}
    >>> model = dr.train(table, "y", folds=1, epochs=5, hidden=(4,)).model
    >>> served = dr.mlflow.PyfuncModel(model)
    >>> served.predict({"x": [3, 15]}, {"output": "probabilities"}).columns.tolist()
    ['high', 'low']
    """

    def __init__(self, model: Any) -> None:
        self._found: SavableModel = savable(model)

    def _sentence(self) -> str:
        return f"{type(self._found.model).__name__} for MLflow"

    def get_raw_model(self) -> Any:
        """Return the model itself.

        Returns
        -------
        TableModel, TrainedNetwork, Keras model or fitted estimator
            The model.
        """
        return self._found.model

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """Predict for rows.

        Parameters
        ----------
        model_input : data frame, dict, list of dicts or array of shape (n_rows, n_inputs)
            The rows. Optional columns of the signature may be absent: they are missing then.
        params : dict, optional
            For a classifier ``{"output": "labels"}``, which is the default, "probabilities" or "all". For
            a regression of a table ``{"quantiles": [0.05, 0.95]}``.

        Returns
        -------
        ndarray or DataFrame
            Labels or numbers of shape (n_rows,); the outputs of a network of shape (n_rows, n_outputs); a
            data frame with a column for each class or quantile if probabilities or quantiles are
            requested.

        Raises
        ------
        mlflow.exceptions.MlflowException
            If a parameter is not allowed or the rows do not fit the model, with deltarule's sentence;
            MLflow's server answers it with status 400.

        Warns
        -----
        DataWarning
            If rows are unusual: values that training did not have.
        """
        given = {name: value for name, value in (params or {}).items() if _is_given(value)}
        try:
            return self._predict(model_input, given)
        except DeltaruleError as error:
            make = mlflow_package().exceptions.MlflowException.invalid_parameter_value
            raise make(str(error)) from error

    def _predict(self, model_input: Any, given: dict[str, Any]) -> Any:
        table_model = self._found.table_model
        if table_model is not None:
            return self._predict_table(table_model, model_input, given)
        if hasattr(self._found.model, "predict_proba"):
            return self._predict_classes(model_input, _output(given))
        if self._found.is_mlp or not hasattr(self._found.model, "compile"):
            return self._found.model.predict(_as_array(self._found, model_input))
        return self._found.model.predict(_as_array(self._found, model_input), verbose=0)

    def _predict_table(self, model: TableModel, rows: Any, params: dict[str, Any]) -> Any:
        output = _output(params) if model.target.classes else "labels"
        quantiles = np.atleast_1d(params.get("quantiles", ())).tolist()
        predicted = model.predict(_with_all_columns(model, rows), quantiles=quantiles)
        if predicted.notes:
            warn_user(" ".join(predicted.notes), DataWarning)
        labels = self._labels(predicted)
        if output == "probabilities":
            return pandas_package().DataFrame(
                predicted.probabilities, columns=list(predicted.classes)
            )
        if output == "labels" and predicted.quantiles is None:
            return labels
        return pandas_package().DataFrame({**predicted.columns(), predicted.target: labels})

    def _labels(self, predicted: Prediction) -> Any:
        """Return the predicted values; those of an estimator in the type that y had."""
        classes = getattr(self._found.model, "classes_", None)
        if classes is None:
            return predicted.values
        return np.asarray(classes)[predicted.class_numbers]

    def _predict_classes(self, rows: Any, output: str) -> Any:
        model, inputs = self._found.model, _as_array(self._found, rows)
        if output == "labels":
            return model.predict(inputs)
        names = [str(label) for label in model.classes_]
        frame = pandas_package().DataFrame(np.asarray(model.predict_proba(inputs)), columns=names)
        if output == "all":
            frame.insert(0, "prediction", list(model.predict(inputs)))
        return frame


def load_pyfunc(path: str) -> PyfuncModel:
    """Return the model of a file inside a folder of MLflow."""
    from deltarule.mlflow.flavor import FLAVOR

    described = (
        mlflow_package().models.Model.load(str(Path(path).parent.parent)).flavors.get(FLAVOR, {})
    )
    return PyfuncModel(loader(described.get("model_class"))(path))


def _output(params: dict[str, Any]) -> str:
    output = params.get("output", OUTPUTS[0])
    if output not in OUTPUTS:
        raise SettingError(
            "output",
            f"must be one of: {', '.join(OUTPUTS)}",
            output,
            checks.did_you_mean(str(output), OUTPUTS),
        )
    return str(output)


def _is_given(value: Any) -> bool:
    return value is not None and np.size(value) > 0


def _with_all_columns(model: TableModel, rows: Any) -> Any:
    """Return the rows with the columns that are absent because they are optional."""
    if not isinstance(rows, pandas_package().DataFrame):
        return rows
    absent = [name for name in model.encoder.columns if name not in rows.columns]
    if not absent or len(absent) == len(model.encoder.columns):
        return rows
    return rows.assign(**dict.fromkeys(absent))


def _as_array(found: SavableModel, rows: Any) -> Any:
    """Return rows as the model takes them: data frames for estimators that know names."""
    if hasattr(found.model, "feature_names_in_"):
        return pandas_package().DataFrame(rows) if isinstance(rows, dict | list) else rows
    if isinstance(rows, pandas_package().DataFrame):
        return rows.to_numpy()
    return np.asarray(rows)
