"""Chapter 5: gates and XOR by hand, the best that a line can do, and compiled tables against logic."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from deltarule.course import figure
from deltarule.course.chapters.chapter_05_logic_and_xor import values
from deltarule.course.figures.logic_compiler import FORMULAS
from deltarule.insight.boolean_formulas import evaluated, parse_formula

# Each gate at (−1, −1), (−1, 1), (1, −1), (1, 1).
TABLES = {
    "and": [-1, -1, -1, 1],
    "or": [-1, 1, 1, 1],
    "nand": [1, 1, 1, -1],
    "not": [1, 1, -1, -1],
    "xor": [-1, 1, 1, -1],
}
# What each formula means, in words.
MEANINGS = {
    "majority": lambda a, b, c: a + b + c >= 2,
    "if": lambda a, b, c: b if a else c,
    "implies": lambda a, b: b if a else True,
    "xor": lambda a, b: a != b,
    "parity": lambda a, b, c: (a + b + c) % 2 == 1,
    "equal": lambda a, b, c, d: a == b and c == d,
    "parity_4": lambda a, b, c, d: (a + b + c + d) % 2 == 1,
}


@pytest.mark.parametrize(("gate", "table"), TABLES.items())
def test_gates_have_their_truth_tables(gate, table):
    assert figure("logic-unit", gate=gate).targets.tolist() == table


def test_and_by_hand():
    shown = figure("logic-unit")
    assert not shown.wrong.any()
    assert all(f">{z}<" in shown.picture() for z in ("−3.5", "−1.5", "0.5"))


@pytest.mark.parametrize(
    ("gate", "weights"),
    [("or", (1.5, 1, 1)), ("nand", (1.5, -1, -1)), ("not", (0, -1, 0))],
)
def test_the_shown_solution_is_one(gate, weights):
    bias, weight_1, weight_2 = weights
    values = {"bias": bias, "weight_1": weight_1, "weight_2": weight_2}
    shown = figure("logic-unit", gate=gate, compiled=True, **values)
    assert not shown.wrong.any()
    assert f"The dashed line solves it: {shown._line}." in shown.sentence()


def test_a_dragged_line_passes_the_pointer_and_keeps_its_direction():
    shown = figure("logic-unit", gate="or")
    assert shown.wrong.tolist() == [False, True, True, False]
    shown.move("line", *shown._plane().at(-1.0, -0.5))
    assert shown.number("bias") == 1.5
    assert (shown.number("weight_1"), shown.number("weight_2")) == (1.0, 1.0)
    assert not shown.wrong.any()


def test_no_setting_of_the_sliders_computes_xor():
    shown = figure("logic-unit", gate="xor")
    most = 0
    for bias, weight_1, weight_2 in product((-1.5, -0.5, 0, 0.5, 1.5), (-2, -1, 0, 1, 2), (-1, 1)):
        shown.put(bias=bias, weight_1=weight_1, weight_2=weight_2)
        shown.restart()
        most = max(most, int((~shown.wrong).sum()))
    assert most == 3
    shown.set("compiled", True)
    assert "no line is right in more than 3 rows" in shown.sentence()


@pytest.mark.parametrize("start", ["or_nand", "corners"])
def test_compositions_of_xor_are_right_and_move_two_corners_together(start):
    shown = figure("xor-two-layers", start=start)
    assert not shown.wrong.any()
    # tanh(3 z) with z = ±1.5 ± 2 or ±0.5, by hand.
    near, one = np.tanh(1.5), np.tanh(4.5)
    expected = {
        "or_nand": [(-near, np.tanh(10.5)), (one, one), (one, one), (np.tanh(10.5), -near)],
        "corners": [(-one, -one), (np.tanh(-10.5), near), (near, np.tanh(-10.5)), (-one, -one)],
    }
    assert shown.hidden == pytest.approx(np.array(expected[start]))


@pytest.mark.parametrize(("start", "wrong"), [("random", 0), ("stuck", 2)])
def test_random_weights_learn_xor_or_stay_in_a_local_minimum(start, wrong):
    shown = figure("xor-two-layers", start=start)
    assert shown.wrong.any()
    while shown.step():
        pass
    assert shown.wrong.sum() == wrong
    assert ("separates them" in shown.sentence()) == (wrong == 0)


@pytest.mark.parametrize(("name", "meaning"), MEANINGS.items())
def test_networks_of_formulas_compute_what_the_formula_means(name, meaning):
    shown = figure("logic-compiler", formula=name)
    while shown.step():
        pass
    expected = [1 if meaning(*row) else -1 for row in (shown.inputs > 0).tolist()]
    assert shown.targets.tolist() == expected
    assert shown.outputs[-1][:, 0].tolist() == expected
    assert shown.picture().count("✓") == len(expected) == len(shown.visited)
    assert "✗" not in shown.picture()


def test_every_formula_has_a_meaning_here():
    assert MEANINGS.keys() == FORMULAS.keys()


def test_a_row_beyond_the_table_is_its_last():
    shown = figure("logic-compiler", formula="xor", row=16)
    assert shown.row == 3
    assert "x₁ = 1, x₂ = 1 it outputs −1" in shown.sentence()


def test_trees_are_evaluated_by_pythons_operators():
    a, b, c = (np.array(column) for column in zip(*product((False, True), repeat=3), strict=True))
    text = "a & ~b | (b ^ c) & (1 | a) | 0"
    expected = [bool((x and not y) or (y != z)) for x, y, z in zip(a, b, c, strict=True)]
    found = evaluated(parse_formula(text), {"a": a, "b": b, "c": c})
    assert found.tolist() == expected


def test_numbers_of_the_text():
    found = values()
    assert found["functions"] == 14  # 16 − 2 diagonals
    assert found["parity_units"] == 3 * (4 - 1)
    assert found["parity_rows"] == 2**3
    assert found["corrections"] == 4 * found["passes"]
