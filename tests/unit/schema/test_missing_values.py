"""Which spellings are missing values, in every column and among numbers, booleans and datetimes."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.schema import is_missing, is_missing_among_values, propose_numbers


@pytest.mark.parametrize(
    "text",
    [
        "", "?", "NA", "N/A", "n/a", "<NA>", "NaN", "nan", "NAN", "-nan", "-NaN", "None", "NaT",
        "null", "NULL", "\\N", "#N/A", "#N/A N/A", "#NA", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!",
        "#NAME?", "#NULL!", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "(null)", "#NV", "#WERT!",
        "#VALEUR!",
    ],
)  # fmt: skip
def test_markers_are_missing_in_every_column(text):
    assert is_missing(text)


@pytest.mark.parametrize(
    "text",
    [
        "-", "--", "---", "–", "—", ".", "..", "...", ".a", ".A", ".z", "._", "*", "missing",
        "Missing", "unknown", "none", "None", "NONE", "na", "Na", "N.A.", "n.a.", "not available",
        "Not Available", "no data", "nil", "Null", "k.A.", "k. A.", "keine Angabe", "n/d", "#",
        "#####", "#div/0!", "#n/v", "#Wert!", "(blank)", "undefined", "NC", "Non renseigné", "weiß nicht",
        "Don't know",
    ],
)  # fmt: skip
def test_more_spellings_are_missing_among_values(text):
    assert is_missing_among_values(text)
    assert propose_numbers([text], np.ones(1, np.int64)) is None


@pytest.mark.parametrize("text", ["none", "Nan", "na", "unknown", "-", ".", "missing", "Null", " "])
def test_words_and_names_are_categories_elsewhere(text):
    assert not is_missing(text)


@pytest.mark.parametrize(
    "text", ["0", "a", "x", "nine", ".ab", "-1", "#1", "some", "no", "yes", "9999"]
)
def test_other_texts_are_present(text):
    assert not is_missing_among_values(text)


def test_own_markers_replace_the_usual_ones():
    assert is_missing("-99", ("", "-99"))
    assert is_missing("", ("", "-99"))
    assert not is_missing("NA", ("", "-99"))
