"""Save, log and load a model in MLflow's format."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any

from deltarule._common.version import __version__
from deltarule.errors import FileError, ModelFileError
from deltarule.formats.system_errors import file_error
from deltarule.mlflow.required_packages import mlflow_package, pandas_package
from deltarule.mlflow.savable_models import SavableModel, loader, savable
from deltarule.mlflow.signatures import about_columns, input_example_of, signature_of

FLAVOR = "deltarule"
LOADER_MODULE = "deltarule.mlflow"
MODEL_FILE = "model.safetensors"


def save_model(
    model: Any,
    path: str | PathLike[str],
    *,
    signature: Any = None,
    input_example: Any = None,
    pip_requirements: Any = None,
    extra_pip_requirements: Any = None,
    conda_env: Any = None,
    code_paths: list[str] | None = None,
    metadata: dict[str, Any] | None = None,
    mlflow_model: Any = None,
) -> None:
    """Save a model as a folder of MLflow.

    The folder has deltarule's model file ``data/model.safetensors``, ``MLmodel`` with the flavors
    "deltarule" and "python_function", an example of the input and the requirements. Nothing in it is a
    pickle.

    Parameters
    ----------
    model : TableModel, TableResult, TrainedNetwork, TrainingResult, Keras model or fitted estimator
        The model, or the result that holds it.
    path : path
        The folder to write, which must not exist or be empty.
    signature : mlflow.models.ModelSignature or False, optional
        Types of inputs, outputs and parameters, by default from the schema of the table (see Notes).
        False: none, so that MLflow passes on whatever it gets.
    input_example : data frame, dict or array of shape (n_rows, n_inputs), optional
        Rows as an example, by default a typical row of the training table. False: none.
    pip_requirements : list of str or str, optional
        What an environment for the model needs, by default MLflow, pandas and deltarule, each in the
        installed version.
    extra_pip_requirements : list of str or str, optional
        What it needs besides that.
    conda_env : dict or str, optional
        An environment of conda instead.
    code_paths : list of str, optional
        Files of Python code that the model needs, such as the module of a Keras layer of your own.
    metadata : dict, optional
        Your own entries for the MLmodel file.
    mlflow_model : mlflow.models.Model, optional
        The model that the flavors are added to; `log_model` sets it.

    Raises
    ------
    SettingError
        If `model` is not a finished model of deltarule.
    FileError
        If the folder is not empty or cannot be written.

    See Also
    --------
    log_model : Save the model in a run on a tracking server.
    load_model : Load the model as it was.

    Notes
    -----
    The signature has a column for each column that the model needs: "string" for texts, "datetime" and
    "boolean" for columns that came with these types, and "any" where MLflow would refuse what the model
    can read: whole numbers (int64) in a column of type "double", numbers with missing cells in one of
    type "long", nothing but missing cells in one of type "string". The model itself checks each value.
    Columns with missing cells in training are optional. What is known of each column is in the metadata
    of the MLmodel file. Networks and the MLP estimators take an array, or their named columns.

    Examples
    --------
    >>> import deltarule as dr
    >>> table = {"x": [*range(20)], "y": ["low"] * 10 + ["high"] * 10}
    >>> model = dr.train(table, "y", folds=1, epochs=5, hidden=(4,)).model
    >>> dr.mlflow.save_model(model, "model")  # doctest: +SKIP
    """
    mlflow, found = mlflow_package(), savable(model)
    chosen = signature_of(found) if signature is None else signature
    example = input_example_of(found) if input_example is None else input_example
    _refuse_full_folder(path)
    described = mlflow.models.Model() if mlflow_model is None else mlflow_model
    described.add_flavor(
        FLAVOR,
        model_class=found.class_name,
        data=f"data/{MODEL_FILE}",
        deltarule_version=__version__,
    )
    if conda_env is None and pip_requirements is None:
        pip_requirements = [*default_requirements(found), *_as_list(extra_pip_requirements)]
        extra_pip_requirements = None
    with TemporaryDirectory(prefix="deltarule-") as folder, _complete_or_not_at_all(Path(path)):
        file = Path(folder) / MODEL_FILE
        found.model.save(str(file))
        mlflow.pyfunc.save_model(
            str(path),
            loader_module=LOADER_MODULE,
            data_path=str(file),
            mlflow_model=described,
            signature=chosen or None,
            input_example=None if example is False else example,
            pip_requirements=pip_requirements,
            extra_pip_requirements=extra_pip_requirements,
            conda_env=conda_env,
            code_paths=code_paths,
            metadata={**about_columns(found), **(metadata or {})},
        )


def log_model(
    model: Any,
    name: str = "model",
    *,
    registered_model_name: str | None = None,
    run_id: str | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    step: int = 0,
    **save_options: Any,
) -> Any:
    """Save a model in the active run on the tracking server, or in a new one.

    Parameters
    ----------
    model : TableModel, TableResult, TrainedNetwork, TrainingResult, Keras model or fitted estimator
        The model, or the result that holds it.
    name : str, default "model"
        Name of the logged model.
    registered_model_name : str, optional
        Name in the model registry under which a new version is registered.
    run_id : str, optional
        The run that the model belongs to, by default the active one.
    params : dict, optional
        Parameters to show with the model, besides those of the run.
    tags : dict, optional
        Tags of the model.
    step : int, default 0
        The step of training at which the model is logged.
    **save_options : Any
        Options of `save_model`, such as `signature` or `pip_requirements`.

    Returns
    -------
    mlflow.models.model.ModelInfo
        What was logged; its `model_uri` is what `load_model` and `mlflow.pyfunc.load_model` take.

    Raises
    ------
    SettingError
        If `model` is not a finished model of deltarule.

    See Also
    --------
    save_model : Save the model in a folder.

    Examples
    --------
    >>> import deltarule as dr
    >>> table = {"x": [*range(20)], "y": ["low"] * 10 + ["high"] * 10}
    >>> model = dr.train(table, "y", folds=1, epochs=5, hidden=(4,)).model
    >>> info = dr.mlflow.log_model(model, name="model")  # doctest: +SKIP
    >>> mlflow.pyfunc.load_model(info.model_uri).predict({"x": [3, 15]})  # doctest: +SKIP
    """
    savable(model)  # raises before a run is opened
    return mlflow_package().models.Model.log(
        artifact_path=None,
        name=name,
        flavor=sys.modules[LOADER_MODULE],
        registered_model_name=registered_model_name,
        run_id=run_id,
        params=params,
        tags=tags,
        step=step,
        model=model,
        **save_options,
    )


def load_model(model_uri: str, dst_path: str | None = None) -> Any:
    """Load a model as it was when it was saved.

    Parameters
    ----------
    model_uri : str
        Where the model is, such as a folder, "models:/m-0123", "models:/name/1" or
        "runs:/0123/model".
    dst_path : str, optional
        The folder to download it to, by default a temporary one.

    Returns
    -------
    TableModel, TrainedNetwork, Keras model or fitted estimator
        The model in the class that it had.

    Raises
    ------
    ModelFileError
        If there is no model of deltarule.

    See Also
    --------
    mlflow.pyfunc.load_model : Load any model with the same method `predict`.

    Examples
    --------
    >>> import deltarule as dr
    >>> model = dr.mlflow.load_model("models:/adult/1")  # doctest: +SKIP
    """
    mlflow = mlflow_package()
    folder = mlflow.artifacts.download_artifacts(artifact_uri=str(model_uri), dst_path=dst_path)
    described = mlflow.models.Model.load(folder).flavors.get(FLAVOR)
    if described is None:
        raise ModelFileError(
            f"{model_uri} is no model of deltarule: load it with mlflow.pyfunc.load_model."
        )
    file = Path(folder) / "data" / MODEL_FILE
    return loader(described.get("model_class"))(str(file))


def default_requirements(found: SavableModel) -> list[str]:
    """Return what an environment needs to predict with a model."""
    extra = "mlflow,sklearn" if found.is_mlp else "mlflow"
    return [
        f"mlflow=={mlflow_package().__version__}",
        f"deltarule[{extra}]=={__version__}",
        f"pandas=={pandas_package().__version__}",
    ]


def _as_list(requirements: Any) -> list[str]:
    if requirements is None:
        return []
    if isinstance(requirements, str):  # the path of a requirements file
        return [f"-r {requirements}"]
    return list(requirements)


@contextmanager
def _complete_or_not_at_all(folder: Path) -> Iterator[None]:
    """Remove what was written if an error occurs."""
    is_new = not folder.exists()
    try:
        yield
    except BaseException as error:
        for entry in [] if is_new or not folder.is_dir() else list(folder.iterdir()):
            rmtree(entry) if entry.is_dir() else entry.unlink()
        if is_new:
            rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise file_error("write", folder, error) from error
        raise


def _refuse_full_folder(path: str | PathLike[str]) -> None:
    found = Path(path)
    if found.is_file() or (found.is_dir() and any(found.iterdir())):
        raise FileError(
            f"{path} exists already: choose another folder for the model, or remove it."
        )
