"""deltarule predict: predicts for the rows of a table."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING, BinaryIO

from deltarule._common.formatting import counted
from deltarule.cli.messages import Line
from deltarule.cli.output import Output, make_printer, output_error, require_standard_output
from deltarule.cli.reading import given_fields, source_of
from deltarule.cli.run_folder import MODEL
from deltarule.cli.screens import json_text, print_warning
from deltarule.errors import SettingError

if TYPE_CHECKING:
    from deltarule.table_model import Prediction

SUFFIXES = (".csv", ".parquet")


def predict(options: Namespace) -> int:
    """Predict and return the exit status."""
    if options.out is not None and not options.out.lower().endswith(SUFFIXES):
        raise SettingError("out", "must end in .csv or .parquet", options.out)
    if options.out is None:
        require_standard_output("write the predictions with --out FILE")
    from deltarule.table_model import load_model

    model = load_model(model_path(options.model))
    model.checked_levels(options.quantiles)  # before a large table is read
    table = model.read(source_of(options), **given_fields(options))
    prediction = model.predict(
        table,
        quantiles=options.quantiles,
        engine=options.engine,
        threads=options.threads or 1,
    )
    # Not among the rows on standard output.
    for note in dict.fromkeys((*table.notes, *prediction.notes)):
        print_warning(note, as_json=options.json and options.out is not None)
    if options.out is not None:
        _write_file(options, prediction)
        return 0
    try:
        _write_standard_output(options, prediction)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise output_error(error) from error
    return 0


def model_path(path: str) -> str:
    """Return the model file for MODEL: a file, or an output folder of train."""
    return os.path.join(path, MODEL) if os.path.isdir(path) else path


def _write_file(options: Namespace, prediction: Prediction) -> None:
    from deltarule.data.writing import write_csv, write_parquet
    from deltarule.formats.atomic_write import write_atomically

    as_csv = options.out.lower().endswith(".csv")
    write, columns = write_csv if as_csv else write_parquet, prediction.columns(as_text=as_csv)
    write_atomically(options.out, lambda file: write(columns, file))
    output = Output(sys.stdout)
    if options.json:
        record = {"event": "result", "rows": len(prediction), "file": options.out}
        output.write(f"{json_text(record)}\n")
    else:
        make_printer(output).lines(
            [Line(f"{options.out}: {counted(len(prediction), 'row')}", "Wrote")]
        )
    output.end()


def _write_standard_output(options: Namespace, prediction: Prediction) -> None:
    if options.json:
        for row in prediction.records():
            sys.stdout.write(f"{json_text(row)}\n")
    else:
        from deltarule.data.writing import write_csv

        sys.stdout.flush()
        stream: BinaryIO = sys.stdout.buffer
        write_csv(prediction.columns(as_text=True), stream)
    sys.stdout.flush()
