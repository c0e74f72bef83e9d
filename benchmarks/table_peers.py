"""The models of the table benchmarks: each gets the same data frame and preprocesses it in its usual way.

Libraries are imported in `load`, so that import time is not part of `fit`. Each uses `threads` threads;
scikit-learn's models, which have no such setting, follow OMP_NUM_THREADS. Data frames hold numbers,
booleans and text (dtype object, None for missing), as returned by `table_data.load`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray
MAX_ONE_HOT = 50  # one-hot columns per text column for scikit-learn's MLP
MAX_LEVELS = 250  # HistGradientBoosting accepts no more categories; such columns are dropped


class BenchmarkModel(ABC):
    """A library's model with its default settings for one task."""

    def __init__(self, task: str, seed: int, threads: int) -> None:
        self.task, self.seed, self.threads = task, seed, threads
        self.classes: Any = None

    @property
    def is_regression(self) -> bool:
        return self.task == "regression"

    @abstractmethod
    def load(self) -> None:
        """Import what `fit` needs."""

    @abstractmethod
    def fit(self, X: pd.DataFrame, y: pd.Series) -> None:
        """Fit the model and set `classes` to the labels in the order of the probabilities."""

    @abstractmethod
    def predict(self, X: pd.DataFrame) -> Array:
        """Return labels or values (rows,)."""

    @abstractmethod
    def probabilities(self, X: pd.DataFrame) -> Array:
        """Return probabilities (rows, classes)."""


def text_columns(X: pd.DataFrame) -> list[str]:
    """Return the names of the text columns."""
    return [name for name in X if X[name].dtype == object]


class ScikitLearnMLP(BenchmarkModel):
    """Median imputation, standardization and one-hot encoding, then the MLP with early stopping."""

    def load(self) -> None:
        import sklearn.compose
        import sklearn.impute
        import sklearn.neural_network
        import sklearn.pipeline
        import sklearn.preprocessing  # noqa: F401

    def fit(self, X: pd.DataFrame, y: pd.Series) -> None:
        from sklearn.compose import make_column_transformer
        from sklearn.impute import SimpleImputer
        from sklearn.neural_network import MLPClassifier, MLPRegressor
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import OneHotEncoder, StandardScaler

        texts = text_columns(X)
        one_hot = OneHotEncoder(
            handle_unknown="ignore", max_categories=MAX_ONE_HOT, sparse_output=False
        )
        prepare = make_column_transformer(
            (
                make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
                [name for name in X if name not in texts],
            ),
            (one_hot, texts),
        )
        kind = MLPRegressor if self.is_regression else MLPClassifier
        if self.is_regression:
            self.mean, self.scale = y.mean(), y.std()
            y = (y - self.mean) / self.scale
        network = kind(early_stopping=True, random_state=self.seed)
        self.pipeline = make_pipeline(prepare, network).fit(X, y)
        self.classes = getattr(self.pipeline, "classes_", None)

    def predict(self, X: pd.DataFrame) -> Array:
        guess = self.pipeline.predict(X)
        return guess * self.scale + self.mean if self.is_regression else guess

    def probabilities(self, X: pd.DataFrame) -> Array:
        return self.pipeline.predict_proba(X)


class Trees(BenchmarkModel):
    """Base of the gradient boosting models: text columns become pandas categories."""

    def fit(self, X: pd.DataFrame, y: pd.Series) -> None:
        self.levels = {name: X[name].astype("category").cat.categories for name in text_columns(X)}
        self.fit_prepared(self.prepare(X), y)

    def prepare(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the frame with the categories of training and column names every library accepts."""
        X = X.copy()
        for name, levels in self.levels.items():
            X[name] = pd.Categorical(X[name], categories=levels)
        return X.set_axis([f"c{index}" for index in range(X.shape[1])], axis=1)

    @abstractmethod
    def fit_prepared(self, X: pd.DataFrame, y: pd.Series) -> None:
        """Fit on a frame with categories."""

    def predict(self, X: pd.DataFrame) -> Array:
        return self.model.predict(self.prepare(X))

    def probabilities(self, X: pd.DataFrame) -> Array:
        return self.model.predict_proba(self.prepare(X))


class HistogramBoosting(Trees):
    """scikit-learn's HistGradientBoosting without text columns of more than 250 levels."""

    def load(self) -> None:
        import sklearn.ensemble  # noqa: F401

    def prepare(self, X: pd.DataFrame) -> pd.DataFrame:
        left_out = [name for name, levels in self.levels.items() if len(levels) > MAX_LEVELS]
        places = [index for index, name in enumerate(X) if name not in left_out]
        return super().prepare(X).iloc[:, places]

    def fit_prepared(self, X: pd.DataFrame, y: pd.Series) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        kind = (
            HistGradientBoostingRegressor if self.is_regression else HistGradientBoostingClassifier
        )
        self.model = kind(random_state=self.seed, categorical_features="from_dtype").fit(X, y)
        self.classes = getattr(self.model, "classes_", None)


class LightGBM(Trees):
    def load(self) -> None:
        import lightgbm  # noqa: F401

    def fit_prepared(self, X: pd.DataFrame, y: pd.Series) -> None:
        import lightgbm

        kind = lightgbm.LGBMRegressor if self.is_regression else lightgbm.LGBMClassifier
        self.model = kind(random_state=self.seed, verbose=-1, n_jobs=self.threads).fit(X, y)
        self.classes = getattr(self.model, "classes_", None)


class XGBoost(Trees):
    """XGBoost, which requires integer class labels."""

    def load(self) -> None:
        import xgboost  # noqa: F401

    def fit_prepared(self, X: pd.DataFrame, y: pd.Series) -> None:
        import xgboost

        kind = xgboost.XGBRegressor if self.is_regression else xgboost.XGBClassifier
        if not self.is_regression:
            self.classes, y = np.unique(y, return_inverse=True)
        options = {"enable_categorical": True, "n_jobs": self.threads}
        self.model = kind(random_state=self.seed, **options).fit(X, y)

    def predict(self, X: pd.DataFrame) -> Array:
        guess = super().predict(X)
        return guess if self.is_regression else self.classes[guess]


class CatBoost(BenchmarkModel):
    """CatBoost with text columns as categories; missing text is a separate category."""

    def load(self) -> None:
        import catboost  # noqa: F401

    def fit(self, X: pd.DataFrame, y: pd.Series) -> None:
        import catboost

        self.texts = text_columns(X)
        kind = catboost.CatBoostRegressor if self.is_regression else catboost.CatBoostClassifier
        self.model = kind(
            random_seed=self.seed,
            verbose=0,
            cat_features=self.texts,
            thread_count=self.threads,
            allow_writing_files=False,
        ).fit(self.prepare(X), y)
        self.classes = getattr(self.model, "classes_", None)

    def prepare(self, X: pd.DataFrame) -> pd.DataFrame:
        return X.assign(**{name: X[name].fillna("missing") for name in self.texts})

    def predict(self, X: pd.DataFrame) -> Array:
        return np.ravel(self.model.predict(self.prepare(X)))

    def probabilities(self, X: pd.DataFrame) -> Array:
        return self.model.predict_proba(self.prepare(X))


class RealMLP(BenchmarkModel):
    """RealMLP-TD of pytabkit on the CPU; missing numbers are replaced by the median."""

    kind = "RealMLP_TD"

    def load(self) -> None:
        import pytabkit  # noqa: F401

    def fit(self, X: pd.DataFrame, y: pd.Series) -> None:
        import pytabkit

        texts = text_columns(X)
        self.numbers = [name for name in X if name not in texts]
        self.medians = X[self.numbers].median().fillna(0)
        name = f"{self.kind}_{'Regressor' if self.is_regression else 'Classifier'}"
        options = {"device": "cpu", "n_threads": self.threads, "verbosity": 0}
        self.model = getattr(pytabkit, name)(random_state=self.seed, **options)
        self.model.fit(self.prepare(X), y.to_numpy(), cat_col_names=texts)
        self.classes = getattr(self.model, "classes_", None)

    def prepare(self, X: pd.DataFrame) -> pd.DataFrame:
        X = X.copy()
        X[self.numbers] = X[self.numbers].astype("float64").fillna(self.medians)
        return X

    def predict(self, X: pd.DataFrame) -> Array:
        return np.ravel(self.model.predict(self.prepare(X)))

    def probabilities(self, X: pd.DataFrame) -> Array:
        return self.model.predict_proba(self.prepare(X))


class TabM(RealMLP):
    """TabM-D of pytabkit on the CPU."""

    kind = "TabM_D"


class Deltarule(BenchmarkModel):
    """deltarule's table estimators with default settings."""

    def load(self) -> None:
        import deltarule

        _ = deltarule.TabularClassifier, deltarule.TabularRegressor

    def fit(self, X: pd.DataFrame, y: pd.Series) -> None:
        import deltarule

        kind = deltarule.TabularRegressor if self.is_regression else deltarule.TabularClassifier
        self.model = kind(random_state=self.seed, n_jobs=self.threads).fit(X, y)
        self.classes = getattr(self.model, "classes_", None)

    def predict(self, X: pd.DataFrame) -> Array:
        return self.model.predict(X)

    def probabilities(self, X: pd.DataFrame) -> Array:
        return self.model.predict_proba(X)


BENCHMARK_MODELS: dict[str, type[BenchmarkModel]] = {
    "deltarule": Deltarule,
    "sklearn_mlp": ScikitLearnMLP,
    "histgb": HistogramBoosting,
    "lightgbm": LightGBM,
    "xgboost": XGBoost,
    "catboost": CatBoost,
    "realmlp": RealMLP,
    "tabm": TabM,
}
