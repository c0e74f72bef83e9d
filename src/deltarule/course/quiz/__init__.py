"""The quiz: questions on all chapters, to hand out, with answers that deltarule computes."""

from __future__ import annotations

from functools import cache

from deltarule.course.quiz.questions_on_networks import questions_on_networks
from deltarule.course.quiz.questions_on_training import questions_on_training
from deltarule.course.quiz.quiz_question import QuizQuestion


@cache
def quiz_questions() -> tuple[QuizQuestion, ...]:
    """Return all questions, named quiz.1, quiz.2 and so on, in the order of the chapters."""
    asked = (*questions_on_networks(), *questions_on_training())
    return tuple(one.named(f"quiz.{number}") for number, one in enumerate(asked, 1))
