#!/usr/bin/env python3
"""Compare tuned models on the same rows of real tables, with the same seconds of the same processors.

    python benchmarks/tuning.py --data FOLDER --out tuning.csv --sets german_credit,abalone --seeds 0-2
    python benchmarks/tuning.py --data FOLDER --out tuning.csv --seconds 300
    python benchmarks/tuning.py --data FOLDER --out tuning.csv --models default,tune --trials 32

Models: `default` (one fit of the table estimator), `tune` (the same estimator with tune), and
CatBoost, LightGBM and RealMLP tuned by Optuna (TPE over a validation split with early stopping,
then fitted to all rows; RealMLP keeps a fifth of them to choose its epoch). All tuned models have
the same time limit; with --trials, tune has a number of trials instead, so that its result does not
depend on the machine. Each fit runs in a separate process and is appended to --out; fits that are
already there are skipped. The summary has the loss of each model (log loss, or squared error over
the variance of the test targets), and for each the mean difference from `default` over the seeds
with its standard error. Rows, splits and FOLDER are those of `table_data.py`.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import time
import warnings
from collections import defaultdict
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

MODELS = ("default", "tune", "catboost", "lightgbm", "realmlp")
MAX_ROUNDS, PATIENCE_ROUNDS = 2000, 50
NAN = float("nan")


@dataclass(frozen=True)
class TunedFit:
    """One model on one table with one seed; `problem`: why it failed."""

    table: str
    task: str
    rows: int
    seed: int
    model: str
    seconds: float
    loss: float = NAN
    error: float = NAN  # share of wrong classes, or root mean squared error over the deviation
    took_s: float = NAN
    trials: int = 1
    about: str = ""
    problem: str = ""

    @property
    def key(self) -> tuple[str, int, str]:
        return self.table, self.seed, self.model


def main() -> None:
    """Run the missing fits and print the summary."""
    options = _options()
    if options.one is not None:
        print(json.dumps(asdict(run_one(options))))
        return
    from table_data import entries

    known = {fit.key: fit for fit in read_fits(options.out)}
    names = options.sets or [entry.name for entry in entries(options.data, [])]
    for seed in options.seeds:
        for name in names:
            for model in options.models:
                if (name, seed, model) not in known:
                    fit = in_a_process(options, name, seed, model)
                    known[fit.key] = fit
                    append(options.out, fit)
                    print(
                        f"{name} {seed} {model}: loss {fit.loss:.4f}, {fit.took_s:.0f} s {fit.problem}"
                    )
    print(summary([*known.values()]))


def run_one(options: argparse.Namespace) -> TunedFit:
    """Fit one model in this process."""
    from table_data import entries, load, split

    name, seed, model = options.one.split("|")
    [entry] = entries(options.data, [name])
    X, y = load(entry, options.max_rows)
    parts = split(entry, X, y, int(seed))
    warnings.simplefilter("ignore")
    fit = FITTERS[model]
    began = time.perf_counter()
    try:
        predict, trials, about = fit(entry.task, parts.X, parts.y, int(seed), options)
    except ImportError as error:
        missing = f"{error.name} is not installed"
        return TunedFit(
            name, entry.task, len(X), int(seed), model, options.seconds, problem=missing
        )
    took_s = time.perf_counter() - began
    loss, error = scores(entry.task, predict(parts.X_test), parts.y_test)
    return TunedFit(
        name,
        entry.task,
        len(X),
        int(seed),
        model,
        options.seconds,
        loss,
        error,
        took_s,
        trials,
        about,
    )


def scores(task: str, predicted: Any, truth: Any) -> tuple[float, float]:
    """Return loss and error of predicted numbers, or of (classes, probabilities)."""
    if task == "regression":
        relative = float(np.mean((predicted - truth) ** 2) / np.var(truth))
        return relative, relative**0.5
    classes, shares = predicted
    truths = truth.to_numpy()
    places = np.searchsorted(classes, truths).clip(max=len(classes) - 1)
    known = np.asarray(classes)[places] == truths  # a rare class may have no training row
    of_truth = np.clip(np.where(known, shares[np.arange(len(truths)), places], 0), 1e-15, None)
    return float(-np.log(of_truth).mean()), float(
        (~known | (shares.argmax(axis=1) != places)).mean()
    )


def _estimator(task: str, seed: int, options: argparse.Namespace, **settings: Any) -> Any:
    import deltarule as dr

    kind = dr.TabularRegressor if task == "regression" else dr.TabularClassifier
    return kind(random_state=seed, n_jobs=options.threads, **settings)


def fit_default(task: str, X: Any, y: Any, seed: int, options: argparse.Namespace) -> Any:
    """Fit the table estimator with its default settings."""
    model = _estimator(task, seed, options).fit(X, y)
    return _of_estimator(model, task), 1, ""


def fit_tune(task: str, X: Any, y: Any, seed: int, options: argparse.Namespace) -> Any:
    """Fit the table estimator with tune."""
    limits = {"tune": options.trials} if options.trials else {}
    limits = limits or {"tune": True, "time_limit_s": options.seconds}
    model = _estimator(task, seed, options, **limits).fit(X, y)
    votes = {trial.number: trial.votes for trial in model.trials_ if trial.votes}
    return _of_estimator(model, task), len(model.trials_), json.dumps(votes)


def _of_estimator(model: Any, task: str) -> Any:
    if task == "regression":
        return model.predict
    return lambda X: (model.classes_, model.predict_proba(X))


def _optuna(
    task: str, X: Any, y: Any, seed: int, options: argparse.Namespace, make: Any, stop_early: Any
) -> Any:
    """Tune `make(trial, rounds)` by TPE for most of the time, and fit the best to all rows.

    `stop_early(model, rows, targets, validation)` fits a model and returns its best number of rounds.
    """
    import optuna
    from sklearn.model_selection import train_test_split

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    stratify = None if task == "regression" else y
    X_train, X_valid, y_train, y_valid = train_test_split(
        X, y, test_size=0.2, random_state=seed, stratify=stratify
    )

    def objective(trial: Any) -> float:
        model = make(trial, MAX_ROUNDS)
        rounds = stop_early(model, X_train, y_train, (X_valid, y_valid))
        trial.set_user_attr("rounds", int(rounds))
        return scores(task, _predictions(model, task, X_valid), y_valid)[0]

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(objective, timeout=0.9 * options.seconds, n_trials=options.trials or None)
    rounds = study.best_trial.user_attrs["rounds"]
    model = make(optuna.trial.FixedTrial(study.best_params), rounds)
    model.fit(X, y)
    about = json.dumps({"rounds": rounds, **study.best_params})
    return lambda rows: _predictions(model, task, rows), len(study.trials), about


def _predictions(model: Any, task: str, X: Any) -> Any:
    if task == "regression":
        return model.predict(X)
    return np.asarray(model.classes_).astype(str), model.predict_proba(X)


def fit_catboost(task: str, X: Any, y: Any, seed: int, options: argparse.Namespace) -> Any:
    """Tune CatBoost over the space that its documentation recommends."""
    import catboost

    texts = [name for name in X if X[name].dtype == object]
    filled = X.assign(**{name: X[name].fillna("missing").astype(str) for name in texts})
    kind = catboost.CatBoostRegressor if task == "regression" else catboost.CatBoostClassifier

    def make(trial: Any, rounds: int) -> Any:
        return kind(
            iterations=rounds,
            learning_rate=trial.suggest_float("learning_rate", 0.01, 0.3, log=True),
            depth=trial.suggest_int("depth", 3, 9),
            l2_leaf_reg=trial.suggest_float("l2_leaf_reg", 0.5, 30, log=True),
            bagging_temperature=trial.suggest_float("bagging_temperature", 0, 1),
            random_seed=seed, thread_count=options.threads, cat_features=texts, verbose=False,
            allow_writing_files=False,
        )  # fmt: skip

    def stop_early(model: Any, rows: Any, targets: Any, validation: Any) -> int:
        model.fit(rows, targets, eval_set=validation, early_stopping_rounds=PATIENCE_ROUNDS)
        return model.get_best_iteration() + 1

    predict, trials, about = _optuna(task, filled, y, seed, options, make, stop_early)

    def of_rows(rows: Any) -> Any:
        return predict(
            rows.assign(**{name: rows[name].fillna("missing").astype(str) for name in texts})
        )

    return of_rows, trials, about


def fit_lightgbm(task: str, X: Any, y: Any, seed: int, options: argparse.Namespace) -> Any:
    """Tune LightGBM over the space that Optuna's own LightGBM tuner uses, and the learning rate."""
    import lightgbm

    texts = {n: X[n].astype("category").cat.categories for n in X if X[n].dtype == object}

    def coded(rows: Any) -> Any:
        import pandas as pd

        return rows.assign(**{n: pd.Categorical(rows[n], categories=c) for n, c in texts.items()})

    kind = lightgbm.LGBMRegressor if task == "regression" else lightgbm.LGBMClassifier

    def make(trial: Any, rounds: int) -> Any:
        return kind(
            n_estimators=rounds,
            learning_rate=trial.suggest_float("learning_rate", 0.01, 0.3, log=True),
            num_leaves=trial.suggest_int("num_leaves", 2, 256, log=True),
            min_child_samples=trial.suggest_int("min_child_samples", 5, 100),
            colsample_bytree=trial.suggest_float("colsample_bytree", 0.4, 1.0),
            subsample=trial.suggest_float("subsample", 0.4, 1.0),
            reg_alpha=trial.suggest_float("reg_alpha", 1e-8, 10, log=True),
            reg_lambda=trial.suggest_float("reg_lambda", 1e-8, 10, log=True),
            subsample_freq=1, random_state=seed, n_jobs=options.threads, verbose=-1,
        )  # fmt: skip

    def stop_early(model: Any, rows: Any, targets: Any, validation: Any) -> int:
        stop = lightgbm.early_stopping(PATIENCE_ROUNDS, verbose=False)
        model.fit(rows, targets, eval_set=[validation], callbacks=[stop])
        return model.best_iteration_

    predict, trials, about = _optuna(task, coded(X), y, seed, options, make, stop_early)
    return lambda rows: predict(coded(rows)), trials, about


def fit_realmlp(task: str, X: Any, y: Any, seed: int, options: argparse.Namespace) -> Any:
    """Tune RealMLP over the space that pytabkit samples for it."""
    import pytabkit

    texts = [name for name in X if X[name].dtype == object]
    numbers = [name for name in X if name not in texts]
    medians = X[numbers].median().fillna(0)

    def filled(rows: Any) -> Any:
        return rows.assign(
            **{n: rows[n].astype("float64").fillna(medians[n]) for n in numbers},
            **{n: rows[n].fillna("missing").astype(str) for n in texts},
        )

    kind = getattr(pytabkit, f"RealMLP_TD_{'Regressor' if task == 'regression' else 'Classifier'}")
    metric = {} if task == "regression" else {"val_metric_name": "cross_entropy"}

    def make(trial: Any, rounds: int) -> Any:
        sizes = {"256x3": [256] * 3, "64x5": [64] * 5, "512": [512]}
        return kind(
            lr=trial.suggest_float("lr", 0.02, 0.3, log=True),
            num_emb_type=trial.suggest_categorical("num_emb_type", ["none", "pbld", "pl", "plr"]),
            add_front_scale=trial.suggest_categorical("add_front_scale", [True, False]),
            hidden_sizes=sizes[trial.suggest_categorical("hidden_sizes", [*sizes])],
            act=trial.suggest_categorical("act", ["relu", "selu", "mish"]),
            p_drop=trial.suggest_categorical("p_drop", [0.0, 0.15, 0.3]),
            wd=trial.suggest_categorical("wd", [0.0, 0.02]),
            plr_sigma=trial.suggest_float("plr_sigma", 0.05, 0.5, log=True),
            use_ls=task != "regression" and trial.suggest_categorical("use_ls", [True, False]),
            random_state=seed, device="cpu", n_threads=options.threads, verbosity=0, **metric,
        )  # fmt: skip

    def stop_early(model: Any, rows: Any, targets: Any, validation: Any) -> int:
        model.fit(rows, targets, *validation)
        return 0  # it keeps the epoch that is best on the validation rows

    predict, trials, about = _optuna(task, filled(X), y, seed, options, make, stop_early)
    return lambda rows: predict(filled(rows)), trials, about


FITTERS = {
    "default": fit_default,
    "tune": fit_tune,
    "catboost": fit_catboost,
    "lightgbm": fit_lightgbm,
    "realmlp": fit_realmlp,
}


def summary(fits: list[TunedFit]) -> str:
    """Return the losses by table, and the differences from the default in units of their spread."""
    by_table: dict[str, dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for fit in fits:
        if not fit.problem:
            by_table[fit.table][fit.model][fit.seed] = fit.loss
    lines = ["table: mean loss; difference from default ± standard error over the seeds"]
    for table, models in by_table.items():
        default = models.get("default", {})
        parts = []
        for model, losses in models.items():
            text = f"{model} {np.mean([*losses.values()]):.4f}"
            shared = [losses[seed] - default[seed] for seed in losses if seed in default]
            if model != "default" and shared:
                error = np.std(shared, ddof=1) / len(shared) ** 0.5 if len(shared) > 1 else NAN
                text += f" ({np.mean(shared):+.4f} ± {error:.4f})"
            parts.append(text)
        lines.append(f"{table}: {'; '.join(parts)}")
    return "\n".join(lines)


def in_a_process(options: argparse.Namespace, name: str, seed: int, model: str) -> TunedFit:
    """Run one fit in a process of its own."""
    words = [sys.executable, __file__, *sys.argv[1:], "--one", f"{name}|{seed}|{model}"]
    environment = os.environ | {"OMP_NUM_THREADS": str(options.threads)}
    done = subprocess.run(words, capture_output=True, text=True, env=environment)
    try:
        return TunedFit(**json.loads(done.stdout.splitlines()[-1]))
    except (IndexError, ValueError, TypeError):
        problem = (done.stderr.strip().splitlines() or ["no output"])[-1][:200]
        return TunedFit(name, "", 0, seed, model, options.seconds, problem=problem)


def read_fits(path: Path) -> list[TunedFit]:
    """Return the fits of a file, none if it does not exist."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    numbers = {"rows": int, "seed": int, "trials": int}
    floats = ("seconds", "loss", "error", "took_s")
    return [
        TunedFit(**{
            name: numbers.get(name, float if name in floats else str)(value)
            for name, value in row.items()
        })
        for row in rows
    ]  # fmt: skip


def append(path: Path, fit: TunedFit) -> None:
    """Append a fit to a file."""
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(TunedFit)])
        if is_new:
            writer.writeheader()
        writer.writerow(asdict(fit))


def _seeds(text: str) -> list[int]:
    first, _, last = text.partition("-")
    return [*range(int(first), int(last or first) + 1)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("tuning.csv"))
    parser.add_argument("--sets", type=lambda t: t.split(","), default=[])
    parser.add_argument("--models", type=lambda t: t.split(","), default=[*MODELS])
    parser.add_argument("--seeds", type=_seeds, default=[0])
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--trials", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--max-rows", type=int, default=4000)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
