"""deltarule export: writes a model in another format."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from deltarule._common import checks
from deltarule.cli.messages import Line, first_names
from deltarule.cli.output import Output, make_printer
from deltarule.cli.screens import json_text
from deltarule.errors import SettingError
from deltarule.export.code_files import WEIGHTS_SUFFIX
from deltarule.export.formats import EXPORT_FORMATS, ExportFormat
from deltarule.formats.model_folder import model_file_at
from deltarule.model_kinds import load_any_model

if TYPE_CHECKING:
    from deltarule.export import ExportSummary

MAX_VALUES = 40
"""Inputs that are listed."""


def export(options: Namespace) -> int:
    """Write a model in another format and return the exit status."""
    if options.to not in EXPORT_FORMATS:
        raise SettingError(
            "to",
            f"must be one of: {', '.join(EXPORT_FORMATS)}",
            options.to,
            checks.did_you_mean(options.to, EXPORT_FORMATS),
        )
    chosen = EXPORT_FORMATS[options.to]
    if not options.out.endswith(chosen.suffix):
        raise SettingError("out", f"must end in {chosen.suffix}", options.out)
    source = model_file_at(options.model)
    _refuse_replacing(source, options.out)
    model = _chosen(load_any_model(source), options.group)
    summary = chosen.export(model, options.out, **_given(options, chosen))
    output = Output(sys.stdout)
    if options.json:
        output.write(f"{json_text(_record(options.to, summary))}\n")
    else:
        make_printer(output).lines(_lines(summary))
    output.end()
    return 0


def _chosen(model: Any, group: str | None) -> Any:
    """Return the model of a group from a file that has one for each, else the model."""
    from deltarule.table_model import GroupedModel

    if isinstance(model, GroupedModel):
        if group is None:
            names = first_names(model.groups)
            raise SettingError(
                "group",
                f"must name the group whose model to export: the file has {len(model.groups):,}, of each "
                f"{model.by!r}",
                hint=f"They are {names}.",
            )
        return model.group(group)
    if group is not None:
        raise SettingError(
            "group", "applies to a model that was trained with `by`", group, "Omit it."
        )
    return model


def _refuse_replacing(source: str, out: str) -> None:
    """Refuse a name for which the weights beside the code would replace the model file."""
    weights = os.path.splitext(out)[0] + WEIGHTS_SUFFIX
    if os.path.exists(weights) and os.path.exists(source) and os.path.samefile(weights, source):
        raise SettingError(
            "out", f"would replace the model file {source}", out, "Give another name."
        )


def _given(options: Namespace, chosen: ExportFormat) -> dict[str, Any]:
    """Return the options of the format that were given; those of other formats are refused."""
    names = ("quantiles", "opset", "license", "card")
    given = {name: getattr(options, name) for name in names}
    found = {name: value for name, value in given.items() if value not in ((), None, "")}
    if "card" in found and "sections" in chosen.options:
        from deltarule.report.model_card import read_card

        found["sections"] = read_card(found.pop("card"))
    return found


def _record(name: str, summary: ExportSummary) -> dict[str, Any]:
    files = [{"file": path, "bytes": os.path.getsize(path)} for path in summary.files]
    return {
        "event": "result",
        "format": name,
        "files": files,
        **summary.facts,
        "inputs": summary.inputs,
        "outputs": summary.outputs,
        "notes": list(summary.notes),
    }


def _lines(summary: ExportSummary) -> list[Line]:
    written = [
        Line(f"{path}: {os.path.getsize(path):,} bytes", "Wrote" if i == 0 else " " * 10, "strong")
        for i, path in enumerate(summary.files)
    ]
    return [
        *written,
        *([Line(summary.size, "Size")] if summary.facts else []),
        *_values("Inputs", summary.inputs),
        *_values("Outputs", summary.outputs),
        *(Line(note, "Note", "note") for note in summary.notes),
    ]


def _values(label: str, values: dict[str, str]) -> list[Line]:
    """List the names of inputs or outputs and what they hold, in aligned lines."""
    shown = [(_short(name), about) for name, about in list(values.items())[:MAX_VALUES]]
    width = max((len(name) for name, _ in shown), default=0)
    more = len(values) - len(shown)
    return [
        Line(f"{len(values):,}", label),
        *(Line(about, f"  {name:<{width}}  ") for name, about in shown),
        *([Line(f"  and {more:,} more; --json lists all of them")] if more else []),
    ]


def _short(name: str) -> str:
    return name if len(name) <= 30 else f"{name[:29]}…"
