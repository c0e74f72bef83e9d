"""MLflow: save, log and load models, and record training runs.

A model is a folder of MLflow with deltarule's own model file, a signature from the schema of its table
and an example row; nothing in it is a pickle, and loading runs no code from it. Requires the extra
`deltarule[mlflow]`.
"""

from __future__ import annotations

from deltarule.mlflow.autologging import autolog
from deltarule.mlflow.flavor import load_model, log_model, save_model
from deltarule.mlflow.pyfunc_models import PyfuncModel, load_pyfunc

__all__ = ["PyfuncModel", "autolog", "load_model", "log_model", "save_model"]

_load_pyfunc = load_pyfunc  # the name that MLflow calls
