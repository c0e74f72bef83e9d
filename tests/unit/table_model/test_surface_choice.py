"""The columns of the decision surface are important and can be seen."""

from __future__ import annotations

import numpy as np

from deltarule.data import Column, Table
from deltarule.table_model.permutation_importance import ColumnImportance
from deltarule.table_model.surface_choice import choose_surface_columns, spread_class

RANDOM = np.random.default_rng(0)
WIDE, OTHER = RANDOM.normal(size=(2, 300))
TABLE = Table(
    (
        Column("gain", "number", np.where(np.arange(300) % 20, 0.0, WIDE)),  # 95 % are 0
        Column("grade", "number", np.arange(300) % 5.0),
        Column("age", "number", WIDE),
        Column("months", "number", WIDE * 12 + 1),
        Column("income", "number", OTHER),
        Column("city", "text", np.zeros(300, np.int8), ("Ulm",)),
        Column("latitude", "number", OTHER - WIDE),
        Column("longitude", "number", OTHER + WIDE),
    )
)


def found(**increases: float) -> list[ColumnImportance]:
    ranked = sorted(increases.items(), key=lambda one: -one[1])
    return [ColumnImportance(name, rise, 0.0, 0.01, 300) for name, rise in ranked]


def test_a_column_that_is_mostly_one_value_is_passed_over() -> None:
    assert [spread_class(TABLE[name]) for name in ("age", "grade", "gain")] == [0, 1, 2]
    assert choose_surface_columns(found(gain=3, age=2, income=1), TABLE) == ("age", "income")


def test_few_values_are_better_than_noise() -> None:
    assert choose_surface_columns(found(grade=3, age=2, income=0), TABLE) == ("age", "grade")


def test_the_same_column_in_other_units_is_passed_over() -> None:
    assert choose_surface_columns(found(age=3, months=2, income=1), TABLE) == ("age", "income")
    assert choose_surface_columns(found(age=3, months=2), TABLE) == ("age", "months")


def test_a_map_has_the_longitude_across() -> None:
    chosen = choose_surface_columns(found(latitude=3, longitude=2), TABLE)
    assert chosen == ("longitude", "latitude")


def test_texts_cannot_span_a_surface() -> None:
    assert choose_surface_columns(found(city=3, age=2), TABLE) == ("age",)


def test_columns_that_no_row_has_both_values_of() -> None:
    half = np.arange(300) < 150
    a, b = np.where(half, WIDE, np.nan), np.where(half, np.nan, OTHER)
    table = Table((Column("a", "number", a), Column("b", "number", b)))
    chosen = choose_surface_columns(found(a=2, b=1), table)
    assert chosen is None or set(chosen) == {"a", "b"}
