"""The test rows with the largest errors, with their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, format_number, format_percent
from deltarule.data import Column
from deltarule.drawing.svg import truncate
from deltarule.report.content import ClassName, DataTable, Section
from deltarule.report.explanation import Explanation
from deltarule.report.ticks import plain_number
from deltarule.table_model import TableResult

Array = NDArray[Any]
MAX_ROWS, MAX_COLUMNS = 12, 6
_MIN_PROBABILITY = 1e-15


def worst_rows_section(explanation: Explanation, result: TableResult) -> Section:
    """Return the section with the test rows of the largest loss in `result`."""
    target = result.model.target
    losses = _losses(result)
    worst = np.argsort(-losses, kind="stable")[:MAX_ROWS]
    table = result.test_rows.select(worst)
    names = [one.column for one in explanation.importances[:MAX_COLUMNS]]
    columns = [_texts(table[name]) for name in names]
    if target.classes:
        head = ["Row", "Actual", "Predicted", "P(actual)"]
        answers_of_rows = _of_classes(result, worst)
    else:
        head = ["Row", "Actual", "Predicted", "Error"]
        answers_of_rows = _of_numbers(result, worst)
    numbers = _row_numbers(result, worst)
    rows = [
        [number, *answers, *(column[i] for column in columns)]
        for i, (number, answers) in enumerate(zip(numbers, answers_of_rows, strict=True))
    ]
    by = "lowest probability of the actual class" if target.classes else "largest absolute error"
    where = "given for the test" if result.test_table is not None else "with a target"
    lead = (
        f"The {counted(len(rows), 'test row')} with the {by}: often wrong labels, rare cases or values "
        f"that the columns do not explain. Row numbers count the rows {where}, from 1."
    )
    if len(names) < len(result.model.encoder.columns):
        lead += f" Of the columns, the {len(names)} most important are shown."
    return Section(
        "worst-rows",
        "Rows with the largest errors",
        lead,
        shown=(DataTable("Test rows", [*head, *names], rows),),
        reading="These are rows of the data: write the report with --no-rows (rows=False in Python) to "
        "leave them out before you pass it on.",
    )


def _losses(result: TableResult) -> Array:
    probabilities = result.test_prediction.probabilities
    if probabilities is not None:
        truth = result.test_truth.astype(np.int64)
        of_truth = probabilities[np.arange(len(truth)), truth].astype(np.float64)
        return -np.log(np.maximum(of_truth, _MIN_PROBABILITY))
    with np.errstate(over="ignore", invalid="ignore"):
        errors = np.abs(result.test_prediction.values.astype(np.float64) - result.test_truth)
    return np.where(np.isnan(errors), np.inf, errors)


def _of_classes(result: TableResult, rows: Array) -> list[list[str]]:
    probabilities = result.test_prediction.probabilities
    assert probabilities is not None
    classes = result.model.target.classes
    predicted = result.test_prediction.values[rows]
    actual = result.test_truth[rows].astype(np.int64).tolist()
    shares = probabilities[rows, actual]
    return [
        [_marked(classes, classes[a]), _marked(classes, str(p)), format_percent(float(share))]
        for a, p, share in zip(actual, predicted, shares, strict=True)
    ]


def _marked(classes: Sequence[str], name: str) -> str:
    return ClassName(truncate(name), classes.index(name)) if name in classes else truncate(name)


def _of_numbers(result: TableResult, rows: Array) -> list[list[str]]:
    actual = result.test_truth[rows].astype(np.float64)
    predicted = result.test_prediction.values[rows].astype(np.float64)
    return [
        [plain_number(a), format_number(float(p), 5), format_number(float(p - a), 4)]
        for a, p in zip(actual, predicted, strict=True)
    ]


def _row_numbers(result: TableResult, rows: Array) -> list[str]:
    if result.test_table is not None:
        return [f"{row + 1:,}" for row in rows.tolist()]
    places = np.asarray(result.split.test)[rows]
    if result.streamed is not None:
        places = result.streamed.row_numbers[places]
    return [f"{row + 1:,}" for row in places.tolist()]


def _texts(column: Column) -> list[str]:
    if column.kind == "number":
        return ["–" if v != v else plain_number(v) for v in column.values]
    texts = ["–" if spelled is None else truncate(str(spelled), 40) for spelled in column.texts()]
    return [text.replace("T", " ") for text in texts] if column.kind == "datetime" else texts
