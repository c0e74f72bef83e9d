"""Free text: which columns are words, which words, and the features of cells."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.data import read_table
from deltarule.errors import ModelFileError
from deltarule.preprocessing import Encoding, TableEncoder
from deltarule.preprocessing.word_features import words_encoder, words_of

WORDS = Encoding(max_words=100)
NOUNS = ["river", "garden", "window", "lamp", "bridge", "letter", "market", "harbor"]


def titles(rows: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [f"The {rng.choice(NOUNS)} and the {rng.choice(NOUNS)}, {i}" for i in range(rows)]


def fitted(cells, encoding: Encoding = WORDS, name: str = "title"):
    table = read_table({name: cells, "x": np.arange(len(cells)) % 7})
    return TableEncoder.fit(table, None, encoding=encoding)


def test_words_are_in_lower_case_without_digits_and_single_letters():
    assert words_of("Don't PANIC: 42 x7 a B2B É-Straße") == {"don", "panic", "x7", "b2b", "strasse"}
    assert words_of("12 34-56 a b") == frozenset()
    assert words_of("Москва река") == {"москва", "река"}


def test_the_frequent_words_of_titles_become_flags():
    encoder = fitted(titles(200)).used[0]
    assert encoder.kind == "words"
    # "the" and "and" are in every title and say nothing; numbers are no words.
    assert set(encoder.words) == set(NOUNS)
    rows = [words_of(title) for title in titles(200)]
    counts = [sum(word in row for row in rows) for word in encoder.words]
    assert counts == sorted(counts, reverse=True)
    table = read_table(
        {"title": ["A lamp, a LAMP and a river", "no such word", None], "x": [1, 2, 3]}
    )
    features = fitted(titles(200)).transform(table)[:, : len(NOUNS)]
    expected = [[float(word in ("lamp", "river")) for word in encoder.words], [0.0] * 8, [0.0] * 8]
    assert features.tolist() == expected


def test_missing_cells_are_marked_where_training_had_some():
    cells = [None if i % 10 == 0 else title for i, title in enumerate(titles(200))]
    encoder = fitted(cells)
    first = encoder.used[0]
    assert first.feature_names[-1] == "title is missing"
    table = read_table({"title": ["a lamp", None], "x": [1, 2]})
    marks = encoder.transform(table)[:, len(first.words)]
    assert marks.tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["red house", "blue house", "old barn"] * 60, "one-hot"),  # few texts: categories
        ([f"item{i}" for i in range(200)], "dropped"),  # one word that no other row has
        ([f"{i:08x}-{i * 7:04x}" for i in range(1000, 1200)], "dropped"),  # hexadecimal numbers
        ([f"order {i}" for i in range(200)], "dropped"),  # one word, and in all rows
        ([f"aa{i} bb{i} cc{i}" for i in range(200)], "dropped"),  # words of one row each
    ],
)  # fmt: skip
def test_other_texts_are_no_words(cells, kind):
    assert fitted(cells).column_encoders[0].kind == kind


def test_the_name_of_an_identifier_and_the_default_leave_words_out():
    assert fitted(titles(200), name="customer_id").column_encoders[0].kind == "dropped"
    assert fitted(titles(200), Encoding()).column_encoders[0].kind == "dropped"
    few = fitted(titles(200), Encoding(max_words=3)).used[0]
    assert few.words == fitted(titles(200)).used[0].words[:3]


def test_the_share_of_training_texts_without_a_word_is_kept():
    cells = titles(240)
    cells[::8], cells[1::8] = [f"only{i}here" for i in range(30)], [None] * 30
    encoder = fitted(cells).used[0]
    assert encoder.share_without == pytest.approx(30 / 210)  # of those that are not missing
    assert encoder.may_lack_words
    assert (fitted(titles(200)).used[0].share_without, fitted(titles(200)).used[0].may_lack_words) == (
        0, False,
    )  # fmt: skip
    column = read_table({"title": ["a lamp", "no such word", None], "x": [1, 2, 3]})["title"]
    assert encoder.has_words(encoder.cast(column)).tolist() == [True, False, False]
    np.testing.assert_array_equal(encoder.word_counts(encoder.cast(column)), [1, 0, np.nan])
    assert "14.3% of the training texts have none of them, missing is 0" in encoder.summary


def test_numbers_in_place_of_texts_have_no_words():
    table = read_table({"title": [1.5, 2.0], "x": [1, 2]})
    assert not fitted(titles(200)).transform(table)[:, :8].any()


def test_a_file_keeps_the_words_and_refuses_others():
    encoder = fitted(titles(200))
    description = encoder.to_json()
    assert TableEncoder.from_json(description) == encoder
    for words, sentence in (
        ([], "must not be empty"), (["lamp", "lamp"], "must be distinct"), ([1], "words"),
    ):  # fmt: skip
        description["columns"][0]["words"] = words
        with pytest.raises(ModelFileError, match=sentence):
            TableEncoder.from_json(description)
    description = encoder.to_json()
    for share in (-0.1, 1, "0"):
        description["columns"][0]["share_without"] = share
        with pytest.raises(ModelFileError, match="share_without must be"):
            TableEncoder.from_json(description)
    del description["columns"][0]["share_without"]  # as in the first files with words
    assert TableEncoder.from_json(description) == encoder


def test_a_streamed_table_of_very_many_rows_has_fewer_words_so_that_its_block_file_stays_small():
    cells = read_table({"title": titles(200)})["title"]
    sizes = {
        rows: words_encoder(cells, 0, 100, all_rows=rows)
        for rows in (1_000_000, 100_000_000, 10**9)
    }
    assert len(sizes[1_000_000].words) == 8
    assert sizes[100_000_000].words == sizes[1_000_000].words[:5]
    assert sizes[10**9] is None
