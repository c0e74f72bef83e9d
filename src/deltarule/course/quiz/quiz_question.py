"""A question of the quiz, and the chapter that answers it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from deltarule.course.question import Question


@dataclass(frozen=True)
class QuizQuestion:
    """A question, and the number of the chapter that answers it."""

    chapter: int
    question: Question

    def named(self, name: str) -> QuizQuestion:
        """Return the same with a name, on which the order of options depends."""
        return replace(self, question=replace(self.question, name=name))
