"""Questions: a prompt, how an answer is marked, and a sentence for each kind of answer.

What marks an answer is plain data (`as_json`), so that a page marks it without Python, with the same
sentences.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from deltarule._common.formatting import format_number
from deltarule.errors import SettingError

_DECIMAL_COMMA = re.compile(r"^([-+]?\d+),(\d+)$")


@dataclass(frozen=True)
class Mark:
    """Whether an answer is right, and what to say about it."""

    right: bool
    sentence: str

    def __str__(self) -> str:
        return f"{'Right' if self.right else 'Not yet'}. {self.sentence}"

    __repr__ = __str__


@dataclass(frozen=True)
class Option:
    """One answer of a choice: its text, and what to say to those who choose it."""

    text: str
    sentence: str
    right: bool = False


@dataclass(frozen=True)
class ChoiceQuestion:
    """A question with options, of which one is right; answers are numbers from 1, or texts of options.

    Options are shown in an order that depends on their texts, so that the right one has no fixed place.
    """

    name: str
    prompt: str
    options: tuple[Option, ...]
    solution: str = ""
    kind: str = field(default="choice", init=False)

    def __post_init__(self) -> None:
        if sum(option.right for option in self.options) != 1:
            raise ValueError(f"question {self.name} must have one right option")
        ordered = sorted(self.options, key=lambda one: crc32(f"{self.name} {one.text}".encode()))
        object.__setattr__(self, "options", tuple(ordered))

    @property
    def answer(self) -> str:
        """The right answer as text."""
        return next(option.text for option in self.options if option.right)

    @property
    def right_answer(self) -> int:
        """The right answer as `mark` takes it."""
        return 1 + next(i for i, option in enumerate(self.options) if option.right)

    def mark(self, answer: object) -> Mark:
        """Mark the number of an option, from 1, or its text."""
        texts = [option.text for option in self.options]
        if isinstance(answer, str) and answer.strip() in texts:
            chosen = self.options[texts.index(answer.strip())]
        elif isinstance(answer, int) and 1 <= answer <= len(texts):
            chosen = self.options[answer - 1]
        else:
            raise SettingError(
                f"check({self.name!r}): answer", f"must be an option from 1 to {len(texts)}", answer
            )
        return Mark(chosen.right, chosen.sentence)

    def as_json(self) -> dict[str, Any]:
        """Return what a page needs to mark answers."""
        options = [{"text": o.text, "right": o.right, "sentence": o.sentence} for o in self.options]
        return {"name": self.name, "kind": self.kind, "options": options}


@dataclass(frozen=True)
class NumberQuestion:
    """A question whose answer is a number, right within `tolerance`.

    `right` is said to right answers; `mistakes` are typical wrong numbers with what to say to each;
    `hint` is said to all others.
    """

    name: str
    prompt: str
    value: float
    tolerance: float
    right: str
    hint: str
    mistakes: tuple[tuple[float, str], ...] = ()
    solution: str = ""
    kind: str = field(default="number", init=False)

    @property
    def answer(self) -> str:
        """The right answer as text."""
        return format_number(self.value)

    @property
    def right_answer(self) -> float:
        """The right answer as `mark` takes it."""
        return self.value

    def mark(self, answer: object) -> Mark:
        """Mark a number."""
        (number,) = _numbers(self.name, [answer])
        if abs(number - self.value) <= self.tolerance:
            return Mark(True, self.right)
        for value, sentence in self.mistakes:
            if abs(number - value) <= self.tolerance:
                return Mark(False, sentence)
        return Mark(False, self.hint)

    def as_json(self) -> dict[str, Any]:
        """Return what a page needs to mark answers."""
        return {
            "name": self.name, "kind": self.kind, "value": self.value, "tolerance": self.tolerance,
            "right": self.right, "hint": self.hint,
            "mistakes": [{"value": value, "sentence": text} for value, text in self.mistakes],
        }  # fmt: skip


@dataclass(frozen=True)
class Condition:
    """A condition on several numbers: offset + Σ factor · number > 0; `sentence` if it is not met."""

    factors: tuple[float, ...]
    offset: float
    sentence: str


@dataclass(frozen=True)
class NumbersQuestion:
    """A question for several numbers, such as weights, that must meet linear conditions.

    `labels` name the numbers; `example` is one right answer of many.
    """

    name: str
    prompt: str
    labels: tuple[str, ...]
    conditions: tuple[Condition, ...]
    example: tuple[float, ...]
    right: str
    solution: str = ""
    kind: str = field(default="numbers", init=False)

    @property
    def answer(self) -> str:
        """A right answer as text."""
        pairs = zip(self.labels, self.example, strict=True)
        return ", ".join(f"{label} = {format_number(value)}" for label, value in pairs)

    @property
    def right_answer(self) -> tuple[float, ...]:
        """A right answer as `mark` takes it."""
        return self.example

    def mark(self, answer: object) -> Mark:
        """Mark a sequence of numbers."""
        given = list(answer) if isinstance(answer, Sequence) and not isinstance(answer, str) else []
        if len(given) != len(self.labels):
            raise SettingError(
                f"check({self.name!r}): answer",
                f"must have {len(self.labels)} numbers: {', '.join(self.labels)}",
                answer,
            )
        numbers = _numbers(self.name, given)
        for condition in self.conditions:
            pairs = zip(condition.factors, numbers, strict=True)
            if not condition.offset + sum(factor * number for factor, number in pairs) > 0:
                return Mark(False, condition.sentence)
        return Mark(True, self.right)

    def as_json(self) -> dict[str, Any]:
        """Return what a page needs to mark answers."""
        return {
            "name": self.name, "kind": self.kind, "labels": list(self.labels), "right": self.right,
            "conditions": [
                {"factors": list(c.factors), "offset": c.offset, "sentence": c.sentence}
                for c in self.conditions
            ],
        }  # fmt: skip


Question = ChoiceQuestion | NumberQuestion | NumbersQuestion


def _numbers(name: str, values: Sequence[object]) -> list[float]:
    """Return numbers, or texts of them with any minus sign and a point or a comma, as floats."""
    found = []
    for value in values:
        try:
            if isinstance(value, str):
                value = _DECIMAL_COMMA.sub(r"\1.\2", value.strip().replace("−", "-"))
            number = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise SettingError(f"check({name!r}): answer", "must be a number", value) from None
        found.append(number)
    return found
