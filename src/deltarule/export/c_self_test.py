"""Rows to test a C file with: values like those of the training rows, and what the model predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.embeddings import Category
from deltarule.export.c_columns import level_codes
from deltarule.export.c_predictions import PredictFunction
from deltarule.export.c_text import MAX_STRING, double, literals, single, string
from deltarule.export.exportable import ArrayModel
from deltarule.layers import Embedding
from deltarule.preprocessing.column_encoder import ColumnEncoder
from deltarule.preprocessing.operations import (
    MICROSECONDS_PER_DAY,
    InDays,
    NormalScore,
    SoftClip,
    Standardize,
)
from deltarule.table_model import TableModel
from deltarule.table_model.prediction import Prediction

Array = NDArray[Any]
ROWS = 20
MISSING_SHARE = 0.1
PROBABILITY_TOLERANCE = 2e-6
RELATIVE_TOLERANCE = 2e-5
"""Of the scale of a target, or of outputs: other C libraries round their functions differently."""
UNSEEN = -2
MISSING_TIME = int(np.iinfo(np.int64).min)
MAX_DATE = 4e15  # microseconds since 1970, before the year 2100


@dataclass(frozen=True)
class SelfTest:
    """The rows as C initializers, and the rows' outputs, classes (-1 if two are close) and values."""

    rows: list[str]
    outputs: Array
    classes: Array
    values: Array
    tolerance: float


def table_self_test(model: TableModel, levels: tuple[float, ...], rows: int = ROWS) -> SelfTest:
    """Return random rows: the first has nothing but missing values, the second unseen texts."""
    random = np.random.default_rng(0)
    drawn = [_drawn(model, place, random, rows) for place in range(len(model.encoder.used))]
    return table_rows(model, drawn, levels)


def table_rows(model: TableModel, drawn: list[Array], levels: tuple[float, ...]) -> SelfTest:
    """Return the test of rows with the values of the used columns; a code of -2 is an unseen text."""
    used = model.encoder.used
    values = [
        np.maximum(v, -1) if u.values == "code" else v for u, v in zip(used, drawn, strict=True)
    ]
    features = model.encoder.encode(values)
    prediction = model.prediction(model.outputs_of_features(features), levels)
    unseen = {
        own.column: given == UNSEEN
        for own, given in zip(used, drawn, strict=True)
        if own.values == "code"
    }
    prediction = model.calibration.widened(prediction, unseen, model.encoder.columns)
    fields = [_field(own, given) for own, given in zip(used, drawn, strict=True)]
    texts = ["{" + ", ".join(row) + "}" for row in zip(*fields, strict=True)]
    count = len(texts)
    if prediction.probabilities is not None:
        outputs, classes = prediction.probabilities, _clear_classes(prediction, model)
        return SelfTest(texts, outputs, classes, np.zeros(count), PROBABILITY_TOLERANCE)
    outputs = np.zeros((count, 0)) if prediction.quantiles is None else prediction.quantiles
    scale = getattr(model.target, "scale", 1.0)
    numbers = prediction.values.astype(np.float64)
    return SelfTest(
        texts, outputs, np.full(count, -1), numbers, max(RELATIVE_TOLERANCE * scale, 1e-300)
    )


def array_self_test(model: ArrayModel, rows: int = ROWS) -> SelfTest:
    """Return the test of random rows."""
    return array_rows(model, example_rows(model, rows))


def example_rows(model: ArrayModel, rows: int) -> Array:
    """Return random rows of numbers near 0, integers where a column holds categories."""
    network = model.trained.network
    random = np.random.default_rng(0)
    assert network.inputs is not None
    x = random.normal(size=(rows, network.inputs)).astype(np.float32)
    first = network.layers[0]
    if isinstance(first, Embedding):
        for place, column in zip(first.source_columns, first.columns, strict=True):
            if isinstance(column, Category):
                x[:, place] = random.integers(0, column.count, rows)
    for step in reversed(model.before):  # so that the network gets numbers near 0
        x = (x * step.scale + step.mean).astype(np.float32)
    return x


def array_rows(model: ArrayModel, x: Array) -> SelfTest:
    """Return the test of rows of numbers (rows, inputs)."""
    outputs = model.outputs(x).astype(np.float64)
    classes = np.full(len(x), -1)
    if model.classes is not None and not model.is_multilabel:
        if outputs.shape[1] == 1:
            outputs = np.concatenate([1 - outputs, outputs], axis=1)
        ordered = np.sort(outputs, axis=1)
        clear = ordered[:, -1] - ordered[:, -2] > 1e-4
        classes = np.where(clear, outputs.argmax(axis=1), -1)
    largest = float(np.abs(outputs).max(initial=1.0))
    rows = ["{" + ", ".join(literals(row)) + "}" for row in x]
    tolerance = RELATIVE_TOLERANCE * largest
    return SelfTest(rows, outputs, classes, np.zeros(len(x)), tolerance)


def _clear_classes(prediction: Prediction, model: TableModel) -> Array:
    probabilities, numbers = prediction.probabilities, prediction.class_numbers
    assert probabilities is not None
    assert numbers is not None
    if model.calibration.threshold is not None:
        share = probabilities[:, model.calibration.positive_class]
        distance = np.abs(share - model.calibration.threshold)
    else:
        ordered = np.sort(probabilities, axis=1)
        distance = ordered[:, -1] - ordered[:, -2]
    return np.where(distance > 1e-4, numbers, -1)


def _drawn(model: TableModel, place: int, random: np.random.Generator, rows: int) -> Array:
    """Return values of a column as its encoder casts them, a code of -2 for an unseen text."""
    encoder = model.encoder.used[place]
    missing = random.random(rows) < MISSING_SHARE
    missing[0] = True
    if encoder.values == "code":
        known = sorted({c for text, c in level_codes(encoder).items() if len(text) <= MAX_STRING})
        codes = random.choice(known, rows) if known else np.full(rows, UNSEEN)
        codes[1:rows:10] = UNSEEN
        return np.where(missing, -1, codes)
    if encoder.values == "boolean":
        return np.where(missing, np.nan, random.integers(0, 2, rows).astype(np.float64))
    edges = model.distributions[place].edges if model.distributions else np.empty(0)
    if len(edges) == 0:
        edges = _usual_values(encoder)
        if encoder.values == "datetime":
            edges = edges * MICROSECONDS_PER_DAY
    numbers = _between(edges, random, rows)
    if encoder.values == "number":
        return np.where(missing, np.nan, numbers)
    times = np.clip(numbers, -MAX_DATE, MAX_DATE).astype(np.int64).astype("datetime64[us]")
    times[missing] = np.datetime64("NaT")
    return times


def _usual_values(encoder: ColumnEncoder) -> Array:
    """Return ascending values that the operations of a column scale to numbers near 0."""
    for operation in encoder.operations:
        inner = operation.operation if isinstance(operation, InDays) else operation
        match inner:
            case NormalScore():
                return inner.knots.edges
            case SoftClip(middle, scale) | Standardize(_, middle, scale):
                with np.errstate(over="ignore"):
                    return np.nan_to_num(middle + scale * np.array([-2.0, -0.5, 0.5, 2.0]))
    return np.array([0.0, 1.0])


def _between(edges: Array, random: np.random.Generator, rows: int) -> Array:
    """Return numbers from the first edge to the last, evenly distributed among the steps."""
    if len(edges) == 1:
        return np.full(rows, edges[0])
    at = random.integers(0, len(edges) - 1, rows)
    share = random.random(rows)
    numbers = edges[at] * (1 - share) + edges[at + 1] * share
    return np.round(numbers) if np.array_equal(edges, np.round(edges)) else numbers


def _field(encoder: ColumnEncoder, values: Array) -> list[str]:
    """Return the C initializers of the values of a column."""
    if encoder.values == "code":
        texts = {code: string(data) for data, code in level_codes(encoder).items()}
        texts |= {-1: "NULL", UNSEEN: string(_unseen_text(encoder))}
        return [texts[code] for code in values.tolist()]
    if encoder.values == "datetime":
        whole = values.astype(np.int64).tolist()
        return [
            "INT64_MIN" if np.isnat(v) else f"INT64_C({w})"
            for v, w in zip(values, whole, strict=True)
        ]
    return ["(double)NAN" if np.isnan(v) else double(v) for v in values]


def _unseen_text(encoder: ColumnEncoder) -> bytes:
    """Return a text that is no level."""
    known = level_codes(encoder)
    text = b"unseen"
    while text in known:
        text += b"?"
    return text


def self_test_functions(
    test: SelfTest, prefix: str, predict: PredictFunction, row_type: str
) -> str:
    """Return the part of the C file that is compiled for the self-test: a function, and a main for it.

    Both return 0, or the number of the first row that is predicted otherwise.
    """
    count, outputs = len(test.rows), predict.outputs
    rows = ",\n".join(f"    {row}" for row in test.rows)
    lines = [f"  static const {row_type} = {{\n{rows}}};"]
    number = double if predict.kind == "double" else single
    if outputs:
        shown = ",\n".join(
            "    {" + ", ".join(map(number, row)) + "}" for row in test.outputs.tolist()
        )
        lines.append(f"  static const {predict.kind} expected[{count}][{outputs}] = {{\n{shown}}};")
        lines.append(f"  {predict.kind} outputs[{outputs}];")
    argument = ", outputs" if outputs else ""
    reference = "" if row_type.startswith("float ") else "&"
    of_row = f"{prefix}_predict({reference}rows[row]{argument})"
    tolerance = number(test.tolerance)
    absolute = "fabs" if predict.kind == "double" else "fabsf"
    body = []
    if predict.labels:
        classes = ", ".join(map(str, test.classes.tolist()))
        lines.append(f"  static const int classes[{count}] = {{{classes}}};")
        body += [
            f"const int found = {of_row};",
            "if (classes[row] >= 0 && found != classes[row]) {",
            "  return row + 1;",
            "}",
        ]
    elif predict.returns_value:
        values = ", ".join(map(double, test.values.tolist()))
        lines.append(f"  static const double values[{count}] = {{{values}}};")
        body += [
            f"const double value = {of_row};",
            f"if (!(fabs(value - values[row]) <= {tolerance})) {{",
            "  return row + 1;",
            "}",
        ]
    else:
        body.append(f"{of_row};")
    if outputs:
        body += [
            f"for (i = 0; i < {outputs}; ++i) {{",
            f"  if (!({absolute}(outputs[i] - expected[row][i]) <= {tolerance})) {{",
            "    return row + 1;",
            "  }",
            "}",
        ]
    inner = "\n".join(f"    {line}" for line in body)
    counters = "int row, i" if outputs else "int row"
    lines += [
        f"  {counters};",
        f"  for (row = 0; row < {count}; ++row) {{",
        inner,
        "  }",
        "  return 0;",
    ]
    body_text = "\n".join(lines)
    upper = prefix.upper()
    return f"""\
#if defined {upper}_SELF_TEST || defined {upper}_SELF_TEST_FUNCTION
int {prefix}_self_test(void);

/* Returns 0, or the number of the first row that is predicted otherwise than in Python. */
int {prefix}_self_test(void) {{
{body_text}
}}
#endif

#ifdef {upper}_SELF_TEST
int main(void) {{
  return {prefix}_self_test();
}}
#endif"""
