"""Numbers as text for people; expected values: written by hand."""

from __future__ import annotations

import pytest

from deltarule._common.checks import nearest
from deltarule._common.formatting import format_number, format_percent, power_of_ten, scientific


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456, "0.1235"),
        (-1.5, "−1.5"),
        (12345.6, "12,346"),
        (1.2e-7, "1.2e−07"),
        (float("nan"), "nan"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
    ],
)
def test_a_number(value: float, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.9667, "96.7%"), (0.5, "50%"), (0.99999, "99.999%"), (1.0, "100%"), (float("nan"), "–")],
)
def test_a_share_in_percent(share: float, text: str) -> None:
    assert format_percent(share) == text


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("fast", None), ("natve", "native"), ("Referense", "reference"), ("", None)],
)
def test_only_a_close_name_is_suggested(name: str, suggestion: str | None) -> None:
    assert nearest(name, ("auto", "native", "reference")) == suggestion


def test_an_abbreviation_suggests_the_one_name_that_it_begins() -> None:
    assert nearest("val_acc", ("val_accuracy", "val_auc", "val_loss")) == "val_accuracy"
    assert (
        nearest("val_au", ("val_auc", "val_auc_1")) == "val_auc"
    )  # not alone: the most similar one


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (17, "17"), (0.525, "0.525"), (9760, "9,760"), (999_999, "999,999"), (1e6, "1 · 10⁶"),
        (9.9996e6, "1 · 10⁷"), (2.81e12, "2.81 · 10¹²"), (3.14e23, "3.14 · 10²³"),
    ],
)  # fmt: skip
def test_large_numbers_are_multiples_of_powers_of_ten_without_a_line_break(
    value: float, expected: str
) -> None:
    assert scientific(value) == expected.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("exponent", "expected"), [(0, "1"), (3, "1,000"), (4, "10⁴"), (25, "10²⁵")]
)
def test_powers_of_ten(exponent: int, expected: str) -> None:
    assert power_of_ten(exponent) == expected
