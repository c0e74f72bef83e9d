"""deltarule predict: predicts for the rows of a table."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

from deltarule._common.formatting import counted
from deltarule.cli.messages import Line
from deltarule.cli.output import Output, make_printer, output_error, require_standard_output
from deltarule.cli.reading import open_source
from deltarule.cli.screens import json_text, print_warning
from deltarule.errors import FileError, SettingError
from deltarule.formats.model_folder import model_file_at

if TYPE_CHECKING:
    from deltarule.data.streamed_table import StreamedTable
    from deltarule.table_model import GroupedModel, Prediction, TableModel

SUFFIXES = (".csv", ".parquet")


def predict(options: Namespace) -> int:
    """Predict and return the exit status."""
    if options.out is not None and not options.out.lower().endswith(SUFFIXES):
        raise SettingError("out", "must end in .csv or .parquet", options.out)
    if options.out is None:
        require_standard_output("write the predictions with --out FILE")
    from deltarule.data.schema_check import finite_columns
    from deltarule.data.streamed_table import StreamedTable
    from deltarule.table_model import load
    from deltarule.table_model.by_group.grouped_loading import columns_to_read

    model = load(model_file_at(options.model))
    model.checked_levels(options.quantiles)  # before a large table is read
    schema = model.schema.select(columns_to_read(model))

    def streamed(why: str) -> None:
        _warn(options, [why])

    with open_source(options, schema=schema, on_streamed=streamed) as table:
        if isinstance(table, StreamedTable):
            _predict_streamed(options, model, table)
            return 0
        table = finite_columns(table)
        prediction = model.predict(
            table,
            quantiles=options.quantiles,
            engine=options.engine,
            threads=options.threads or 1,
        )
    _warn(options, (*table.notes, *prediction.notes))
    _write(options, [prediction])
    return 0


def _predict_streamed(
    options: Namespace, model: TableModel | GroupedModel, stream: StreamedTable
) -> None:
    """Predict batch by batch, and write each batch before the next one is read."""
    from deltarule.table_model.streamed_prediction import BatchPredictor

    predictor = BatchPredictor(model, stream, options.engine, options.threads or 1)
    _write(options, predictor.predictions(options.quantiles))
    _warn(options, predictor.notes)


def _warn(options: Namespace, notes: Iterable[str]) -> None:
    """Print notes, not among the rows on standard output."""
    for note in dict.fromkeys(notes):
        print_warning(note, as_json=options.json and options.out is not None)


def _write(options: Namespace, predictions: Iterable[Prediction]) -> None:
    if options.out is not None:
        _write_file(options, predictions)
        return
    try:
        _write_standard_output(options, predictions)
    except BrokenPipeError:
        raise
    except FileError:
        raise
    except OSError as error:
        raise output_error(error) from error


def _write_file(options: Namespace, predictions: Iterable[Prediction]) -> None:
    from deltarule.data.writing import write_csv_batches, write_parquet_batches
    from deltarule.formats.atomic_write import write_atomically

    as_csv = options.out.lower().endswith(".csv")
    write, rows = write_csv_batches if as_csv else write_parquet_batches, 0

    def written(file: BinaryIO) -> None:
        nonlocal rows
        rows = write((each.columns(as_text=as_csv) for each in predictions), file)

    write_atomically(options.out, written)
    output = Output(sys.stdout)
    if options.json:
        record = {"event": "result", "rows": rows, "file": options.out}
        output.write(f"{json_text(record)}\n")
    else:
        make_printer(output).lines([Line(f"{options.out}: {counted(rows, 'row')}", "Wrote")])
    output.end()


def _write_standard_output(options: Namespace, predictions: Iterable[Prediction]) -> None:
    if options.json:
        for prediction in predictions:
            for row in prediction.records():
                sys.stdout.write(f"{json_text(row)}\n")
    else:
        from deltarule.data.writing import write_csv_batches

        sys.stdout.flush()
        stream: BinaryIO = sys.stdout.buffer
        write_csv_batches((each.columns(as_text=True) for each in predictions), stream)
    sys.stdout.flush()
