"""Tables with a column of free text: learned, predicted alike in every way, explained, not exported."""

from __future__ import annotations

import re

import numpy as np
import pytest

import deltarule as dr
from deltarule import export
from deltarule.errors import SettingError
from deltarule.table_model.partial_dependence import partial_dependence

GOOD, BAD = ["great", "lovely", "tasty"], ["awful", "stale", "bitter"]
OTHER = ["coffee", "parcel", "ordered", "online", "arrived", "monday", "kitchen", "store"]


def reviews(rows: int, seed: int) -> dict[str, list]:
    rng = np.random.default_rng(seed)
    good = rng.random(rows) < 0.5
    texts = [
        " ".join([*rng.choice(OTHER, 4), rng.choice(GOOD if is_good else BAD), f"no{i}"])
        for i, is_good in enumerate(good)
    ]
    cups = rng.integers(1, 9, rows).tolist()
    return {"review": texts, "cups": cups, "liked": np.where(good, "yes", "no").tolist()}


@pytest.fixture(scope="module")
def run() -> dr.TableResult:
    return dr.train(reviews(500, 0), "liked", folds=3, epochs=20)


def test_the_text_decides(run):
    rows = reviews(200, 1)
    assert run.scores.baseline_accuracy < 0.6
    assert np.mean(run.model.predict(rows).values == np.array(rows["liked"])) > 0.98
    assert any("'review' is free text" in note for note in run.notes)


def test_one_row_and_many_have_the_same_bits(run):
    rows = reviews(250, 2)
    many = run.model.predict(rows).probabilities
    for i in (0, 17, 249):
        one = {name: cells[i] for name, cells in rows.items()}
        assert run.model.predict(one).probabilities.tolist() == [many[i].tolist()]
    for missing in (None, "", "NA"):
        table = {"review": [missing] * 2, "cups": [1, 2]}
        one = run.model.predict({"review": missing, "cups": 1}).probabilities
        assert one.tolist() == run.model.predict(table).probabilities[:1].tolist()


def test_new_words_are_no_unseen_values_but_other_texts_are_a_shift(run):
    texts = ["completely other words"] * 200 + reviews(300, 3)["review"]
    prediction = run.model.predict({"review": texts[200:], "cups": reviews(300, 3)["cups"]})
    assert prediction.notes == ()
    shifted = run.model.predict({"review": texts[:200] * 2, "cups": [1, 2, 3, 4] * 100})
    assert any("'review'" in note and "distributed differently" in note for note in shifted.notes)


def test_the_words_that_matter_are_shown(run):
    found = partial_dependence(run.model, run.table, "review")
    assert found.is_words
    assert found.kind == "text"
    liked = dict(zip(found.values.tolist(), found.means[:, 1].tolist(), strict=True))
    assert {*GOOD, *BAD} <= set(liked)
    assert min(liked[word] for word in GOOD) > max(liked[word] for word in BAD)
    counts = dict(zip(found.values.tolist(), found.counts.tolist(), strict=True))
    texts = run.table["review"].texts()
    assert counts["great"] == sum("great" in text for text in texts)


def test_the_model_is_kept_in_a_file(run, tmp_path):
    run.model.save(tmp_path / "model.safetensors")
    rows = reviews(20, 4)
    loaded = dr.load(tmp_path / "model.safetensors")
    assert (
        loaded.predict(rows).probabilities.tolist()
        == run.model.predict(rows).probabilities.tolist()
    )
    assert "words" in {column["kind"] for column in loaded.encoder.describe()}


@pytest.mark.parametrize(("write", "name"), [(export.to_onnx, "m.onnx"), (export.to_c, "m.c")])
def test_formats_without_words_refuse_it(run, tmp_path, write, name):
    with pytest.raises(SettingError, match=re.escape("reads the words of 'review'")):
        write(run.model, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_streamed_table_learns_the_same_words(tmp_path):
    rows = reviews(120_000, 5)
    lines = [
        "review,cups,liked",
        *map(",".join, zip(*(map(str, rows[n]) for n in rows), strict=True)),
    ]
    path = tmp_path / "reviews.csv"
    path.write_text("\n".join(lines))
    streamed = dr.train(path, "liked", epochs=1, memory_limit="16MiB")
    assert streamed.streamed is not None
    assert streamed.scores.accuracy > 0.98
    assert {"great", "awful"} <= set(streamed.model.encoder.used[0].words)


def test_a_stated_category_is_no_free_text(tmp_path):
    result = dr.train(reviews(300, 6), "liked", columns={"review": "category"}, folds=1, epochs=1)
    assert {e.column: e.kind for e in result.model.encoder.used}["review"] == "codes"
