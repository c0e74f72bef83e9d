"""Raw rows in C: a struct with a field for each column, and the function that encodes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deltarule.errors import SettingError
from deltarule.export.c_datetimes import CYCLES, IN_DAYS
from deltarule.export.c_source import CSource, Helper
from deltarule.export.c_text import comment, double, identifiers, utf8
from deltarule.export.column_values import UNKNOWN, codes_of_texts, with_unit
from deltarule.preprocessing.categorical import LevelEncoder
from deltarule.preprocessing.column_encoder import ColumnEncoder
from deltarule.preprocessing.operations import (
    CLIP,
    MAX_Z,
    CodeFromOne,
    Cycle,
    InDays,
    IsMissing,
    LookUp,
    NormalScore,
    OneHot,
    Operation,
    Sign,
    SoftClip,
    Standardize,
)
from deltarule.table_model import TableModel

FIELDS: dict[str, tuple[str, str]] = {
    "number": ("double ", "a number, NaN if missing"),
    "boolean": ("double ", "0 is false, 1 is true, NaN if missing"),
    "code": ("const char *", 'a text in UTF-8, NULL or "" if missing'),
    "datetime": ("int64_t ", "microseconds since 1970 in UTC, INT64_MIN if missing"),
}
"""Type and description of a field, by the kind of values of its column."""

CLAMP = Helper(
    "clamp",
    """
static double clamp(double x, double low, double high) {
  return x < low ? low : (x > high ? high : x);
}""",
)
_SOFT_CLIP = Helper(
    "soft_clip",
    f"""
static float soft_clip(double x, double half_middle, double half_scale) {{
  double z, share;
  if (isnan(x)) {{
    return 0.0f;
  }}
  z = clamp((x * 0.5 - half_middle) / half_scale, {double(-MAX_Z)}, {double(MAX_Z)});
  share = z / {double(CLIP)};
  return (float)(z / sqrt(1.0 + share * share));
}}""",
    (CLAMP,),
)
_STANDARDIZE = Helper(
    "standardize",
    """
static float standardize(double x, double fill, double half_mean, double half_scale, double limit) {
  const double half = (isnan(x) ? fill : x) * 0.5;
  return (float)clamp((half - half_mean) / half_scale, -limit, limit);
}""",
    (CLAMP,),
)
_NORMAL_SCORE = Helper(
    "normal_score",
    """
/* The normal score of x between n knots; a knot has the scores from low to high. */
static float normal_score(double x, const double *knots, const double *low, const double *high, int n,
                          double unit) {
  int below = 0, above = n - 1;
  double share, here;
  if (isnan(x)) {
    return 0.0f;
  }
  if (x < knots[0]) {
    return (float)low[0];
  }
  if (x > knots[n - 1]) {
    return (float)high[n - 1];
  }
  if (n == 1) {
    return (float)((low[0] + high[0]) / 2.0);
  }
  while (above - below > 1) {
    const int middle = (below + above) / 2;
    if (knots[middle] <= x) {
      below = middle;
    } else {
      above = middle;
    }
  }
  here = knots[below] * unit;
  share = clamp((x * unit - here) / (knots[above] * unit - here), 0.0, 1.0);
  if (share <= 0.0) {
    return (float)((low[below] + high[below]) / 2.0);
  }
  if (share >= 1.0) {
    return (float)((low[above] + high[above]) / 2.0);
  }
  return (float)(high[below] + share * (low[above] - high[below]));
}""",
    (CLAMP,),
)
_FIND_LEVEL = Helper(
    "find_level",
    """
/* The code of a text among n sorted ones; -1 if it is none of them, -2 if it is missing. */
static int find_level(const char *text, const char *const *levels, const int32_t *codes, int n) {
  int first = 0, stop = n;
  if (text == NULL || text[0] == '\\0') {
    return -2;
  }
  while (first < stop) {
    const int middle = (first + stop) / 2, order = strcmp(text, levels[middle]);
    if (order == 0) {
      return (int)codes[middle];
    }
    if (order < 0) {
      stop = middle;
    } else {
      first = middle + 1;
    }
  }
  return -1;
}""",
)
_ONE_HOT = Helper(
    "one_hot",
    """
static void one_hot(int code, int n, float *out) {
  int i;
  for (i = 0; i < n; ++i) {
    out[i] = i == code ? 1.0f : 0.0f;
  }
}""",
)


@dataclass(frozen=True)
class Columns:
    """The struct of a row, and what later parts need of it.

    `fields` are the members of the struct with their comments, `inputs` what each column holds in words.
    `unseen` has the places of the columns whose unseen texts are marked. `features` is their number.
    """

    fields: list[str]
    inputs: dict[str, str]
    unseen: tuple[int, ...]
    features: int


def add_columns(source: CSource, model: TableModel, prefix: str, *, marks_unseen: bool) -> Columns:
    """Add the function `encode(row, x)`, which writes the features of a row.

    With `marks_unseen` it has the argument `unseen`, an array that is 1 for each column whose text is
    none of the levels.
    """
    used = model.encoder.used
    names = identifiers([own.column for own in used], "column")
    inputs = {own.column: with_unit(FIELDS[own.values][1], own, model.schema) for own in used}
    fields = [
        f"/* {comment(own.column)}: {comment(inputs[own.column])} */\n  {FIELDS[own.values][0]}{name};"
        for own, name in zip(used, names, strict=True)
    ]
    statements: list[str] = []
    unseen: list[int] = []
    feature = 0
    for place, (own, name) in enumerate(zip(used, names, strict=True)):
        value = f"row->{name}"
        if own.values == "code":
            statements.append(f"code = {_find(source, own, name)};")
            if marks_unseen and isinstance(own, LevelEncoder):
                statements.append(f"unseen[{len(unseen)}] = code == {UNKNOWN};")
                unseen.append(place)
            value = "code"
        for operation in own.operations:
            statements.append(_statement(source, own, name, operation, value, feature))
            feature += operation.width
    has_code = any(own.values == "code" for own in used)
    lines = [*(["int code;"] if has_code else []), *statements]
    arguments = f"const {prefix}_row *row, float *x{', int *unseen' if unseen else ''}"
    body = "\n".join(f"  {line}" for line in lines)
    source.functions.append(f"static void encode({arguments}) {{\n{body}\n}}")
    return Columns(fields, inputs, tuple(unseen), feature)


def _find(source: CSource, encoder: ColumnEncoder, name: str) -> str:
    """Return the call that finds the code of a text."""
    codes = level_codes(encoder)
    if not codes:
        return f"row->{name} == NULL || row->{name}[0] == '\\0' ? -2 : {UNKNOWN}"
    texts = sorted(codes)
    levels = source.strings(f"levels_of_{name}", texts)
    numbers = np.array([codes[text] for text in texts], np.int32)
    order = source.array(f"codes_of_{name}", numbers)
    return f"{source.use(_FIND_LEVEL)}(row->{name}, {levels}, {order}, {len(texts)})"


def level_codes(encoder: ColumnEncoder) -> dict[bytes, int]:
    """Return the code of each text that is a level, in UTF-8; a text with a zero byte cannot be one."""
    known = codes_of_texts(encoder)
    return {utf8(text): code for text, code in known.items() if "\0" not in text}


def _statement(
    source: CSource,
    encoder: ColumnEncoder,
    name: str,
    operation: Operation,
    value: str,
    feature: int,
) -> str:
    """Return the statement that writes the features of an operation at `x[feature]`."""
    out = f"x + {feature}" if feature else "x"
    number, into = value, f"x[{feature}]"
    if isinstance(operation, InDays):
        number, operation = f"{source.use(IN_DAYS)}({value})", operation.operation
    match operation:
        case SoftClip(middle, scale):
            call = f"{source.use(_SOFT_CLIP)}({number}, {double(middle / 2)}, {double(scale / 2)})"
            return f"{into} = {call};"
        case Standardize(fill, mean, scale, limit):
            settings = ", ".join(map(double, (fill, mean / 2, scale / 2, limit)))
            return f"{into} = {source.use(_STANDARDIZE)}({number}, {settings});"
        case NormalScore():
            return f"{into} = {_normal_score(source, operation, name, number)};"
        case Sign():
            return f"{into} = isnan({value}) ? 0.0f : (float)(2.0 * {value} - 1.0);"
        case IsMissing():
            is_missing = (
                f"{value} == INT64_MIN" if encoder.values == "datetime" else f"isnan({value})"
            )
            return f"{into} = {is_missing} ? 1.0f : 0.0f;"
        case OneHot(count, marks_others):
            code = f"code < 0 ? {count} : code" if marks_others else "code"
            return f"{source.use(_ONE_HOT)}({code}, {operation.width}, {out});"
        case LookUp(entries):
            table = source.array(f"entries_of_{name}", np.array(entries, np.float32))
            return f"{into} = {table}[code < 0 ? {len(entries) - 1} : code];"
        case CodeFromOne():
            return f"{into} = code < 0 ? 0.0f : (float)(code + 1);"
        case Cycle(position, length):
            return f"{source.use(CYCLES[position])}({value}, {double(length)}, {out});"
    raise SettingError(
        "model",
        f"encodes column {encoder.column!r} by {type(operation).__name__}, which C export does not know",
    )


def _normal_score(source: CSource, operation: NormalScore, name: str, number: str) -> str:
    knots = operation.knots
    with np.errstate(over="ignore"):
        unit = 1.0 if np.isfinite(knots.edges[-1] - knots.edges[0]) else 0.5
    arrays = [
        source.array(f"{part}_of_{name}", values)
        for part, values in (("knots", knots.edges), ("low", knots.low), ("high", knots.high))
    ]
    call = source.use(_NORMAL_SCORE)
    return f"{call}({number}, {', '.join(arrays)}, {len(knots.edges)}, {unit})"
