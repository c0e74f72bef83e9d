"""distill: small models that predict what a trained model predicts, and the scores of both."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

import deltarule as dr
from deltarule.embeddings import Category, PiecewiseLinear, Plain
from deltarule.errors import ColumnError, DataError, SettingError
from deltarule.table_model import student_networks
from deltarule.table_model.prediction_intervals import LEVELS
from deltarule.table_model.student_calibration import added_errors
from deltarule.table_model.student_networks import (
    MAX_QUANTILES,
    mixed_rows,
    student_encoder,
    student_network,
)

QUICK = {"epochs": 20, "hidden": (16,), "folds": 3}
SMALL = {"hidden": (8,)}
GENERATOR = np.random.default_rng(0)
X, Z = GENERATOR.normal(size=(2, 400))
COLOR = GENERATOR.choice(["red", "green", "blue"], 400)
SUM = X + Z * (COLOR == "red") + GENERATOR.normal(size=400) / 4
CLASSES = {"x": X, "z": Z, "color": COLOR, "y": np.where(SUM > 0.5, "yes", "no")}
NUMBERS = {"x": X, "z": Z, "color": COLOR, "y": 100 + 10 * SUM}


@pytest.fixture(autouse=True)
def few_updates(monkeypatch):
    """Keep tests short; the distilled models of the fixtures are trained as usual."""
    monkeypatch.setattr(student_networks, "MIN_UPDATES", 300)


@pytest.fixture(scope="module")
def classifier() -> dr.TableResult:
    return dr.train(CLASSES, "y", threshold=0.4, **QUICK)


@pytest.fixture(scope="module")
def regression() -> dr.TableResult:
    return dr.train(NUMBERS, "y", **QUICK)


@pytest.fixture(scope="module")
def distilled(classifier):
    return dr.distill(classifier.model, CLASSES, **SMALL)


@pytest.fixture(scope="module")
def distilled_regression(regression):
    return dr.distill(regression.model, NUMBERS, **SMALL)


def test_the_test_rows_of_training_are_found_again(classifier, distilled):
    assert distilled.tested_in_training
    assert distilled.notes == ()
    for name in ("rows", "accuracy", "log_loss", "roc_auc"):
        assert getattr(distilled.teacher_scores, name) == getattr(classifier.scores, name)


@pytest.mark.parametrize(
    ("role", "column"), [("groups", COLOR), ("time", np.arange(400)), ("weight", 1 + X**2)]
)
def test_also_those_that_a_column_splits_or_weights(role, column):
    table = NUMBERS | {"role": column}
    model = dr.train(table, "y", **{role: "role"}, epochs=2, hidden=(16,), folds=2).model
    found = dr.distill(model, table, **SMALL)
    assert found.tested_in_training
    assert found.teacher_scores.rmse == pytest.approx(model.about["test_scores"]["rmse"])


def test_other_rows_are_noted(classifier):
    some = {name: column[:200] for name, column in CLASSES.items()}
    found = dr.distill(classifier.model, some, **SMALL)
    assert not found.tested_in_training
    assert "if it was trained on them, both scores are too good" in found.notes[0]


def test_rows_of_ones_own_score_both_models(classifier):
    test = {name: column[:50] for name, column in CLASSES.items()}
    unlabeled = {name: column[50:] for name, column in CLASSES.items() if name != "y"}
    found = dr.distill(classifier.model, unlabeled, test=test, **SMALL)
    assert (found.scores.rows, found.notes) == (50, ())
    assert found.teacher_scores.log_loss == classifier.model.evaluate(test).log_loss
    assert found.scores.log_loss == found.model.evaluate(test).log_loss


def test_students_predict_what_their_teacher_predicts(distilled, distilled_regression):
    rows = {
        "x": GENERATOR.normal(size=500),
        "z": GENERATOR.normal(size=500),
        "color": ["red"] * 500,
    }
    teacher, student = (
        model.predict(rows).probabilities[:, 1] for model in (distilled.teacher, distilled.model)
    )
    assert np.abs(teacher - student).mean() < 0.03
    teacher, student = (
        model.predict(rows).values
        for model in (distilled_regression.teacher, distilled_regression.model)
    )
    assert np.corrcoef(teacher, student)[0, 1] > 0.995


def test_the_small_model_is_one_like_any_other(distilled, tmp_path):
    model = distilled.model
    assert (len(model.networks), model.calibration.temperature) == (1, 1)
    assert model.calibration.threshold == 0.4
    assert distilled.parameters < distilled.teacher_parameters / 3
    model.save(tmp_path / "small.safetensors")
    loaded = dr.load(tmp_path / "small.safetensors")
    assert loaded.about["distilled"]["networks"] == 3
    assert loaded.about["test_scores"]["log_loss"] == distilled.scores.log_loss
    np.testing.assert_array_equal(
        loaded.predict(CLASSES).probabilities, model.predict(CLASSES).probabilities
    )
    again = dr.distill(loaded, CLASSES, hidden=4)
    assert again.tested_in_training


def test_the_result_depends_on_the_seed_alone(classifier):
    def parameters(found):
        return [each.parameters.flat().tobytes() for each in found.model.networks]

    for settings in ({"networks": 1}, {"networks": 2, "seed": 3}):
        one, two = (
            dr.distill(classifier.model, CLASSES, threads=threads, **settings, **SMALL)
            for threads in (1, 2)
        )
        assert parameters(one) == parameters(two)
        assert len(set(parameters(one))) == settings["networks"]


def test_intervals_are_wider_than_those_of_the_teacher(distilled_regression):
    teacher, student = (
        model.calibration for model in (distilled_regression.teacher, distilled_regression.model)
    )
    assert student.target_range == teacher.target_range

    def width(errors):
        return errors[:, 95] - errors[:, 5]

    assert (width(student.error_quantiles.errors) > width(teacher.error_quantiles.errors)).all()
    assert (width(student.unseen_errors.errors) > width(teacher.unseen_errors.errors)).all()
    found = distilled_regression.model.predict(NUMBERS, quantiles=[0.05, 0.95]).quantiles
    inside = (found[:, 0] <= NUMBERS["y"]) & (NUMBERS["y"] <= found[:, 1])
    assert inside.mean() > 0.9


def test_quantiles_of_sums_of_normal_errors():
    one, other, both = (
        np.array([[NormalDist(*parts).inv_cdf(level) for level in LEVELS]])
        for parts in ((1, 3), (-2, 4), (-1, 5))
    )
    np.testing.assert_allclose(added_errors(one, other), both, rtol=1e-12)
    np.testing.assert_array_equal(added_errors(one, np.zeros_like(one)), one)
    assert np.isfinite(added_errors(np.full_like(one, 1e308), np.full_like(one, 1e308))).all()


def test_mixed_rows_take_whole_columns_from_one_partner():
    inputs = np.repeat(np.arange(50.0, dtype=np.float32)[:, None], 5, axis=1)
    sources, partners = np.arange(1000) % 50, np.arange(10, 20)
    mixed = mixed_rows(inputs, sources, partners, [(0, 2), (2, 3), (3, 5)], seed=1)
    assert (mixed[:, 0] == mixed[:, 1]).all()
    assert (mixed[:, 3] == mixed[:, 4]).all()
    is_other = mixed != sources[:, None]
    assert np.isin(mixed[is_other], partners).all()
    assert 0.05 < is_other.mean() < 0.15
    assert max(len(np.unique(row[other])) for row, other in zip(mixed, is_other, strict=True)) == 1


def test_quantiles_of_numbers_take_little_memory():
    x = np.exp(GENERATOR.normal(size=4000))
    model = dr.train({"x": x, "y": np.log(x)}, "y", epochs=2, hidden=(16,), folds=2).model
    (known,), (few,) = (
        encoder.column_encoders for encoder in (model.encoder, student_encoder(model.encoder))
    )
    assert len(known.edges) > MAX_QUANTILES == len(few.edges)
    expected = np.quantile(known.edges, np.linspace(0, 1, MAX_QUANTILES))
    np.testing.assert_allclose(few.edges, expected)
    assert few.features == known.features
    small = dr.distill(model, {"x": x, "y": np.log(x)}, **SMALL).model
    assert small.encoder == student_encoder(model.encoder)
    assert small.encoder.column_encoders[0].missing == known.missing


def test_what_cannot_be_distilled_is_refused(classifier):
    model = classifier.model
    with pytest.raises(SettingError, match="`hidden` must make a smaller model"):
        dr.distill(model, CLASSES, hidden=(200, 200))
    with pytest.raises(SettingError, match="`hidden` must be"):
        dr.distill(model, CLASSES, hidden="wide")
    with pytest.raises(SettingError, match="hidden"):
        dr.distill(model, CLASSES, hidden=(0,))
    with pytest.raises(SettingError, match="networks"):
        dr.distill(model, CLASSES, networks=0)
    with pytest.raises(SettingError, match="must be a TableModel"):
        dr.distill(classifier, CLASSES)
    with pytest.raises(SettingError, match="`units` is not a setting of distill"):
        dr.distill(model, CLASSES, units=3)
    with pytest.raises(DataError, match="has 4 rows to learn from, and at least 10"):
        dr.distill(model, {name: column[:4] for name, column in CLASSES.items()})
    with pytest.raises(ColumnError, match="no column 'y', the target of the model"):
        dr.distill(model, {name: column for name, column in CLASSES.items() if name != "y"})


def test_small_networks_keep_the_embeddings_that_are_worth_their_size(distilled):
    embedding = distilled.model.network.network.blocks[0].embedding
    kinds = {type(column) for column in embedding.columns}
    assert kinds == {PiecewiseLinear, Plain}  # three colors are indicators
    assert embedding.inputs == distilled.teacher.network.network.inputs
    levels = np.char.add("level ", GENERATOR.integers(30, size=400).astype(str))
    model = dr.train({"level": levels, "x": X, "y": SUM}, "y", **QUICK).model
    small = student_network(model, (4,), 400).blocks[0].embedding
    assert [c.width for c in small.columns if isinstance(c, Category)] == [4]
