"""The whole course: its chapters and figures, found by the names of their files.

`chapters/chapter_02_perceptron.py` has the `CHAPTER` with the number 2, and `figures/perceptron_line.py`
the figure perceptron-line.
"""

from __future__ import annotations

import inspect
import pkgutil
from functools import cache
from importlib import import_module

from deltarule._common.checks import one_of
from deltarule.course import chapters as _chapters
from deltarule.course import figures as _figures
from deltarule.course.chapter import Chapter
from deltarule.course.controls import Value
from deltarule.course.figure_base import Figure
from deltarule.course.quiz import quiz_questions


@cache
def figure_names() -> tuple[str, ...]:
    """Return the names of all figures.

    Returns
    -------
    tuple of str
        The names that `figure` takes, sorted.

    Examples
    --------
    >>> from deltarule import course
    >>> "perceptron-line" in course.figure_names()
    True
    """
    found = (module.name for module in pkgutil.iter_modules(_figures.__path__))
    return tuple(sorted(name.replace("_", "-") for name in found))


def figure(name: str, **values: Value) -> Figure:
    """Return a figure of the course, which a notebook shows.

    Parameters
    ----------
    name : str
        Name of the figure; `figure_names` lists them.
    **values : float, str or bool
        Values of its controls, instead of those that they start with.

    Returns
    -------
    Figure
        The figure. Its `set` changes a control, `step` trains, `sentence` returns its numbers.

    Raises
    ------
    SettingError
        If there is no such figure, control or value.

    Examples
    --------
    >>> from deltarule import course
    >>> line = course.figure("perceptron-line", bias=1, weight_1=3, weight_2=-2)
    >>> line.set("x_1", -1)
    >>> "= −6, ŷ = σ(−6)" in line.sentence()
    True
    """
    one_of("figure.name", name, figure_names())
    return figure_class(name)(**values)


def figure_class(name: str) -> type[Figure]:
    """Return the class of a figure that exists."""
    module = import_module(f"{_figures.__name__}.{name.replace('-', '_')}")
    for _, found in inspect.getmembers(module, inspect.isclass):
        if issubclass(found, Figure) and getattr(found, "name", None) == name:
            return found
    raise LookupError(f"{module.__name__} has no figure with the name {name}")


@cache
def chapters() -> tuple[Chapter, ...]:
    """Return all chapters, in their order."""
    found = [
        import_module(f"{_chapters.__name__}.{module.name}").CHAPTER
        for module in pkgutil.iter_modules(_chapters.__path__)
    ]
    return tuple(sorted(found, key=lambda one: one.number))


def chapter(name: str) -> Chapter:
    """Return the chapter with this name."""
    names = [one.name for one in chapters()]
    return chapters()[names.index(one_of("chapter", name, names))]


def question_names() -> tuple[str, ...]:
    """Return the names of all questions.

    Returns
    -------
    tuple of str
        The names that `check` takes: `2.predict` and `2.check` are in the text of chapter 2, `2.1` is
        its first exercise; `quiz.1` is the first question of the quiz.

    Examples
    --------
    >>> from deltarule import course
    >>> "2.1" in course.question_names()
    True
    """
    of_chapters = [one.name for chapter in chapters() for one in chapter.questions()]
    return (*of_chapters, *(asked.question.name for asked in quiz_questions()))
