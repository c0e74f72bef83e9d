"""From the outputs of networks to predictions in C: probabilities and a class, or a number and quantiles.

The functions compute in double what `table_model.task_methods` and `table_model.calibration` compute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.export.c_columns import CLAMP, Columns
from deltarule.export.c_networks import Chains
from deltarule.export.c_source import CSource, Helper
from deltarule.export.c_text import double
from deltarule.export.exportable import ArrayModel
from deltarule.preprocessing import NumberTarget
from deltarule.table_model import TableModel
from deltarule.table_model.prediction_intervals import LEVELS, ErrorQuantiles
from deltarule.table_model.temperature_scaling import MIN_PROBABILITY

Array = NDArray[Any]

_MEAN_OF_CHAINS = """
/* The mean of `members` chains from `first` on. */
static void mean_of_{name}(int first, int members, const float *x, float *out) {{
  float one[{outputs}];
  int i, j;
  {name}(first, x, out);
  for (i = 1; i < members; ++i) {{
    {name}(first + i, x, one);
    for (j = 0; j < {outputs}; ++j) {{
      out[j] += one[j];
    }}
  }}
  for (j = 0; j < {outputs}; ++j) {{
    out[j] *= {share};
  }}
}}"""
_ADD_CALIBRATED = Helper(
    "add_calibrated",
    f"""
/* Adds p^(1/T) / sum of p^(1/T) to `total`; `p` has room for n numbers. */
static void add_calibrated(const float *outputs, double *p, int n, double temperature, double *total) {{
  double top = 0.0, sum = 0.0;
  int i;
  for (i = 0; i < n; ++i) {{
    const double output = (double)outputs[i];
    p[i] = log(output > {double(MIN_PROBABILITY)} ? output : {double(MIN_PROBABILITY)}) / temperature;
    top = i == 0 || p[i] > top ? p[i] : top;
  }}
  for (i = 0; i < n; ++i) {{
    p[i] = exp(p[i] - top);
    sum += p[i];
  }}
  for (i = 0; i < n; ++i) {{
    total[i] += p[i] / sum;
  }}
}}""",
)
_DIVIDE_BY_SUM = Helper(
    "divide_by_sum",
    """
static void divide_by_sum(double *p, int n) {
  double sum = 0.0;
  int i;
  for (i = 0; i < n; ++i) {
    sum += p[i];
  }
  for (i = 0; i < n; ++i) {
    p[i] /= sum;
  }
}""",
)
_LARGEST = """
static int largest(const {kind} *p, int n) {{
  int i, found = 0;
  for (i = 1; i < n; ++i) {{
    found = p[i] > p[found] ? i : found;
  }}
  return found;
}}"""
_LARGEST_DOUBLE = Helper("largest", _LARGEST.format(kind="double"))
_LARGEST_FLOAT = Helper("largest", _LARGEST.format(kind="float"))
_INTERPOLATE = Helper(
    "interpolate",
    """
/* The value at x between n ascending points; constant beyond the first and the last. */
static double interpolate(double x, const double *points, const double *values, int n) {
  int below = 0, above = n - 1;
  if (x < points[0]) {
    return values[0];
  }
  if (x >= points[n - 1]) {
    return values[n - 1];
  }
  while (above - below > 1) {
    const int middle = (below + above) / 2;
    if (points[middle] <= x) {
      below = middle;
    } else {
      above = middle;
    }
  }
  return (values[above] - values[below]) / (points[above] - points[below]) * (x - points[below]) +
         values[below];
}""",
)


@dataclass(frozen=True)
class PredictFunction:
    """The function that predicts: its declaration, what it returns and writes, its size on the stack.

    `outputs` is the number of values that it writes, of the C type `kind`. `labels` are the names of the
    classes whose number it returns, if it returns one; `returns_value` is whether it returns a number.
    """

    declaration: str
    about: str
    kind: str
    outputs: int
    labels: tuple[str, ...]
    returns_value: bool
    stack_bytes: int


def add_table_prediction(
    source: CSource,
    model: TableModel,
    prefix: str,
    columns: Columns,
    chains: Sequence[Chains],
    levels: tuple[float, ...],
) -> PredictFunction:
    """Add the function that predicts for a raw row."""
    inner = max(c.stack_bytes for c in chains)
    stack = 4 * columns.features + inner + 4 * len(columns.unseen)
    if isinstance(model.target, NumberTarget):
        return _numbers(source, model, prefix, columns, chains, levels, stack)
    calibration, classes = model.calibration, tuple(model.target.classes)
    count = len(classes)
    loops, outputs_bytes = _loops(source, chains, count)
    add = source.use(_ADD_CALIBRATED)
    temperature = double(calibration.temperature)
    inside = [f"{add}(outputs, powers, {count}, {temperature}, probabilities);"]
    if calibration.threshold is None:
        answer = f"return {source.use(_LARGEST_DOUBLE)}(probabilities, {count});"
    else:
        positive = calibration.positive_class
        answer = (
            f"return probabilities[{positive}] >= {double(calibration.threshold)} "
            f"? {positive} : {1 - positive};"
        )
    declaration = f"int {prefix}_predict(const {prefix}_row *row, double *probabilities)"
    body = [
        f"float x[{columns.features}], outputs[{count}];",
        f"double powers[{count}];",
        "int i;",
        "encode(row, x);",
        f"for (i = 0; i < {count}; ++i) {{",
        "  probabilities[i] = 0.0;",
        "}",
        *loops(inside),
        f"{source.use(_DIVIDE_BY_SUM)}(probabilities, {count});",
        answer,
    ]
    _add(source, declaration, body)
    about = (
        f"Writes the probability of each of the {count} classes and returns the number of the predicted "
        "one, from 0."
    )
    stack += 12 * count + outputs_bytes
    return PredictFunction(declaration, about, "double", count, classes, False, stack)


def _numbers(
    source: CSource,
    model: TableModel,
    prefix: str,
    columns: Columns,
    chains: Sequence[Chains],
    levels: tuple[float, ...],
    stack: int,
) -> PredictFunction:
    target, calibration = model.target, model.calibration
    assert isinstance(target, NumberTarget)
    loops, outputs_bytes = _loops(source, chains, 1)
    limits = calibration.target_range

    def in_range(value: str) -> str:
        if limits is None:
            return value
        return f"{source.use(CLAMP)}({value}, {double(limits[0])}, {double(limits[1])})"

    networks = sum(c.networks * c.votes for c in chains)
    value = f"sum / {double(networks)} * {double(target.scale)} + {double(target.mean)}"
    unseen = ", unseen" if columns.unseen else ""
    body = [
        f"float x[{columns.features}], outputs[1];",
        "double sum = 0.0, value;",
        "int i;",
        *([f"int unseen[{len(columns.unseen)}];"] if unseen else []),
        f"encode(row, x{unseen});",
        *loops(["sum += (double)outputs[0];"]),
        f"value = {in_range(value)};",
    ]
    if levels:
        body += [f"write_quantiles(value{unseen}, quantiles);"]
        _quantile_function(source, model, columns, levels, in_range)
    body.append("return value;")
    argument = ", double *quantiles" if levels else ""
    declaration = f"double {prefix}_predict(const {prefix}_row *row{argument})"
    _add(source, declaration, body)
    about = "Returns the predicted number."
    if levels:
        shown = ", ".join(f"{level:g}" for level in levels)
        about = f"Returns the predicted number and writes its quantiles {shown}."
    return PredictFunction(
        declaration, about, "double", len(levels), (), True, stack + 16 + outputs_bytes
    )


def _quantile_function(
    source: CSource, model: TableModel, columns: Columns, levels: tuple[float, ...], in_range: Any
) -> None:
    """Add the function that writes the quantiles of a predicted number."""
    errors, unseen = model.calibration.error_quantiles, model.calibration.unseen_errors
    assert isinstance(errors, ErrorQuantiles)
    chosen = np.array(levels)
    by_level = np.stack([np.interp(chosen, LEVELS, row) for row in errors.errors], axis=1)
    centers = source.array("error_centers", errors.centers.astype(np.float64))
    values = source.array("errors_by_level", by_level.astype(np.float64))
    count = len(errors.centers)
    clamp, largest = source.use(CLAMP), double(np.finfo(np.float64).max)
    error = f"{source.use(_INTERPOLATE)}(value, {centers}, {values} + i * {count}, {count})"
    body = [
        "int i;",
        f"for (i = 0; i < {len(levels)}; ++i) {{",
        f"  double quantile = value + {error};",
        f"  quantile = {clamp}(quantile, -{largest}, {largest});",
        f"  quantiles[i] = {in_range('quantile')};",
        "}",
    ]
    argument = ""
    if columns.unseen and unseen is not None:
        argument = ", const int *unseen"
        farther = np.stack([np.interp(chosen, LEVELS, unseen.of(p)) for p in columns.unseen])
        table = source.array("errors_of_unseen", farther.astype(np.float64))
        sides = source.array("sides", np.sign(chosen - 0.5).astype(np.int32))
        body = [
            "int i, j;",
            *body[1:-1],
            f"  for (j = 0; j < {len(columns.unseen)}; ++j) {{",
            f"    const double measured = value + {table}[j * {len(levels)} + i];",
            f"    if (unseen[j] && (measured - quantiles[i]) * (double){sides}[i] > 0.0) {{",
            f"      quantiles[i] = {in_range('measured')};",
            "    }",
            "  }",
            "}",
        ]
    _add(source, f"static void write_quantiles(double value{argument}, double *quantiles)", body)


def add_array_prediction(
    source: CSource, model: ArrayModel, prefix: str, chains: Sequence[Chains]
) -> PredictFunction:
    """Add the function that predicts for a row of numbers."""
    network = model.trained.network
    count = network.outputs
    assert count is not None
    loops, outputs_bytes = _loops(source, chains, count)
    stack = chains[0].stack_bytes + outputs_bytes
    if model.classes is None or model.is_multilabel:
        declaration = f"void {prefix}_predict(const float *x, float *outputs)"
        _add(source, declaration, loops([]))
        about = f"Writes the {count} outputs for {network.inputs} inputs."
        return PredictFunction(declaration, about, "float", count, (), False, stack)
    labels = tuple(str(label) for label in model.classes)
    declaration = f"int {prefix}_predict(const float *x, float *probabilities)"
    if count == 1:
        body = [
            "float outputs[1];",
            *loops([]),
            "probabilities[0] = 1.0f - outputs[0];",
            "probabilities[1] = outputs[0];",
            f"return outputs[0] > 0.5f ? {len(labels) - 1} : 0;",
        ]
    else:
        body = [
            *[line.replace("outputs", "probabilities") for line in loops([])],
            f"return {source.use(_LARGEST_FLOAT)}(probabilities, {count});",
        ]
    _add(source, declaration, body)
    about = (
        f"Writes the probability of each class for {network.inputs} inputs and returns the number of the "
        "most probable class, from 0."
    )
    return PredictFunction(declaration, about, "float", max(count, 2), labels, False, stack + 8)


def _loops(source: CSource, chains: Sequence[Chains], outputs: int) -> tuple[Any, int]:
    """Return what makes the statements that compute `outputs` of each network, and its bytes of stack."""
    calls = []
    for group in chains:
        if group.members == 1:
            calls.append((group, f"{group.function}({{i}}, x, outputs);"))
            continue
        share = f"{np.float32(1 / group.members)!s}f"
        source.functions.append(
            _MEAN_OF_CHAINS.format(name=group.function, outputs=outputs, share=share).strip()
        )
        first = f"{{i}} * {group.members}"
        call = f"mean_of_{group.function}({first}, {group.members}, x, outputs);"
        calls.append((group, call))

    def statements(inside: list[str]) -> list[str]:
        lines: list[str] = []
        for group, call in calls:
            added = _voting(inside, group.votes)
            if group.networks == 1:
                lines += [call.format(i=0), *added]
                continue
            lines += [
                f"for (i = 0; i < {group.networks}; ++i) {{",
                f"  {call.format(i='i')}",
                *(f"  {line}" for line in added),
                "}",
            ]
        return lines

    return statements, 4 * outputs * any(group.members > 1 for group in chains)


def _voting(statements: list[str], votes: int) -> list[str]:
    """Return statements that add the outputs of a network as often as it has votes."""
    if votes == 1 or not statements:
        return statements
    loop = f"  for (j = 0; j < {votes}; ++j) {{"
    return ["{", "  int j;", loop, *(f"    {line}" for line in statements), "  }", "}"]


def _add(source: CSource, declaration: str, body: list[str]) -> None:
    needs_no_i = not any(line.lstrip().startswith("for (i") for line in body)
    lines = [line for line in body if not (line == "int i;" and needs_no_i)]
    inner = "\n".join(f"  {line}" for line in lines)
    source.functions.append(f"{declaration} {{\n{inner}\n}}")
