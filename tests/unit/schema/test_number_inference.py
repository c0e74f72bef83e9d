"""Marks and unit of a column of numbers, by what all its cells show."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.schema import (
    NumberFormat,
    evidence_of_decimal_mark,
    merges_distinct_integers,
    propose_numbers,
)

THOUSANDS = NumberFormat(".", ",")
COMMAS = NumberFormat(",")
BOTH = NumberFormat(",", ".")


def proposed(levels, counts=None, **known):
    return propose_numbers(levels, np.array(counts or [1] * len(levels), np.int64), **known)


@pytest.mark.parametrize(
    ("levels", "spelled", "values"),
    [
        (["1,234", "0,500"], COMMAS, [1.234, 0.5]),
        (["1,234", "3,5"], COMMAS, [1.234, 3.5]),
        (["1,234", "12,3456"], COMMAS, [1.234, 12.3456]),
        (["1,234", "1234,567"], COMMAS, [1.234, 1234.567]),
        (["1,234", "3.5"], THOUSANDS, [1234, 3.5]),
        (["1,234", "1,234,567"], THOUSANDS, [1234, 1234567]),
        (["1,234", "1,133.98", "900"], THOUSANDS, [1234, 1133.98, 900]),
        (["1.234", "1.133,98"], BOTH, [1234, 1133.98]),
        (["1.234", "3,5"], BOTH, [1234, 3.5]),
        (["1.234", "1.234.567"], BOTH, [1234, 1234567]),
        (["1.234", "2.345"], NumberFormat(), [1.234, 2.345]),
        (["1 234,567"], NumberFormat(",", " "), [1234.567]),
        (["12,-", "1,234"], COMMAS, [12, 1.234]),
        (["71 kg", "71kg", "70"], NumberFormat(unit="kg"), [71, 71, 70]),
        (["5 EUR", "€5", "5 Euro", "6 EUR"], NumberFormat(unit="EUR"), [5, 5, 5, 6]),
        (["1 year", "2 years", "3 years"], NumberFormat(unit="years"), [1, 2, 3]),
        (["19M", "1.5k", "900"], NumberFormat(), [19e6, 1500, 900]),
        (["300 K", "310 K"], NumberFormat(unit="K"), [300, 310]),
        (["52.5%", "0"], NumberFormat(unit="%"), [52.5, 0]),
        (["00.5", "007"], NumberFormat(), [0.5, 7]),
        (["-0", "0"], NumberFormat(), [0, 0]),
    ],
)
def test_the_cells_decide(levels, spelled, values):
    proposal = proposed(levels)
    assert proposal.format == spelled
    assert proposal.format.parse_all(levels).tolist() == values
    assert proposal.fits.all()
    assert proposal.assumption == ""


@pytest.mark.parametrize(
    ("levels", "known", "spelled"),
    [
        (["1,234"], ",", COMMAS),
        (["1,234"], ".", THOUSANDS),
        (["1.234"], ",", BOTH),
        (["1.234"], ".", NumberFormat()),
        (["1.234", "1.5"], ",", NumberFormat()),  # the column itself proves a point
        (["1,234", "1,5"], ".", COMMAS),
        (["12"], ",", NumberFormat()),
        (["1,234 €", "€ 12"], ",", NumberFormat(",", "", "€")),
    ],
)
def test_a_known_decimal_mark_decides_what_the_cells_leave_open(levels, known, spelled):
    proposal = proposed(levels, decimal_mark=known)
    assert proposal.format == spelled
    assert proposal.assumption == ""


def test_what_nothing_decides_is_assumed_in_a_sentence():
    assert proposed(["1,234", "900"]).format == THOUSANDS
    assert proposed(["1,234", "900"]).assumption == (
        "No cell shows whether commas are decimal marks, so commas between thousands are assumed: "
        "'1,234' is read as 1234. If it is 1.234, use --decimal ',' (Python: decimal=',')."
    )
    likely = proposed(["$1,234"], likely_decimal_mark=",")
    assert likely.format == NumberFormat(",", "", "$")
    assert likely.assumption == (
        "No cell shows whether commas are decimal marks, so a decimal comma is assumed: "
        "'1,234' is read as 1.234. If it is 1234, use --decimal '.' (Python: decimal='.')."
    )


def test_versions_that_are_the_same_number_are_pointed_out():
    sentence = "'1.1' and '1.10' are read as the same number."
    assert proposed(["1.1", "1.10", "1.2"]).assumption.startswith(sentence)
    assert proposed(["1.1", "1.10", "1 234"]).assumption.startswith(sentence)
    for levels in (
        ["1.10", "1.20"],
        ["1", "1.0"],
        ["1.0", "1.00"],
        ["1.10", "1.100", "1.2"],
        ["10", "100"],
    ):
        assert proposed(levels).assumption == ""


def test_both_decimal_marks_in_a_column_are_both_read():
    proposal = proposed(["1.5", "2.5", "3,5"])
    assert proposal.format.parse_all(["1.5", "2.5", "3,5"]).tolist() == [1.5, 2.5, 3.5]
    assert proposal.assumption == (
        "Some cells have a decimal comma, others a decimal point: 3,5 is read as 3.5."
    )


def test_units_are_never_mixed():
    assert proposed(["71 kg", "71000 g"]) is None
    assert proposed(["7 Wonders", "12 Monkeys", "300 Spartans"]) is None
    proposal = proposed(["71 kg", "71000 g", "64 kg"])
    assert proposal.format.unit == "kg"
    assert proposal.fits.tolist() == [True, False, True]
    assert proposed(["5 m2", "6 m3", "7 m2"]).fits.tolist() == [True, False, True]
    assert proposed(["52.5%", "0.5", "0.6", "0.7"]).fits.tolist() == [False, True, True, True]
    assert proposed(["16 A", "5", "6", "7"]).fits.tolist() == [False, True, True, True]
    assert proposed(["$5", "5", "6", "7"]).fits.all()


@pytest.mark.parametrize(
    "levels",
    [
        ["007", "8"],
        ["01234", "90210"],
        ["00", "1"],
        ["-05", "7"],
        ["01e5", "2"],
        ["00501", "10001", "０２"],
    ],
)
def test_whole_numbers_with_leading_zeros_are_codes(levels):
    assert proposed(levels) is None


def test_the_zip_codes_of_a_long_column_are_codes_by_one_cell():
    levels = [str(code) for code in range(10000, 20000)]
    assert proposed(levels).fits.all()
    assert proposed([*levels, "00501"]) is None
    assert proposed([*levels, "unknown place"]).fits.sum() == len(levels)
    assert proposed([*levels, "00501", "unknown place"]) is None


def test_a_stated_column_of_numbers_takes_codes_and_any_share_of_odd_cells():
    assert proposed(["007", "8"], stated=True).fits.all()
    assert proposed(["00７", "8"], stated=True).format.parse_all(["00７", "8"]).tolist() == [7, 8]
    assert proposed(["a", "b", "3,5"], stated=True).fits.tolist() == [False, False, True]
    assert proposed(["a", "b", "c"], stated=True) is None


def test_odd_cells_are_counted_by_their_cells():
    assert proposed(["a", "1", "2"], [10, 1, 1]) is None
    assert proposed(["a", "1", "2"], [1, 10, 10]).fits.tolist() == [False, True, True]
    assert proposed([]) is None


@pytest.mark.parametrize(
    ("levels", "mark"),
    [
        (["3,5"], ","),
        (["0,500", "1,234"], ","),
        (["1.133,98 €", "12 €"], ","),
        (["1.234.567"], ","),
        (["3.5", "7"], "."),
        (["1,133.98"], "."),
        (["1,234,567", "1,234"], "."),
        (["1,234"], None),
        (["1.234"], None),
        (["12", "13"], None),
        (["1.5", "3,5"], None),
        (["31.12.2020"], None),
        (["1.2.3", "1.2"], None),
        (["3,5", "words", "more words"], None),
        ([], None),
    ],
)
def test_evidence_for_the_other_columns(levels, mark):
    assert evidence_of_decimal_mark(levels) == mark


def test_integers_that_a_float_merges():
    first = 2**60
    assert merges_distinct_integers([str(first), str(first + 1)])
    assert merges_distinct_integers([str(-first), str(-first - 1)])
    assert merges_distinct_integers([f"{2**53:,}", f"{2**53 + 1:,}"])
    assert not merges_distinct_integers([str(first), str(first + 4096)])
    assert not merges_distinct_integers([str(first), f"+{first}", "1", "2", "words"])
