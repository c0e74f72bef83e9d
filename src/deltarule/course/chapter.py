"""A chapter: its number and title, its questions, the numbers of its text, and its experiments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from deltarule.course.question import Question


@dataclass(frozen=True)
class Chapter:
    """What a chapter of the course has beside its text and its figures.

    `questions` and `values` are functions, because both are computed by deltarule when they are needed.
    Questions are named `2.predict` (to answer before looking), `2.check`, and `2.1` to `2.3` (exercises);
    `values` are the numbers of the text by name. `experiments` are those of the playground by name, in
    the short form behind the # of an address.
    """

    number: int
    name: str
    title: str
    questions: Callable[[], tuple[Question, ...]]
    values: Callable[[], Mapping[str, float | str]]
    experiments: Mapping[str, str] = field(default_factory=dict)

    def question(self, name: str) -> Question | None:
        """Return the question with this name, or None."""
        return next((one for one in self.questions() if one.name == name), None)

    @property
    def exercises(self) -> tuple[Question, ...]:
        """The exercises, without the questions in the text."""
        return tuple(one for one in self.questions() if one.name.partition(".")[2].isdigit())
