"""How texts are numbers: every spelling with its value."""

from __future__ import annotations

import math

import duckdb
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deltarule._common.strict_reader import StrictReader
from deltarule.schema import NumberFormat, cell_format_from_json, propose_numbers

EURO = NumberFormat(",", ".", "€")
DOLLAR = NumberFormat(".", ",", "$")


def inferred(*levels, **known):
    proposal = propose_numbers(levels, np.ones(len(levels), np.int64), **known)
    assert proposal is not None
    return proposal


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("$1,133.98", 1133.98, "$"),
        ("1.133,98 €", 1133.98, "€"),
        ("€ 1.133,98", 1133.98, "€"),
        ("€1.133,98", 1133.98, "€"),
        ("1.133,98-€", -1133.98, "€"),
        ("USD 12", 12.0, "USD"),
        ("USD12", 12.0, "USD"),
        ("12 EUR", 12.0, "EUR"),
        ("12EUR", 12.0, "EUR"),
        ("-$5.00", -5.0, "$"),
        ("$-5.00", -5.0, "$"),
        ("- $5.00", -5.0, "$"),
        ("($12.50)", -12.5, "$"),
        ("$(12.50)", -12.5, "$"),
        ("C$5.25", 5.25, "C$"),
        ("R$ 1.234,50", 1234.5, "R$"),
        ("CHF 1'250.50", 1250.5, "CHF"),
        ("1 234,50 zł", 1234.5, "zł"),
        ("Rs. 1,23,456/-", 123456.0, "Rs."),
        ("12,99 €/kg", 12.99, "€/kg"),
        ("$15/hr", 15.0, "$/hr"),
        ("￥1,200,000", 1200000.0, "¥"),
        ("52.5%", 52.5, "%"),
        ("52,5 %", 52.5, "%"),
        ("%50", 50.0, "%"),
        ("(12.5%)", -12.5, "%"),
        ("１２％", 12.0, "%"),
        ("3.5‰", 3.5, "‰"),
        ("1 133.98", 1133.98, ""),
        ("1\u00a0133.98", 1133.98, ""),
        ("1\u202f133.98", 1133.98, ""),
        ("1\u2009133.98", 1133.98, ""),
        ("1 133 444,5", 1133444.5, ""),
        ("1'133.98", 1133.98, ""),
        ("1’133.98", 1133.98, ""),
        ("1,23,456.78", 123456.78, ""),
        ("12,34,56,789", 123456789.0, ""),
        ("1,234,567", 1234567.0, ""),
        ("1.234.567", 1234567.0, ""),
        ("0,500", 0.5, ""),
        ("-0,5", -0.5, ""),
        ("3,5", 3.5, ""),
        ("1,2345", 1.2345, ""),
        ("1234,567", 1234.567, ""),
        ("1,234E5", 123400.0, ""),
        ("(12.5)", -12.5, ""),
        ("( 12.5 )", -12.5, ""),
        ("−1.2", -1.2, ""),
        ("–1.2", -1.2, ""),
        ("－1.2", -1.2, ""),
        ("‑1.2", -1.2, ""),
        ("- 1.2", -1.2, ""),
        ("12.5-", -12.5, ""),
        ("12.-", 12.0, ""),
        ("12,-", 12.0, ""),
        ("12,-- EUR", 12.0, "EUR"),
        ("71 kg", 71.0, "kg"),
        ("71kg", 71.0, "kg"),
        ("-4.5°C", -4.5, "°C"),
        ("-4.5 ℃", -4.5, "°C"),
        ("12.5 ºC", 12.5, "°C"),
        ("45°", 45.0, "°"),
        ("55 m²", 55.0, "m²"),
        ("55m2", 55.0, "m2"),
        ("130 km/h", 130.0, "km/h"),
        ("5.4 mmol/L", 5.4, "mmol/L"),
        ("12 μg/m3", 12.0, "µg/m3"),
        ('15.6"', 15.6, '"'),
        ("36 months", 36.0, "months"),
        ("1,197 cc", 1197.0, "cc"),
        ("4 stars", 4.0, "stars"),
        ("19.67 kmpl", 19.67, "kmpl"),
        ("1,200 sq ft", 1200.0, "sq ft"),
        ("10k", 10000.0, ""),
        ("1.1M", 1100000.0, ""),
        ("201K", 201000.0, ""),
        ("1.2 million", 1200000.0, ""),
        ("3 Mio.", 3000000.0, ""),
        ("2,5 Mrd. €", 2500000000.0, "€"),
        ("€110.5M", 110500000.0, "€"),
        ("-$1.2bn", -1200000000.0, "$"),
        ("5 k€", 5000.0, "€"),
        ("£3m", 3000000.0, "£"),
        ("$ 4 B", 4000000000.0, "$"),
        ("3m", 3.0, "m"),
        ("300 K", 300.0, "K"),
        ("10,000,000+", 10000000.0, ""),
        ("10+ years", 10.0, "years"),
        ("1.2D-01", 0.12, ""),
        ("1.2d5", 120000.0, ""),
        ("-1.D0", -1.0, ""),
        ("1e5", 100000.0, ""),
        ("1E+05", 100000.0, ""),
        ("1,2E+05", 120000.0, ""),
        ("1.5e-3 mol", 0.0015, "mol"),
        ("+1", 1.0, ""),
        (".5", 0.5, ""),
        (",5", 0.5, ""),
        ("5.", 5.0, ""),
        ("00.5", 0.5, ""),
        ("0", 0.0, ""),
        ("1.234", 1.234, ""),
        ("inf", math.inf, ""),
        ("-Infinity", -math.inf, ""),
        ("+INF", math.inf, ""),
        ("1.#INF", math.inf, ""),
        ("１２", 12.0, ""),
        ("１，２３４．５", 1234.5, ""),
        ("٣٤", 34.0, ""),
    ],
)
def test_a_spelling_has_its_value(text, value, unit):
    proposal = inferred(text)
    assert proposal.format.parse(text) == value
    assert proposal.format.unit == unit
    assert proposal.fits.tolist() == [True]
    assert proposal.format.parse_all([text, text]).tolist() == [value, value]
    assert proposal.format.parse_all([text, "words", text])[[0, 2]].tolist() == [value, value]


def test_minus_zero_keeps_its_sign():
    for text in ("-0", "−0", "(0)", "0-"):
        assert math.copysign(1, NumberFormat().parse(text)) == -1


@pytest.mark.parametrize(
    "text",
    [
        "", "abc", "A12", "12A", "12a4", "3rd", "3 rd", "1st", "1.2.3", "1.2.3.4", "10-20", "10 - 20",
        "12/5", "½", "5½", "5 ½", "m²", "1_000", "0x1F", "0b1", "12D5", "1e", "e5", "1 e5", "--5",
        "+-5", "(-5)", "(5", "5)", "((5))", "-(5)-", "5--", ".", ",", "-", "$", "$ $5", "kg 5",
        "5 kg m", "5 AM", "5 p.m.", "7 Mar", "12:30",
        "2020-01-01", "31.12.2020", "12 34", "123 45", "1,23,4", "12,3456,789", "1.23,456.7",
        "017 234 567", "555-1234", "+49 30 1234", "<5", ">10", "~5", "#5", "5 (2)", "[5]",
        "5 of 10", "1;2", "5 k", "5 M", "5B", "12b", "12/a", "5 million people", "-5+",
        "5++", "5+5", "nan", "-nan", "infinite", "1\n2", "٣٫٥", "5€€", "5 abcdefghijklm",
    ],
)  # fmt: skip
def test_other_texts_are_no_numbers(text):
    assert propose_numbers([text], np.ones(1, np.int64)) is None
    assert NumberFormat().parse(text) is None
    assert np.isnan(NumberFormat().parse_all([text, text])).all()


# What numbers are made of, so that random texts are often numbers or nearly.
PIECES = st.sampled_from(
    ["-", "+", "−", "(", ")", " ", "\u00a0", ".", ",", "'", "0", "00", "1", "12", "123", "234", "500",
     "1234", "e5", "E-3", "d2", "$", "€", "EUR", "kg", " kg", "%", "_", "inf", "M", " bn",
     "nan", "x", "\n", "１", "½", "#"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=7).map("".join)
GROUPED = st.from_regex(r"\A-?[1-9][0-9]{0,2}([.,' ][0-9]{3}){0,3}([.,][0-9]{0,4})?(e5| kg|%)?\Z")
FORMATS = st.sampled_from(
    [NumberFormat(decimal, thousands, unit)
     for decimal in ".," for thousands in ("", ".", ",", " ", "'") if decimal != thousands
     for unit in ("", "$", "€", "kg", "%", "e", "E5")]
)  # fmt: skip


def same_bits(one, other):
    return np.array(one, np.float64).tobytes() == np.array(other, np.float64).tobytes()


@settings(max_examples=300, deadline=None)
@given(FORMATS, st.lists(TEXTS | GROUPED, max_size=8))
@example(NumberFormat(".", "", "e"), ["1e5 e", "2 e"])
def test_parse_all_has_the_bits_of_parse(spelled, texts):
    each = [np.nan if value is None else value for value in map(spelled.parse, texts)]
    assert same_bits(spelled.parse_all(texts), each)


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS | GROUPED, min_size=1, max_size=20))
def test_numbers_of_sql_are_those_of_parse(texts):
    texts = [text.strip() for text in texts]
    spellings = [NumberFormat(d, t) for d in ".," for t in ("", ".", ",", " ", "'") if d != t]
    picked = ", ".join(str(spelled.sql("cell")) for spelled in spellings)
    rows = duckdb.execute(f"SELECT {picked} FROM (SELECT unnest(?) AS cell)", [texts]).fetchall()
    for text, row in zip(texts, rows, strict=True):
        for spelled, value in zip(spellings, row, strict=True):
            assert value is None or same_bits([value], [spelled.parse(text)])


@pytest.mark.parametrize("spelled", [NumberFormat(), NumberFormat(","), NumberFormat(",", ".")])
def test_sql_reads_ordinary_numbers(spelled):
    texts = [
        t.replace(".", spelled.decimal_mark) for t in ("12", "-3.5", ".5", "5.", "1e5", "-0", "007")
    ]
    rows = duckdb.execute(
        f"SELECT {spelled.sql('cell')} FROM (SELECT unnest(?) AS cell)", [texts]
    ).fetchall()
    assert [row[0] for row in rows] == [12, -3.5, 0.5, 5, 1e5, 0, 7]
    assert NumberFormat(unit="kg").sql("cell") is None


@pytest.mark.parametrize(
    ("spelled", "text", "value"),
    [
        (NumberFormat(), "007", 7.0),
        (NumberFormat(), "1,234", None),  # may be 1.234 or 1234
        (NumberFormat(), "3,5", 3.5),  # can be nothing else
        (NumberFormat(), "1.133,98", 1133.98),
        (NumberFormat(), "5 kg", None),
        (NumberFormat(","), "1,234", 1.234),
        (NumberFormat(","), "1.234", None),
        (NumberFormat(","), "3.5", 3.5),
        (NumberFormat(",", "."), "1.234", 1234.0),
        (NumberFormat(",", "."), "3.5", None),
        (NumberFormat(".", ","), "3,5", None),
        (NumberFormat(".", ","), "1,234", 1234.0),
        (NumberFormat(".", ","), "1 234", 1234.0),
        (EURO, "1.234 EUR", 1234.0),
        (EURO, "1.234", 1234.0),
        (EURO, "12 $", None),
        (DOLLAR, "12 USD", 12.0),
        (DOLLAR, "12 CAD", None),
        (NumberFormat(unit="kg"), "5 KG", 5.0),
        (NumberFormat(unit="kg"), "5 g", None),
        (NumberFormat(unit="mW"), "5 MW", None),
        (NumberFormat(unit="years"), "1 year", 1.0),
        (NumberFormat(unit="Jahre"), "1 Jahr", 1.0),
        (NumberFormat(unit="min"), "5 minutes", 5.0),
        (NumberFormat(unit="inch"), "5 inches", 5.0),
        (NumberFormat(unit="l"), "5L", 5.0),
        (NumberFormat(unit="lb"), "5 lbs.", 5.0),
        (NumberFormat(unit="m2"), "5 m²", 5.0),
        (NumberFormat(unit="%"), "5 ‰", None),
    ],
)
def test_a_stored_format_reads_one_cell(spelled, text, value):
    assert spelled.parse(text) == value
    stored = cell_format_from_json(StrictReader(spelled.to_json(), "table"))
    assert stored.parse(text) == value


@pytest.mark.parametrize(
    ("spelled", "sentence"),
    [
        (NumberFormat(), ""),
        (NumberFormat(","), "decimal commas: 3,5 is read as 3.5"),
        (NumberFormat(".", ","), "commas between thousands: 1,234 is read as 1234"),
        (NumberFormat(".", " "), "spaces between thousands: 1 234 is read as 1234"),
        (DOLLAR, "commas between thousands and the unit $: $1,234 is read as 1234"),
        (
            EURO,
            "decimal commas, points between thousands and the unit €: 1.234,5 € is read as 1234.5",
        ),
        (NumberFormat(unit="kg"), "the unit kg: 12 kg is read as 12"),
        (NumberFormat(",", "", "%"), "decimal commas and the unit %: 3,5% is read as 3.5"),
        (NumberFormat(unit="USD"), "the unit USD: USD 12 is read as 12"),
    ],
)
def test_the_summary_shows_an_example(spelled, sentence):
    assert spelled.summary == sentence
    if sentence:
        shown, value = sentence.split(": ")[1].split(" is read as ")
        assert spelled.parse(shown) == float(value)
