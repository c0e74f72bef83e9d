"""Texts without any known word are reported and get wider intervals, as unseen categories do."""

from __future__ import annotations

import numpy as np
import pytest

import deltarule as dr
from deltarule.data import read_table
from deltarule.preprocessing import Encoding, TableEncoder
from deltarule.table_model.row_checks import check_rows

JUDGMENTS = [f"judgment{letter}" for letter in "abcdefghijklmnopqrst"]
EFFECTS = 3 * np.random.default_rng(9).normal(size=len(JUDGMENTS))
OTHER = ["coffee", "parcel", "ordered", "online", "arrived", "monday"]
SETTINGS = {"folds": 4, "epochs": 12}


def reviews(rows: int, seed: int) -> dict[str, list]:
    """A word of each review adds its effect to the number; the rest is noise of deviation 0.5."""
    rng = np.random.default_rng(seed)
    judgments = rng.integers(0, len(JUDGMENTS), rows)
    texts = [
        " ".join([*rng.choice(OTHER, 3), JUDGMENTS[j], f"no{seed}x{i}"])
        for i, j in enumerate(judgments)
    ]
    texts[::25] = [""] * len(texts[::25])
    x = rng.normal(size=rows)
    stars = EFFECTS[judgments] + x + 0.5 * rng.normal(size=rows)
    shop = rng.choice(["web", "phone", "store"], rows).tolist()
    return {"review": texts, "shop": shop, "x": x.tolist(), "stars": stars.tolist()}


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> dr.TableModel:
    path = tmp_path_factory.mktemp("model") / "m.safetensors"
    dr.train(reviews(800, 0), "stars", **SETTINGS).model.save(path)
    return dr.load(path)


def changed(rows: int, **cells) -> dict[str, list]:
    """Rows like those of training, with other cells in some rows of a column."""
    table = reviews(rows, 1)
    for name, by_row in cells.items():
        for row, cell in by_row.items():
            table[name][row] = cell
    return table


def test_they_are_counted_with_an_example(model):
    texts = {3: "Sehr schlecht", 8: "{{comment}}", 11: "!!", 12: None, 13: "no coffee there"}
    (note,) = model.predict(changed(300, review=texts)).notes
    assert note == (
        "3 of 300 rows have a text without any word that the model knows: 'review' (3 rows, for example "
        "'Sehr schlecht')."
    )
    notes = model.predict(changed(60, review={2: 17}, shop={2: "fax", 4: "fax"})).notes
    assert notes == (
        "2 of 60 rows have values that the training rows did not have: 'shop' (2 rows, for example "
        "'fax').",
        "1 of 60 rows has a text without any word that the model knows: 'review' (1 row, for example "
        "'17').",
    )


def test_missing_texts_are_not_reported_whether_training_had_some_or_not(model):
    assert model.predict(changed(60, review=dict.fromkeys(range(10), None))).notes == ()
    full = {name: cells[1:25] * 20 for name, cells in reviews(25, 2).items()}
    full["review"] = [f"{text} {i}" for i, text in enumerate(full["review"])]
    other = dr.train(full, "stars", folds=2, epochs=1, hidden=(4,)).model
    assert other.encoder.used[0].kind == "words"
    assert not other.encoder.used[0].missing_indicator
    rows = {name: cells[:3] for name, cells in full.items()} | {"review": [None, "", "NA"]}
    assert other.predict(rows).notes == ()


def test_a_row_has_its_note_and_its_bits_in_every_form(model):
    pd = pytest.importorskip("pandas")
    row = {"review": "Sehr schlecht", "shop": "web", "x": 0.5}
    predictor = model.predictor()
    expected = model.predict({name: [cell] for name, cell in row.items()}, quantiles=[0.05, 0.95])
    assert len(expected.notes) == 1
    for source in (row, [row], pd.DataFrame([row])):
        found = predictor.predict(source, quantiles=[0.05, 0.95])
        assert found.notes == expected.notes
        assert found.quantiles.tolist() == expected.quantiles.tolist()


def test_intervals_of_such_rows_cover_the_truth_and_others_keep_every_bit(model):
    """Nominal 90 %; without wider intervals a third of such rows are covered."""
    rows = reviews(600, 4)
    before = model.predict(rows, quantiles=[0.05, 0.95])
    hidden = rows | {"review": ["Sehr schlecht" if t else t for t in rows["review"]]}
    after = model.predict(hidden, quantiles=[0.05, 0.95])
    is_hidden = np.array([bool(text) for text in rows["review"]])
    np.testing.assert_array_equal(after.quantiles[~is_hidden], before.quantiles[~is_hidden])
    low, high = after.quantiles[is_hidden].T
    truth = np.array(rows["stars"])[is_hidden]
    assert 0.85 < np.mean((truth >= low) & (truth <= high)) < 0.99
    narrow = model.prediction(model.outputs(model.read(hidden)), [0.05, 0.95]).quantiles[is_hidden]
    assert np.mean((truth >= narrow[:, 0]) & (truth <= narrow[:, 1])) < 0.5


def test_where_such_texts_are_usual_only_more_than_chance_explains_are_reported():
    """Of 1,000 training texts 100 have no frequent word: of 200 rows 20 ± 4.5 are expected."""
    texts = [f"{i} pq{i}" if i % 10 == 0 else f"the {OTHER[i % 6]}, no{i}" for i in range(1000)]
    table = read_table({"t": texts, "x": np.arange(1000) % 7})
    encoder = TableEncoder.fit(table, None, encoding=Encoding(max_words=100))
    words = encoder.used[0]
    assert (words.share_without, words.may_lack_words) == (pytest.approx(0.1), True)

    def checked(without: int, rows: int):
        cells = ["xyz"] * without + ["coffee"] * (rows - without)
        part = read_table({"t": cells, "x": [1] * rows}, schema=table.schema)
        return check_rows(encoder, part, encoder.cast(part), ())

    for without, rows in ((1, 1), (2, 2), (20, 200), (34, 200)):
        assert checked(without, rows).notes == ()
    found = checked(40, 200)
    assert found.notes == (
        "40 of 200 rows have a text without any word that the model knows: 't' (40 rows, for example "
        "'xyz', in training 10% of the texts).",
    )
    assert found.unseen == {}  # the intervals of training hold for them
    assert "5 of 5 rows have" in checked(5, 5).notes[0]


def test_missing_texts_are_counted_apart_from_those_without_words(model):
    missing = sum(not text for text in reviews(800, 0)["review"])
    distribution = model.distributions[model.encoder.columns.index("review")]
    assert distribution.shares[-1] == pytest.approx(missing / 800, abs=0.02)  # 640 rows train
    assert distribution.edges[0] >= 2  # each other text has a common word and a judgment
    table = changed(300, review=dict.fromkeys(range(150), None))
    (note,) = model.predict(table).notes
    assert "distributed differently" in note
    assert "'review'" in note


def test_rare_values_are_not_said_to_be_new():
    levels = [f"level {i}" for i in range(20) for _ in range(20)] + ["a", "b", "c", "d"]
    table = read_table({"t": levels, "x": np.arange(404) % 7})
    encoder = TableEncoder.fit(table, None, encoding=Encoding(max_levels=20))
    part = read_table({"t": ["level 1", "c"], "x": [1, 2]}, schema=table.schema)
    assert check_rows(encoder, part, encoder.cast(part), ()).notes == (
        "1 of 2 rows has values that the training rows rarely or never had: 't' (1 row, for example "
        "'c').",
    )


def test_the_estimator_warns():
    pd = pytest.importorskip("pandas")
    from deltarule.errors import DataWarning
    from deltarule.estimators import TabularRegressor

    frame = pd.DataFrame(reviews(300, 5))
    model = TabularRegressor(epochs=1, folds=2, hidden=(4,), random_state=0)
    model.fit(frame.drop(columns="stars"), frame["stars"])
    with pytest.warns(DataWarning, match="'review' \\(1 row, for example 'Sehr schlecht'\\)"):
        model.predict(frame.drop(columns="stars").head(1).assign(review="Sehr schlecht"))
