"""The model card of a folder for the Hugging Face Hub: README.md with its metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import PurePath
from typing import Any

import numpy as np

from deltarule._common.formatting import counted, format_number, format_percent
from deltarule._common.version import __version__
from deltarule.export.markdown_text import markdown, markdown_table, yaml_text
from deltarule.table_model import TableModel
from deltarule.table_model.configurations import describe_sizes
from deltarule.table_model.input_columns import InputColumn, input_columns
from deltarule.table_model.known_limits import known_limits
from deltarule.table_model.scores import format_named_score, score_label

MAX_COLUMNS = 200
MAX_VALUES = 5
# The names of scores in the metadata of the Hub.
_METRICS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced_accuracy",
    "f1": "f1",
    "roc_auc": "roc_auc",
    "average_precision": "average_precision",
    "log_loss": "log_loss",
    "brier": "brier_score",
    "r2": "r_squared",
    "rmse": "rmse",
    "mae": "mae",
}


@dataclass(frozen=True)
class CardOptions:
    """What only the author of a card knows: its title, the license, and sections by heading."""

    title: str
    license: str | None = None
    sections: Mapping[str, str] | None = None


def table_card(model: TableModel, options: CardOptions, usage: str) -> str:
    """Return the card of a model of a table; `usage` is a program that predicts an example row."""
    task = f"tabular-{model.task}"
    about, target = model.about, markdown(model.target.name)
    classes = ""
    if model.target.classes:
        shown = [markdown(name, 40) for name in model.target.classes[:MAX_VALUES]]
        more = len(model.target.classes) - len(shown)
        classes = f": {', '.join(shown)}{f' and {more:,} more' if more else ''}"
    kind = (
        f"one of {counted(len(model.target.classes), 'class', 'classes')}"
        if classes
        else "a number"
    )
    columns = input_columns(model)
    lines = [
        *_front_matter(options, task, _results(model, options, task)),
        f"# {markdown(options.title)}",
        "",
        f"Predicts **{target}** ({kind}{classes}) from {counted(len(columns), 'column')} of a table. "
        f"{describe_sizes(model.networks).replace('network', 'dense neural network')}, trained with "
        f"deltarule {__version__}; "
        "`model.safetensors` takes raw rows and holds data, never code.",
        "",
        *_usage(usage),
        *_sections(options.sections),
        *_training_data(about, columns),
        *_scores(about, bool(model.target.classes)),
        *_training(about),
    ]
    if limits := known_limits(model):
        lines += ["## Limits", "", limits, ""]
    return "\n".join(lines).rstrip() + "\n"


def array_card(options: CardOptions, task: str | None, summary: str, usage: str) -> str:
    """Return the card of a network or an estimator that takes arrays; `summary` is Markdown."""
    lines = [
        *_front_matter(options, task, []),
        f"# {markdown(options.title)}",
        "",
        f"{summary} Trained with deltarule {__version__}; `model.safetensors` holds data, never code.",
        "",
        *_usage(usage),
        *_sections(options.sections),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _front_matter(options: CardOptions, task: str | None, results: list[str]) -> list[str]:
    tags = ["deltarule", "safetensors", *(["tabular", task] if task else [])]
    return [
        "---",
        "library_name: deltarule",
        *([f"license: {yaml_text(options.license)}"] if options.license else []),
        *([f"pipeline_tag: {task}"] if task else []),
        "tags:",
        *(f"- {tag}" for tag in tags),
        *results,
        "---",
        "",
    ]


def _results(model: TableModel, options: CardOptions, task: str) -> list[str]:
    """Return the test scores as the Hub reads them."""
    scores = model.about.get("test_scores")
    if not scores:
        return []
    dataset = yaml_text(_source(model.about))
    found = [(name, scores[name]) for name in _METRICS if name in scores]
    return [
        "model-index:",
        f"- name: {yaml_text(options.title)}",
        "  results:",
        f"  - task: {{type: {task}}}",
        f"    dataset: {{type: tabular, name: {dataset}, split: test}}",
        "    metrics:",
        *(
            f"    - {{type: {_METRICS[name]}, name: {yaml_text(score_label(name))}, value: {value!r}}}"
            for name, value in found
        ),
    ]


def _usage(program: str) -> list[str]:
    return ["## How to use", "", "```python", program, "```", ""]


def _sections(sections: Mapping[str, str] | None) -> list[str]:
    """Return the sections that the author wrote, in the author's own Markdown."""
    lines = []
    for title, text in (sections or {}).items():
        lines += [f"## {title}", "", text.strip(), ""]
    return lines


def _training_data(about: Mapping[str, Any], columns: tuple[InputColumn, ...]) -> list[str]:
    rows = about.get("rows", {})
    counts = [f"{rows[role]:,} {role}" for role in rows if rows[role]]
    listed = f": {', '.join(counts)} rows" if counts else ""
    shown = [_column(column) for column in columns[:MAX_COLUMNS]]
    more = len(columns) - len(shown)
    return [
        "## Training data",
        "",
        f"{_capitalized(markdown(_source(about)))}{listed}. The columns that the model needs, as "
        "`predict` reads them:",
        "",
        *markdown_table(["Column", "Kind", "Values", "Missing"], shown),
        *(["", f"and {more:,} more, which `config.json` lists."] if more else []),
        "",
    ]


def _column(column: InputColumn) -> list[str]:
    found = column.distribution
    share = float(found.shares[-1]) if found is not None and len(found.shares) else 0.0
    missing = format_percent(share) if share else ""
    values, (low, high) = "", column.range
    if column.known is not None:
        levels = [markdown(level, 30) for level in column.shown_levels[:MAX_VALUES]]
        more = len(column.known) - 1 - len(levels)
        values = ", ".join(levels) + (f" and {more:,} more" if more > 0 else "")
    elif column.reads_words:
        words = ", ".join(markdown(word, 30) for word in column.shown_words[:MAX_VALUES])
        values = f"texts with words such as {words}"
    elif column.kind in ("number", "duration") and isfinite(low):
        values = f"{format_number(low)} to {format_number(high)}"
    elif column.kind == "datetime" and isfinite(low):
        values = " to ".join(str(np.datetime64(int(end), "us"))[:10] for end in (low, high))
    return [markdown(column.name), markdown(column.schema.summary), values, missing]


def _scores(about: Mapping[str, Any], is_classifier: bool) -> list[str]:
    test, out_of_fold = about.get("test_scores"), about.get("out_of_fold_scores")
    if not test:
        return [
            "## Scores",
            "",
            "None were measured. `model.evaluate(rows)` scores it on rows.",
            "",
        ]
    baselines = about.get("baselines", [])
    columns = [("Test", test)]
    if out_of_fold:
        columns.append(("Out of fold", out_of_fold))
    columns += [(_capitalized(markdown(one["label"])), one["scores"]) for one in baselines]
    names = [name for name in _METRICS if name in test]
    macro = is_classifier and "positive_class" not in about
    cells = [
        [
            score_label(name, macro=macro),
            *(format_named_score(name, s[name]) if name in s else "" for _, s in columns),
        ]
        for name in names
    ]
    return [
        "## Scores",
        "",
        _how_measured(about, test, out_of_fold),
        "",
        *markdown_table(["Score", *(title for title, _ in columns)], cells),
        "",
    ]


def _how_measured(about: Mapping[str, Any], test: Any, out_of_fold: Any) -> str:
    settings, distilled = (about.get(key, {}) for key in ("settings", "distilled"))
    if about.get("test_source"):
        split = "of a table of its own"
    elif settings.get("time"):
        split = f"the latest by {markdown(settings['time'])}"
    elif settings.get("groups"):
        split = f"split off at random, with no {markdown(settings['groups'])} on both sides"
    else:
        split = "split off at random before training"
    known = about.get("test_source") or distilled.get("tested_in_training", True)
    seen = "no network has seen them" if known else "the distilled networks have not seen them"
    sentence = f"Test: {counted(test['rows'], 'row')}, {split}; {seen}."
    if out_of_fold:
        sentence += (
            f" Out of fold: {counted(out_of_fold['rows'], 'training row')}, each predicted by the "
            "networks that were not trained on it."
        )
    if about.get("positive_class") is not None:
        sentence += f" The positive class is {markdown(about['positive_class'])}."
    if about.get("baselines"):
        sentence += " The other columns are simple models on the test rows."
    return sentence


def _training(about: Mapping[str, Any]) -> list[str]:
    recipe = about.get("recipe", {})
    facts = {
        "Hidden layers": recipe.get("hidden"),
        "Activation": recipe.get("activation"),
        "Optimizer": (recipe.get("optimizer") or {}).get("kind"),
        "Batch size": recipe.get("batch_size"),
        "Epochs": recipe.get("epochs"),
        "Fold networks": recipe.get("folds"),
        "Seed": about.get("distilled", about.get("settings", {})).get("seed"),
    }
    rows = [[name, markdown(str(value))] for name, value in facts.items() if value is not None]
    if not rows:
        return []
    return [
        "## Training",
        "",
        markdown(str(about.get("explanation", "")), 1000),
        "",
        *markdown_table(["Setting", "Value"], rows),
        "",
    ]


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def _source(about: Mapping[str, Any]) -> str:
    """Return the name of the table without the folder it was in."""
    source = str(about.get("source", "") or "a table")
    name, separator, _ = source.partition(" (")
    return PurePath(name).name or name if separator or "/" in name else source
