"""MLflow and pandas, imported when they are first used."""

from __future__ import annotations

from typing import Any

from deltarule.errors import MissingPackageError


def mlflow_package() -> Any:
    """Return the package mlflow, or raise `MissingPackageError`."""
    try:
        import mlflow
        import mlflow.exceptions
        import mlflow.pyfunc
        import mlflow.types.schema
    except ImportError as error:
        raise _missing("MLflow") from error
    return mlflow


def pandas_package() -> Any:
    """Return the package pandas, or raise `MissingPackageError`."""
    try:
        import pandas
    except ImportError as error:
        raise _missing("pandas") from error
    return pandas


def _missing(name: str) -> MissingPackageError:
    return MissingPackageError(f"deltarule.mlflow needs {name}: pip install 'deltarule[mlflow]'.")
