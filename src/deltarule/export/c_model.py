"""to_c: writes a trained model as one C file and its header."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

from deltarule._common.formatting import counted
from deltarule._common.version import __version__
from deltarule.errors import SettingError
from deltarule.export.c_columns import FIELDS, add_columns
from deltarule.export.c_networks import add_networks
from deltarule.export.c_predictions import (
    PredictFunction,
    add_array_prediction,
    add_table_prediction,
)
from deltarule.export.c_self_test import (
    SelfTest,
    array_self_test,
    self_test_functions,
    table_self_test,
)
from deltarule.export.c_source import CSource
from deltarule.export.c_text import comment, identifier, utf8
from deltarule.export.exportable import ArrayModel, exportable, refuse_words
from deltarule.export.formats import ExportSummary
from deltarule.export.written_together import write_together
from deltarule.formats.system_errors import path_text
from deltarule.table_model import TableModel

__all__ = ["to_c"]

BYTES_PER_CHARACTER = 0.5
"""Machine code of a character of C without comments and indentation, an upper estimate for -Os."""
FRAME_BYTES = 320
"""Stack besides the local arrays: saved registers, return addresses, and functions of libm."""


@dataclass(frozen=True)
class CFiles:
    """A model as C: both files as text, and what is stated about them."""

    source: str
    header: str
    inputs: dict[str, str]
    outputs: dict[str, str]
    facts: dict[str, int]


def to_c(
    model: Any, path: str | PathLike[str], *, quantiles: Sequence[float] | float = ()
) -> ExportSummary:
    """Write a trained model as C99 without dependencies, for microcontrollers and other programs.

    The files take a raw row and hold the preprocessing, the networks and the calibration. Both are
    written completely, or none.

    Parameters
    ----------
    model : TableModel, TrainedNetwork or fitted estimator
        A model of a table, what `train` or `fit` returns, an estimator of scikit-learn's interface, or a
        model of Keras's.
    path : path
        Where to write the C file, "NAME.c". The header "NAME.h" is written beside it. NAME becomes the
        prefix of the type and the function that the header declares.
    quantiles : float or sequence of float, default ()
        For a regression on a table, the levels of quantiles to predict, from 0.005 to 0.995.

    Returns
    -------
    ExportSummary
        The fields of a row, what is predicted, and the needs of the code in bytes: flash, RAM and stack.

    Raises
    ------
    SettingError
        If `model` is something else, if it cannot predict the quantiles, if it uses something that cannot
        be translated, or if `path` does not end in ".c".
    FileError
        If a file cannot be written.

    See Also
    --------
    to_onnx : Writes a model for onnxruntime.
    EXPORT_FORMATS : All formats.

    Notes
    -----
    A model of a table has one struct with a field for each column: double for numbers and booleans (NaN
    if missing), const char * for texts (NULL or "" if missing), int64_t for datetimes in microseconds
    since 1970 in UTC (INT64_MIN if missing). Texts are compared with the levels as they are written. Any
    other model takes the inputs as const float *.

    Columns and calibration are computed in double, networks in float, with the weights of the parameters
    rounded to float32. The code allocates nothing, keeps no state and needs libm only; int must have 32
    bits or more. Compiled with NAME_SELF_TEST defined, the file is a program that predicts for 20 rows of
    the kind of the training rows and returns 0 if all results are those of `predict`.

    Flash is the size of the constants, with pointers of 4 bytes, and an upper estimate of the machine
    code for -Os without libm.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import deltarule as dr
    >>> table = {"x": [*range(20)], "y": ["low"] * 10 + ["high"] * 10}
    >>> model = dr.train(table, "y", folds=1, epochs=5, hidden=(4,)).model
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     summary = dr.export.to_c(model, Path(folder) / "heights.c")
    >>> summary.inputs
    {'x': 'double: a number, NaN if missing'}
    >>> summary.facts["RAM bytes"]
    0
    """
    known = exportable(model)
    text = path_text(path)
    stem, suffix = os.path.splitext(text)
    if suffix != ".c":
        raise SettingError("path", "must end in .c", text, "The header is written beside it.")
    name = os.path.basename(stem)
    if re.search(r'["\\\x00-\x1f]', name):
        raise SettingError(
            "path",
            "must have a file name without quotes, backslashes and control characters, because the C "
            "file includes the header by its name",
            text,
        )
    files = c_files(known, name, quantiles)
    write_together({text: utf8(files.source), f"{stem}.h": utf8(files.header)})
    note = (
        f"Test it on the target: compile {name}.c with {prefix_of(name).upper()}_SELF_TEST defined; "
        "its main returns 0."
    )
    return ExportSummary((text, f"{stem}.h"), files.inputs, files.outputs, files.facts, (note,))


def prefix_of(name: str) -> str:
    """Return the prefix of the declared names, for the name of the files."""
    return identifier(name, "model").rstrip("_")


def c_files(
    model: TableModel | ArrayModel, name: str, quantiles: Sequence[float] | float = ()
) -> CFiles:
    """Return a model as C; `name` is that of the files without suffix."""
    refuse_words(model, "C")
    prefix = prefix_of(name)
    source = CSource()
    row_type = ""
    if isinstance(model, TableModel):
        levels = model.checked_levels(quantiles)
        marks_unseen = bool(levels) and model.calibration.unseen_errors is not None
        chains = add_networks(source, model.networks, votes=model.votes)
        columns = add_columns(source, model, prefix, marks_unseen=marks_unseen)
        predict = add_table_prediction(source, model, prefix, columns, chains, levels)
        test = table_self_test(model, levels)
        fields = "\n".join(f"  {field}" for field in columns.fields)
        row_type = f"typedef struct {{\n{fields}\n}} {prefix}_row;\n\n"
        inputs = {
            own.column: f"{FIELDS[own.values][0].strip()}: {columns.inputs[own.column]}"
            for own in model.encoder.used
        }
        about, rows = model.summary, f"{prefix}_row rows[{len(test.rows)}]"
    else:
        if quantiles != ():
            raise SettingError(
                "quantiles", "need a model that was trained on a table by deltarule.train"
            )
        network = model.trained.network
        predict = add_array_prediction(
            source, model, prefix, add_networks(source, [model.trained], model.before)
        )
        test = array_self_test(model)
        inputs = {"x": f"const float *: {counted(network.known_inputs, 'number')}, none missing"}
        about, rows = network._sentence(), f"float rows[{len(test.rows)}][{network.inputs}]"
    header = _header(prefix, about, row_type, predict)
    text = _source(source, name, prefix, about, predict, test, rows)
    return CFiles(text, header, inputs, _outputs(predict), _facts(source, predict))


def _outputs(predict: PredictFunction) -> dict[str, str]:
    """Return what the function returns and writes, in words."""
    outputs: dict[str, str] = {}
    if predict.labels:
        outputs["label"] = "int: the number of the predicted class, from 0"
        shown = ", ".join(predict.labels[:8]) + ", ..." * (len(predict.labels) > 8)
        outputs["probabilities"] = f"{predict.kind}[{predict.outputs}]: of {shown}"
    elif predict.returns_value:
        outputs["value"] = "double: the predicted number"
        if predict.outputs:
            outputs["quantiles"] = f"double[{predict.outputs}]: its quantiles"
    else:
        outputs["outputs"] = f"{predict.kind}[{predict.outputs}]: the outputs of the network"
    return outputs


def _facts(source: CSource, predict: PredictFunction) -> dict[str, int]:
    """Return the needs of the code in bytes."""
    code = re.sub(r"/\*.*?\*/", "", source.code(), flags=re.DOTALL)
    characters = sum(len(line.strip()) for line in code.splitlines())
    flash = source.constant_bytes + round(BYTES_PER_CHARACTER * characters)
    names = sum(len(utf8(label)) + 5 for label in predict.labels)
    return {
        "flash bytes": flash + names,
        "RAM bytes": 0,
        "stack bytes": predict.stack_bytes + FRAME_BYTES,
    }


def _header(prefix: str, about: str, row_type: str, predict: PredictFunction) -> str:
    upper = prefix.upper()
    names = ""
    if predict.labels:
        count = len(predict.labels)
        names = (
            f"#define {upper}_CLASSES {count}\n\n"
            f"/* The classes by number. */\nextern const char *const {prefix}_class_names[{count}];\n\n"
        )
    elif predict.outputs:
        what = "QUANTILES" if predict.returns_value else "OUTPUTS"
        names = f"#define {upper}_{what} {predict.outputs}\n\n"
    return f"""\
/* {comment(about)}. Written by deltarule {__version__}. */
#ifndef {upper}_H
#define {upper}_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

{row_type}{names}/* {comment(predict.about, 1000)} */
{predict.declaration};

#ifdef __cplusplus
}}
#endif

#endif
"""


def _source(
    source: CSource,
    name: str,
    prefix: str,
    about: str,
    predict: PredictFunction,
    test: SelfTest,
    rows: str,
) -> str:
    names = ""
    if predict.labels:
        labels = CSource()
        # A text ends at its first zero byte.
        texts = [utf8(label.partition("\0")[0]) for label in predict.labels]
        labels.strings(f"{prefix}_class_names", texts)
        names = "\n\n".join(labels.constants).replace(
            f"static const char *const {prefix}_class_names[",
            f"const char *const {prefix}_class_names[",
        )
    constants = "\n".join([*source.constants, names] if names else source.constants)
    upper = prefix.upper()
    main = self_test_functions(test, prefix, predict, rows)
    return f"""\
/* {comment(about)}. Written by deltarule {__version__}.
   C99, with libm: nothing is allocated, no state is kept. With {upper}_SELF_TEST defined, this file is
   a program that returns 0 if {len(test.rows)} rows are predicted as in Python; with
   {upper}_SELF_TEST_FUNCTION, it has the function {prefix}_self_test instead. */
#include "{name}.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if INT_MAX < 2147483647
#error "int must have 32 bits"
#endif
#if DBL_MANT_DIG < 53
#error "double must have 64 bits"
#endif
#ifdef __FAST_MATH__
#error "missing numbers are NaN, which -ffast-math does not know"
#endif

{constants}

{source.code()}

{main}
"""
