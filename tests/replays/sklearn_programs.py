"""Programs in the way of scikit-learn's documentation and its users, with its MLP; the words are ours."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from replays.replay import Outcome, replay
from replays.replay_data import binary, housing, images, iris
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.model_selection import GridSearchCV, cross_val_score, learning_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler

GUIDE = "scikit-learn, user guide on neural networks"


@replay(f"{GUIDE}: two rows, L-BFGS", "sklearn", least=1.0, margin=0)
def two_rows(mlp: Any) -> Outcome:
    X, y = [[0.0, 0.0], [1.0, 1.0]], [0, 1]
    model = mlp.MLPClassifier(solver="lbfgs", alpha=1e-5, hidden_layer_sizes=(5, 2), random_state=1)
    model.fit(X, y)
    return Outcome(
        model.score(X, y),
        {
            "shapes": [coefficients.shape for coefficients in model.coefs_],
            "classes": model.classes_.tolist(),
            "probabilities": model.predict_proba([[2.0, 2.0], [1.0, 2.0]]).shape,
            "output": model.out_activation_, "layers": model.n_layers_,
        },
    )  # fmt: skip


@replay(f"{GUIDE}: several labels for a row", "sklearn", least=1.0, margin=0)
def two_labels(mlp: Any) -> Outcome:
    X, y = [[0.0, 0.0], [1.0, 1.0]], [[0, 1], [1, 1]]
    model = mlp.MLPClassifier(solver="lbfgs", alpha=1e-5, hidden_layer_sizes=(15,), random_state=1)
    model.fit(X, y)
    return Outcome(
        float((model.predict(X) == y).mean()),
        {"predicted": model.predict([[1.0, 2.0]]).tolist(), "output": model.out_activation_},
    )


@replay(
    "scikit-learn, example: weights of an image classifier after few epochs", "sklearn", least=0.9
)
def weights_of_images(mlp: Any) -> Outcome:
    X, y = images()
    X = X.reshape(-1, 64) / 255.0
    model = mlp.MLPClassifier(
        hidden_layer_sizes=(40,), max_iter=8, alpha=1e-4, solver="sgd", verbose=False,
        random_state=1, learning_rate_init=0.2,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=ConvergenceWarning)
        model.fit(X[:300], y[:300])
    return Outcome(
        model.score(X[300:], y[300:]),
        {
            "curve": len(model.loss_curve_),
            "first": model.coefs_[0].shape,
            "iterations": model.n_iter_,
        },
    )


@replay("scikit-learn, example: learning strategies side by side", "sklearn", least=0.9)
def strategies(mlp: Any) -> Outcome:
    X, y = iris()
    X = (X - X.min(0)) / (X.max(0) - X.min(0))
    found = []
    for settings in (
        {"solver": "sgd", "learning_rate": "constant", "momentum": 0, "learning_rate_init": 0.2},
        {"solver": "sgd", "learning_rate": "constant", "momentum": 0.9, "nesterovs_momentum": True},
        {
            "solver": "sgd",
            "learning_rate": "invscaling",
            "momentum": 0.9,
            "learning_rate_init": 0.2,
        },
        {"solver": "sgd", "learning_rate": "adaptive", "momentum": 0.9, "learning_rate_init": 0.2},
        {"solver": "adam", "learning_rate_init": 0.01},
    ):
        model = mlp.MLPClassifier(verbose=0, random_state=0, max_iter=120, **settings)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=ConvergenceWarning)
            found.append(model.fit(X, y).score(X, y))
    return Outcome(max(found), {"strategies": len(found)})


@replay("scikit-learn, example: alpha in a pipeline", "sklearn", least=0.8)
def varying_alpha(mlp: Any) -> Outcome:
    X, y = binary()
    scores = []
    for alpha in np.logspace(-1, 1, 3):
        model = make_pipeline(
            StandardScaler(),
            mlp.MLPClassifier(
                solver="lbfgs", alpha=alpha, random_state=1, max_iter=300, early_stopping=True,
                hidden_layer_sizes=[10, 10],
            ),
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=ConvergenceWarning)
            model.fit(X[:300], y[:300])
        scores.append(model.score(X[300:], y[300:]))
    return Outcome(max(scores), {"steps": list(model.named_steps)})


@replay("scikit-learn, example: search a grid of a pipeline", "sklearn", least=0.65)
def grid_search(mlp: Any) -> Outcome:
    X, y = binary()
    pipeline = make_pipeline(StandardScaler(), mlp.MLPClassifier(max_iter=30, random_state=0))
    grid = {
        "mlpclassifier__hidden_layer_sizes": [(5,), (20,)],
        "mlpclassifier__activation": ["tanh", "relu"],
    }
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=ConvergenceWarning)
        search = GridSearchCV(pipeline, grid, cv=3).fit(X[:300], y[:300])
    return Outcome(
        search.score(X[300:], y[300:]),
        {"tried": len(search.cv_results_["params"]), "best": sorted(search.best_params_)},
    )


@replay("scikit-learn, example: dependence of a price on one column", "sklearn", least=0.7)
def dependence(mlp: Any) -> Outcome:
    X, y = housing()
    model = make_pipeline(
        StandardScaler(),
        mlp.MLPRegressor(
            hidden_layer_sizes=(30, 15), learning_rate_init=0.01, early_stopping=True,
            random_state=0, max_iter=300,
        ),
    )  # fmt: skip
    model.fit(X[:300], y[:300])
    curve = partial_dependence(model, X[:100], features=[0], grid_resolution=10)["average"][0]
    importance = permutation_importance(model, X[300:], y[300:], n_repeats=3, random_state=0)
    return Outcome(
        model.score(X[300:], y[300:]),
        {"rises": bool(curve[-1] > curve[0]), "most": int(importance.importances_mean.argmax())},
    )


@replay("scikit-learn, example: a learning curve", "sklearn", least=0.8)
def curve_of_rows(mlp: Any) -> Outcome:
    X, y = iris()
    model = mlp.MLPClassifier((10,), solver="lbfgs", max_iter=150, random_state=0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=ConvergenceWarning)
        sizes, _, tested = learning_curve(model, X, y, train_sizes=[0.3, 0.6, 1.0], cv=3)
    return Outcome(float(tested[-1].mean()), {"sizes": sizes.tolist()})


@replay("scikit-learn, glossary: rows in pieces", "sklearn", least=0.85)
def rows_in_pieces(mlp: Any) -> Outcome:
    X, y = images()
    X = X.reshape(-1, 64) / 255.0
    model = mlp.MLPClassifier((30,), learning_rate_init=0.01, random_state=0)
    for _ in range(12):
        for start in range(0, 300, 100):
            model.partial_fit(X[start : start + 100], y[start : start + 100], classes=[0, 1, 2, 3])
    return Outcome(model.score(X[300:], y[300:]), {"iterations": model.n_iter_, "rows": model.t_})


@replay("Question: one epoch at a time with warm_start", "sklearn", least=0.85)
def warm_start(mlp: Any) -> Outcome:
    X, y = images()
    X = X.reshape(-1, 64) / 255.0
    model = mlp.MLPClassifier(
        (30,), max_iter=1, warm_start=True, learning_rate_init=0.01, random_state=0
    )
    curve = []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=ConvergenceWarning)
        for _ in range(25):
            model.fit(X[:300], y[:300])
            curve.append(model.loss_)
    return Outcome(model.score(X[300:], y[300:]), {"falls": curve[-1] < curve[0] / 2})


@replay("Question: text labels and a validation score", "sklearn", least=0.85)
def text_labels(mlp: Any) -> Outcome:
    X, y = iris()
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    model = mlp.MLPClassifier(
        (20,), early_stopping=True, validation_fraction=0.2, n_iter_no_change=20,
        learning_rate_init=0.02, max_iter=300, random_state=1,
    )  # fmt: skip
    model.fit(X[:110], names[:110])
    encoded = LabelEncoder().fit(names).transform(model.predict(X[110:]))
    return Outcome(
        float((encoded == y[110:]).mean()),
        {
            "dtype": str(model.classes_.dtype), "classes": model.classes_.tolist(),
            "scores": len(model.validation_scores_) == model.n_iter_,
            "best": model.best_validation_score_ == max(model.validation_scores_),
        },
    )  # fmt: skip


@replay("Question: the curve as XOR needs hidden units", "sklearn", least=1.0, margin=0)
def exclusive_or(mlp: Any) -> Outcome:
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    y = [0, 1, 1, 0]
    found = [
        mlp.MLPClassifier((4,), activation="tanh", solver="lbfgs", random_state=seed, max_iter=500)
        .fit(X, y)
        .score(X, y)
        for seed in range(6)
    ]
    return Outcome(max(found))


@replay("Question: cross-validated scores of a regression", "sklearn", least=0.7)
def cross_validated(mlp: Any) -> Outcome:
    X, y = housing()
    model = make_pipeline(
        StandardScaler(),
        mlp.MLPRegressor(
            hidden_layer_sizes=(20,), solver="lbfgs", alpha=0.01, max_iter=200, random_state=0
        ),
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=ConvergenceWarning)
        scores = cross_val_score(clone(model), X, y, cv=4, scoring="r2")
    return Outcome(float(scores.mean()), {"folds": scores.shape})


@replay("Question: two targets, and their dtype", "sklearn", least=0.8)
def two_targets(mlp: Any) -> Outcome:
    X, y = housing()
    X = ((X - X.mean(0)) / X.std(0)).astype(np.float32)
    Y = np.stack([y, X[:, 0] - X[:, 1]], axis=1).astype(np.float32)
    model = mlp.MLPRegressor(
        hidden_layer_sizes=(40,), learning_rate_init=0.01, max_iter=150, random_state=0
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=ConvergenceWarning)
        model.fit(X[:300], Y[:300])
    predicted = model.predict(X[300:])
    return Outcome(
        model.score(X[300:], Y[300:]), {"shape": predicted.shape, "dtype": str(predicted.dtype)}
    )
