"""Estimators with scikit-learn's interface, trained by deltarule's engines."""

from __future__ import annotations

from deltarule.errors import MissingPackageError

try:
    import sklearn  # noqa: F401
except ImportError as error:
    raise MissingPackageError(
        "deltarule's estimators need scikit-learn: install it with "
        "pip install 'deltarule[sklearn]'."
    ) from error

from deltarule.estimators.mlp_classifier import MLPClassifier
from deltarule.estimators.mlp_regressor import MLPRegressor
from deltarule.estimators.table_classifier import TabularClassifier
from deltarule.estimators.table_regressor import TabularRegressor

__all__ = ["MLPClassifier", "MLPRegressor", "TabularClassifier", "TabularRegressor"]
