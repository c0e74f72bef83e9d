"""The exercises of each chapter as a notebook, in which `deltarule.course.check` marks answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deltarule.course.book import chapters
from deltarule.course.chapter import Chapter
from deltarule.course.question import ChoiceQuestion, NumbersQuestion, Question


def write_notebooks(folder: Path, name_of: Callable[[Chapter], str]) -> None:
    """Write a notebook for each chapter."""
    folder.mkdir(parents=True, exist_ok=True)
    for chapter in chapters():
        text = json.dumps(notebook(chapter), indent=1, ensure_ascii=False)
        (folder / name_of(chapter)).write_text(text + "\n", encoding="utf-8")


def notebook(chapter: Chapter) -> dict[str, Any]:
    """Return the notebook of a chapter in nbformat 4."""
    cells = [
        _cell("markdown", f"# Exercises: {chapter.title}\n\nReplace each `...` by your answer."),
        _cell("code", "from deltarule import course"),
    ]
    for question in chapter.exercises:
        cells.append(_cell("markdown", f"**{question.name}** {_prompt(question)}"))
        cells.append(_cell("code", _call(question)))
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _prompt(question: Question) -> str:
    if not isinstance(question, ChoiceQuestion):
        return question.prompt
    options = "\n".join(f"{i}. {option.text}" for i, option in enumerate(question.options, 1))
    return f"{question.prompt}\n\n{options}"


def _call(question: Question) -> str:
    if isinstance(question, NumbersQuestion):
        return f'course.check("{question.name}", [{", ".join("..." for _ in question.labels)}])'
    return f'course.check("{question.name}", ...)'


def _cell(kind: str, source: str) -> dict[str, Any]:
    lines = source.splitlines(keepends=True)
    cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": lines}
    return cell if kind == "markdown" else {**cell, "execution_count": None, "outputs": []}
