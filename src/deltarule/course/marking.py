"""Marks answers, in a notebook as in the page."""

from __future__ import annotations

from deltarule._common.checks import one_of
from deltarule.course.book import chapters, question_names
from deltarule.course.question import Mark
from deltarule.course.quiz import quiz_questions


def check(name: str, answer: object) -> Mark:
    """Mark an answer to a question of the course.

    Parameters
    ----------
    name : str
        Name of the question: "2.1" is the first exercise of chapter 2, "quiz.1" the first question of
        the quiz.
    answer : int, float, str or sequence of float
        The number of an option, from 1; a number; or several numbers, as the question asks.

    Returns
    -------
    Mark
        `right`, and a `sentence` about the answer; it prints both.

    Raises
    ------
    SettingError
        If there is no such question, or if the answer is not of its kind.

    Examples
    --------
    >>> from deltarule import course
    >>> course.check("2.check", -2).right
    True
    """
    number = str(name).partition(".")[0]
    for chapter in chapters():
        if str(chapter.number) == number:
            question = chapter.question(name)
            if question is not None:
                return question.mark(answer)
    for asked in quiz_questions():
        if asked.question.name == name:
            return asked.question.mark(answer)
    one_of("check.name", name, question_names())
    raise AssertionError("unreachable: one_of raises for an unknown name")
