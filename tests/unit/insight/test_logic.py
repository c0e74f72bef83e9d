"""Compiled formulas held to Python's own operators, and mistakes to their columns."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deltarule.errors import SettingError
from deltarule.insight.boolean_formulas import names_of, parse_formula, written
from deltarule.insight.logic_networks import assignments, compile_formula

NAMES = ("a", "b", "c", "d")


def formulas():
    leaves = st.sampled_from([*NAMES, "0", "1"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(lambda f: f"~{f}" if len(f) == 1 else f"~({f})"),
            st.tuples(inner, st.sampled_from("&|^"), inner).map(" ".join),
            st.tuples(inner, st.sampled_from("&|^"), inner).map(lambda p: f"({' '.join(p)})"),
        ),
        max_leaves=8,
    ).filter(lambda f: names_of(parse_formula(f)))


def python_value(formula, names, row):
    """Evaluate with Python's &, | and ^ on 0 and 1; 1 ^ is ~ (same precedence)."""
    values = {name: int(value > 0) for name, value in zip(names, row, strict=True)}
    text = formula.replace("~", " ~ ")
    return eval(text, {"__builtins__": {}}, values) & 1


@settings(max_examples=150)
@given(formulas())
def test_every_row_of_the_truth_table_equals_python(formula):
    compiled = compile_formula(formula)
    table = compiled.truth_table()
    expected = [2 * python_value(formula, compiled.names, row) - 1 for row in table.inputs]
    assert table.outputs.tolist() == expected


@settings(max_examples=80)
@given(formulas())
def test_a_written_tree_reads_back_as_the_same_function(formula):
    tree = parse_formula(formula)
    names = names_of(tree)
    for row in assignments(len(names)):
        assert python_value(formula, names, row) == python_value(written(tree), names, row)


def test_units_of_or_and_and():
    for formula, bias in (("x1 | x2", 1.5), ("x1 & x2", -1.5)):
        compiled = compile_formula(formula)
        assert compiled.parameters.weights[0].tolist() == [[1], [1]]
        assert compiled.parameters.biases[0].tolist() == [bias]


def test_exclusive_or_takes_two_layers():
    compiled = compile_formula("z1 & ~z2 | ~z1 & z2")
    assert [block.dense.units for block in compiled.network.blocks] == [2, 1]
    assert compiled.unit_formulas[0] == ("z1 & ~z2", "~z1 & z2")
    assert str(compiled.truth_table()).splitlines()[1].split() == ["−1", "−1", "|", "−1"]


def test_parity_of_eight():
    table = compile_formula(" ^ ".join("abcdefgh")).truth_table()
    ones = (table.inputs > 0).sum(axis=1)
    assert ((table.outputs > 0) == (ones % 2 == 1)).all()


def test_operators_as_words():
    assert compile_formula("not p and q xor r").names == ("p", "q", "r")


@pytest.mark.parametrize(
    ("formula", "column", "message"),
    [
        ("z1 & | z2", 6, "a name is missing after '&', found '|'"),
        ("(a | b", 1, "never closed"),
        ("a | b)", 6, "never opened"),
        ("a b", 3, "an operator"),
        ("a + b", 3, "'+' is not allowed"),
        ("", 1, "a name is missing"),
        ("a &", 4, "a name is missing after '&'"),
        ("~" * 200 + "a", 101, "nested deeper"),
    ],
)
def test_a_syntax_error_is_marked(formula, column, message):
    with pytest.raises(SettingError) as raised:
        compile_formula(formula)
    sentence, shown, pointer = str(raised.value).split("\n")
    assert f"at column {column}:" in sentence
    assert message in sentence
    assert pointer.index("^") - (len(shown) - len(shown.lstrip())) == column - 1 or not formula


def test_formulas_beyond_the_limits_raise_errors():
    with pytest.raises(SettingError, match="must name at least one input"):
        compile_formula("1 & 0")
    with pytest.raises(SettingError, match="exclusive ors"):
        compile_formula("^".join(f"x{i}" for i in range(300)))
    with pytest.raises(SettingError, match="16 names"):
        compile_formula("|".join(f"x{i}" for i in range(20))).truth_table()
    nested = "a"
    for i in range(40):
        nested = f"({nested} ^ x{i})"
    with pytest.raises(SettingError, match="exclusive ors"):
        compile_formula(nested)


def test_assignments_count_up():
    assert np.array_equal(assignments(2), [[-1, -1], [-1, 1], [1, -1], [1, 1]])
