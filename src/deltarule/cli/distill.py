"""deltarule distill: makes a small model that predicts what a model predicts."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from deltarule._common.formatting import counted
from deltarule.cli.command_text import shell_command
from deltarule.cli.messages import LABEL_WIDTH, Line
from deltarule.cli.output import Output, make_printer
from deltarule.cli.reading import given_fields, source_of
from deltarule.cli.screens import json_text
from deltarule.errors import SettingError
from deltarule.formats.model_folder import model_file_at

if TYPE_CHECKING:
    from deltarule.table_model import DistillationResult, TableModel

SUFFIX = ".safetensors"


def distill(options: Namespace) -> int:
    """Distill a model, write the small one, and return the exit status."""
    if not options.out.lower().endswith(SUFFIX):
        raise SettingError("out", f"must end in {SUFFIX}", options.out)
    path = model_file_at(options.model)
    if os.path.exists(options.out) and os.path.samefile(path, options.out):
        raise SettingError(
            "out", "must be another file than the model", options.out, "Give it another name."
        )
    from deltarule.table_model import distill, load_model
    from deltarule.table_model.distillation_rows import read_rows

    model = load_model(path)
    reading = given_fields(options)
    table = read_rows(model, source_of(options), **reading)
    of_files = {name: value for name, value in reading.items() if name != "query"}
    test = None if options.test is None else read_rows(model, options.test, **of_files)
    result = distill(
        model,
        table,
        hidden=options.hidden,
        networks=options.networks,
        test=test,
        seed=options.seed,
        engine=options.engine,
        threads=options.threads,
    )
    result.model.save(options.out)
    output = Output(sys.stdout)
    if options.json:
        record = {"event": "result", "file": options.out, "notes": list(result.notes)}
        output.write(f"{json_text(record | _facts(result))}\n")
    else:
        make_printer(output).lines(_lines(path, options.out, result))
    output.end()
    return 0


def _lines(path: str, out: str, result: DistillationResult) -> list[Line]:
    from deltarule.table_model.setting_info import as_options

    if _flash_bytes(result.model) is None:
        following = shell_command(["inspect", out])
    else:
        example = f"{os.path.splitext(os.path.basename(out))[0]}.c"
        following = shell_command(["export", out, "--to", "c", "--out", example])
    rows = " that the model was tested on in training" if result.tested_in_training else ""
    return [
        Line(f"{path}: {result.teacher.summary}", "Model"),
        *(Line(as_options(note), "Note", "note") for note in result.notes),
        Line(),
        Line(f"{counted(result.scores.rows, 'test row')}{rows}", "Scores"),
        *(Line(row) for row in _comparison(result)),
        Line(),
        Line(f"{result.loss_sentence}.", "Result", "strong"),
        Line(f"{out}: {os.path.getsize(out):,} bytes", "Wrote"),
        Line(following, "Next", "command", whole=True),
    ]


def _comparison(result: DistillationResult) -> list[str]:
    """Return sizes and scores of both models, in aligned columns."""
    from deltarule.table_model.scores import format_named_score, named_scores, score_label

    before, after = _size(result.teacher), _size(result.model)
    rows = [["", "model", "distilled", "difference"]]
    rows += [[name, _shown(before[name]), _shown(after[name]), ""] for name in before]
    macro = len(result.teacher.target.classes) > 2
    ours = named_scores(result.scores)
    for name, theirs in named_scores(result.teacher_scores).items():
        difference = ours[name] - theirs
        if difference == difference:  # NaN where the rows do not define the score
            sign = "−" if difference < 0 else "+"
            values = (format_named_score(name, value) for value in (theirs, ours[name]))
            shown = f"{sign}{format_named_score(name, abs(difference))}"
            rows.append([score_label(name, macro=macro), *values, shown])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for label, *cells in rows:
        aligned = (cell.rjust(size) for cell, size in zip(cells, widths[1:], strict=True))
        lines.append(f"{'':{LABEL_WIDTH}}{label:<{widths[0]}}  {'  '.join(aligned)}".rstrip())
    return lines


def _size(model: TableModel) -> dict[str, int | str | None]:
    """Return the size of a model by the name of its measure."""
    from deltarule.table_model.configurations import parameter_count
    from deltarule.table_model.distillation import hidden_units

    return {
        "networks": len(model.networks),
        "hidden units": " or ".join(
            ",".join(map(str, units)) or "none" for units in hidden_units(model)
        ),
        "parameters": parameter_count(model.networks),
        "bytes as C": _flash_bytes(model),
    }


def _flash_bytes(model: TableModel) -> int | None:
    """Return the flash that the model needs as C; None if it cannot be exported."""
    from deltarule.export.c_model import c_files

    try:
        return c_files(model, "model").facts["flash bytes"]
    except SettingError:
        return None


def _shown(value: int | str | None) -> str:
    return f"{value:,}" if isinstance(value, int) else value or "–"


def _facts(result: DistillationResult) -> dict[str, Any]:
    """Return sizes and scores of both models as JSON; undefined scores are null."""
    from deltarule.table_model.configurations import parameter_count
    from deltarule.table_model.distillation import hidden_units
    from deltarule.table_model.scores import named_scores

    def units(model: TableModel) -> list[int] | None:
        shapes = hidden_units(model)
        return list(shapes[0]) if len(shapes) == 1 else None

    pairs = {
        "model": (result.teacher, result.teacher_scores),
        "distilled": (result.model, result.scores),
    }
    return {
        "target": result.model.target.name,
        "test_rows": result.scores.rows,
        "tested_in_training": result.tested_in_training,
        **{
            name: {
                "networks": len(model.networks),
                "hidden_units": units(model),  # null for networks of several shapes
                "shapes": [list(shape) for shape in hidden_units(model)],
                "parameters": parameter_count(model.networks),
                "c_flash_bytes": _flash_bytes(model),
                "scores": named_scores(scores),
            }
            for name, (model, scores) in pairs.items()
        },
    }
