"""Samplers: Optuna's within the ranges of the space, with results that do not depend on threads."""

from __future__ import annotations

import builtins
import dataclasses

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import MissingPackageError, SettingError
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.table_preparation import prepare
from deltarule.tuning import Configuration
from deltarule.tuning.samplers import OPTUNA_BATCH, RandomSampler, make_sampler
from deltarule.tuning.search_space import NUMBER_EMBEDDINGS, WIDTHS, SearchSpace

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(160, 2))
TABLE = {"a": X[:, 0], "b": X[:, 1], "y": np.where(X.prod(axis=1) > 0, "yes", "no")}
SHORT = {"folds": 2, "epochs": 8, "hidden": (8,)}


def space(**fields) -> SearchSpace:
    settings = TableSettings(**fields)
    table = dr.data.read_table(TABLE)
    found = prepare(table, "y", settings, RunOptions(), started=0.0).design
    roles = [feature.role for feature in found.encoder.features]
    return SearchSpace.of_table(found.recipe, settings, found.target.task, roles, rows=100)


def without_optuna(monkeypatch):
    original = builtins.__import__

    def absent(name, *rest):
        if name == "optuna":
            raise ImportError(name)
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", absent)


def test_random_is_the_space_itself():
    of = space()
    sampler = make_sampler("random", of, 5)
    assert isinstance(sampler, RandomSampler)
    assert sampler.batch is None
    assert [sampler.ask(n) for n in range(9)] == [of.draw(5, n) for n in range(9)]


def test_without_optuna_a_sentence_says_how_to_install_it(monkeypatch):
    without_optuna(monkeypatch)
    with pytest.raises(MissingPackageError, match=r"pip install 'deltarule\[optuna\]'"):
        dr.tune(TABLE, "y", sampler="optuna", trials=3, **SHORT)


def test_an_unknown_sampler_is_refused():
    with pytest.raises(SettingError, match="sampler"):
        dr.tune(TABLE, "y", sampler="grid", trials=3, **SHORT)


class TestOptuna:
    """What needs Optuna."""

    @pytest.fixture(autouse=True)
    def _optuna(self):
        pytest.importorskip("optuna", reason="optuna is not installed: pip install optuna")

    def test_suggestions_are_within_the_ranges(self):
        of = space()
        sampler = make_sampler("optuna", of, 0)
        base = of.base.optimizer.learning_rate.learning_rate
        assert sampler.ask(0) == sampler.ask(1) == Configuration()
        for number in range(2, 40):
            drawn = sampler.ask(number)
            sampler.tell(number, float(number % 7))
            assert set(drawn.hidden) <= {*WIDTHS}
            assert 1 <= len(drawn.hidden) <= 4
            assert base / 4 * 0.99 <= drawn.learning_rate <= base * 4 * 1.01
            assert drawn.weight_decay == 0 or 0.002 <= drawn.weight_decay <= 0.2
            assert drawn.dropout == 0 or 0.05 <= drawn.dropout <= 0.4
            assert drawn.label_smoothing == 0 or 0.01 <= drawn.label_smoothing <= 0.1
            assert drawn.numbers in NUMBER_EMBEDDINGS
            assert drawn.recipe(of.base).epochs == of.base.epochs

    def test_it_learns_from_losses(self):
        """A loss that grows with dropout: later suggestions have less of it."""
        sampler = make_sampler("optuna", space(), 3)
        dropouts = []
        for number in range(2, 82):
            dropouts.append(sampler.ask(number).dropout)
            sampler.tell(number, dropouts[-1])
        assert np.mean(dropouts[-20:]) < 0.5 * np.mean(dropouts[:20])

    def test_what_was_given_is_not_suggested(self):
        drawn = make_sampler("optuna", space(dropout=0.1, hidden=(4,)), 0).ask(2)
        assert drawn.dropout is None
        assert drawn.hidden is None

    def test_a_trial_that_diverged_is_told(self):
        sampler = make_sampler("optuna", space(), 0)
        sampler.ask(2)
        sampler.tell(2, float("inf"))
        assert sampler.ask(3) != Configuration()

    def test_threads_and_a_kill_change_no_bit(self, tmp_path):
        settings = {"sampler": "optuna", "trials": 4 + 2 * OPTUNA_BATCH, **SHORT}
        first = dr.tune(TABLE, "y", threads=1, **settings)
        seen = []

        def kill(event):
            seen.append(event)
            if len(seen) == 2 + OPTUNA_BATCH + 3:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            dr.tune(TABLE, "y", threads=3, folder=tmp_path, progress=kill, **settings)
        again = dr.tune(TABLE, "y", threads=3, folder=tmp_path, resume=True, **settings)
        assert [dataclasses.replace(t, seconds=0) for t in again.trials] == [
            dataclasses.replace(t, seconds=0) for t in first.trials
        ]
        assert first.model.about["tuning"]["sampler"] == "optuna"
        assert len(first.trials) == 4 + 2 * OPTUNA_BATCH

    def test_the_journal_of_another_sampler_is_refused(self, tmp_path):
        dr.tune(TABLE, "y", trials=3, folder=tmp_path, **SHORT)
        with pytest.raises(SettingError, match="the journal of a search on another table"):
            dr.tune(TABLE, "y", trials=3, sampler="optuna", folder=tmp_path, resume=True, **SHORT)
