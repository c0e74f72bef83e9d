"""deltarule evaluate: scores a model on a table that has the target column."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from deltarule._common.formatting import counted
from deltarule.cli.messages import LABEL_WIDTH, Line
from deltarule.cli.output import Output, make_printer, require_standard_output
from deltarule.cli.reading import open_source
from deltarule.cli.screens import json_text
from deltarule.formats.model_folder import model_file_at

if TYPE_CHECKING:
    from deltarule.table_model import GroupedModel, TableModel
    from deltarule.table_model.scores import ClassificationScores, Scores

MAX_SHOWN_CLASSES = 8
_NEXT = " " * LABEL_WIDTH  # the label of a line that continues the one above


def evaluate(options: Namespace) -> int:
    """Score a model and return the exit status."""
    require_standard_output("redirect it to a file")
    from deltarule.data.streamed_table import StreamedTable
    from deltarule.table_model import load
    from deltarule.table_model.by_group.grouped_loading import columns_to_read
    from deltarule.table_model.evaluation import columns_to_score, evaluate_table, training_weight
    from deltarule.table_model.streamed_prediction import BatchPredictor

    path = model_file_at(options.model)
    model = load(path)
    more = columns_to_score(model)
    engine, threads = options.engine, options.threads or 1
    with open_source(options, schema=model.schema.select(columns_to_read(model) | more)) as table:
        if isinstance(table, StreamedTable):
            predictor = BatchPredictor(model, table, engine, threads)
            scores = predictor.scores()
        else:
            scores = evaluate_table(model, table, engine=engine, threads=threads)
        is_weighted = training_weight(model.about) in table.names
    output = Output(sys.stdout)
    if options.json:
        record = {
            "event": "result",
            "file": path,
            "source": table.source,
            "notes": list(scores.notes),
        }
        output.write(f"{json_text(record | _facts(model, scores))}\n")
    else:
        read = f"{table.source}: {counted(scores.rows, 'row')} with a target"
        lines = [
            Line(f"{path}: {model.summary}", "Model"),
            Line(read, "Read"),
            *(Line(note, "Note", "note") for note in scores.notes),
            Line(),
            *_result_lines(model, scores, is_weighted),
        ]
        make_printer(output).lines(lines)
    output.end()
    return 0


def _result_lines(
    model: TableModel | GroupedModel, scores: Scores, is_weighted: bool
) -> list[Line]:
    from deltarule.table_model import GroupedModel
    from deltarule.table_model.score_summary import (
        other_scores,
        scores_sentence,
        threshold_sentence,
    )
    from deltarule.table_model.scores import ClassificationScores

    classes = model.target.classes
    weights = ", weighted" if is_weighted else ""
    sentence = scores_sentence(scores, scores.baseline_label(classes), kind="row", weights=weights)
    threshold = "" if isinstance(model, GroupedModel) else threshold_sentence(model)
    lines = [
        Line(f"{sentence}{threshold}", "Result", "strong"),
        Line(other_scores(scores, classes), _NEXT),
    ]
    earlier = _test_scores(model.about)
    if earlier:
        lines.append(Line(earlier, "Training"))
    if isinstance(scores, ClassificationScores) and len(classes) <= MAX_SHOWN_CLASSES:
        lines += [Line(), *_confusion_lines(scores, classes)]
    return lines


def _test_scores(about: dict[str, Any]) -> str:
    """Return the test scores of training in a few words; the file is untrusted."""
    from deltarule.table_model.scores import format_named_score, score_label

    stored = about.get("test_scores")
    scores = stored if isinstance(stored, dict) else {}
    shown = [
        f"{score_label(name)} {format_named_score(name, scores[name])}"
        for name in ("accuracy", "log_loss", "r2", "rmse")
        if isinstance(scores.get(name), float)
    ]
    rows = scores.get("rows")
    on = f" on {counted(rows, 'test row')}" if isinstance(rows, int) else ""
    return f"{', '.join(shown)}{on}, when the model was trained" if shown else ""


def _confusion_lines(scores: ClassificationScores, classes: tuple[str, ...]) -> list[Line]:
    """Return the confusion matrix in aligned lines."""
    names = [name if len(name) <= 20 else f"{name[:19]}…" for name in classes]
    cells = [[f"{count:,}" for count in row] for row in scores.confusion.tolist()]
    widths = [max(len(name), *(len(row[j]) for row in cells)) for j, name in enumerate(names)]
    width = max(map(len, names))
    head = "  ".join(name.rjust(size) for name, size in zip(names, widths, strict=True))
    lines = [
        Line("columns: predicted; rows: actual", "Confusion"),
        Line(f"{'':{width}}  {head}", _NEXT),
    ]
    for name, row in zip(names, cells, strict=True):
        counts = "  ".join(cell.rjust(size) for cell, size in zip(row, widths, strict=True))
        lines.append(Line(f"{name:<{width}}  {counts}", _NEXT))
    return lines


def _facts(model: TableModel | GroupedModel, scores: Scores) -> dict[str, Any]:
    """Return the scores as JSON; scores that the rows do not define are null."""
    from deltarule.table_model import GroupedModel
    from deltarule.table_model.scores import ClassificationScores, named_scores

    classes = model.target.classes
    facts: dict[str, Any] = {
        "target": model.target.name,
        "rows": scores.rows,
        "scores": named_scores(scores),
        "baseline": {"label": scores.baseline_label(classes)},
    }
    if not isinstance(scores, ClassificationScores):
        facts["baseline"]["rmse"] = scores.baseline_rmse
        return facts
    positive = scores.positive_class
    facts["baseline"]["accuracy"] = scores.baseline_accuracy
    return facts | {
        "classes": list(classes),
        "positive_class": None if positive is None else classes[positive],
        "threshold": None if isinstance(model, GroupedModel) else model.calibration.threshold,
        "confusion": scores.confusion.tolist(),
    }
