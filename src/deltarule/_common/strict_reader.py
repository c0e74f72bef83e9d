"""Read a JSON description; unknown keys and values of another type are errors.

A description is what `json.loads` returns: dicts, lists, text, numbers, True, False, None. Anything that
does not fit is an error that names the place inside the description.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any, TypeVar

from deltarule._common.checks import did_you_mean
from deltarule.errors import (
    DataError,
    DeltaruleError,
    ModelFileError,
    SettingError,
    ShapeError,
    shortened,
)

T = TypeVar("T")

_KINDS: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "an integer",
    float: "a number",
    list: "a list",
    dict: "an object with keys",
}
MAX_NAMES = 5
"""Unknown keys that a message lists."""
_ADVICE = "The file was edited or not written by deltarule: save it again."


def file_error(problem: str, _: str = "") -> ModelFileError:
    """Return the error of a file with this problem, a whole sentence."""
    return ModelFileError(f"{problem} {_ADVICE}")


MAX_CHOICES = 12
"""Allowed texts that a message lists."""


class StrictReader:
    """Takes values of one JSON object by name and type; `finish` raises if other keys are left.

        reader = StrictReader(description, "model.safetensors: table")
        target = reader.take("target", str)
        columns = [Column.from_json(inner) for inner in reader.readers("columns")]
        reader.finish()

    `where` begins every message: the file and the position in its description. `error` makes the error
    of a problem and a hint, both whole sentences; by default a `ModelFileError`.
    """

    def __init__(
        self,
        data: object,
        where: str,
        error: Callable[[str, str], DeltaruleError] = file_error,
    ) -> None:
        self.where = where
        self._error = error
        self._known: list[str] = []  # keys that were asked for
        self._rest: dict[str, object] = dict(self._checked(data, dict, where))

    def __contains__(self, name: str) -> bool:
        """Return whether `name` exists and was not taken yet."""
        self._known.append(name)
        return name in self._rest

    def take(self, name: str, kind: type[T]) -> T:
        """Return the value of `name`, which must exist and be of type `kind`.

        `kind` is one of str, bool, int, float, list, dict. Integers are converted to float; True and
        False are not numbers.
        """
        return self._checked(self.take_any(name), kind, f"{self.where}.{name}")

    def take_any(self, name: str) -> object:
        """Return the value of `name`, which must exist, of any type."""
        if name not in self._rest:
            raise self._error(f"{self.where} has no key {name!r}.", "")
        return self._rest.pop(name)

    def has_value(self, name: str) -> bool:
        """Return whether the value of `name`, which must exist, is not null; a null is taken."""
        if name in self._rest and self._rest[name] is not None:
            return True
        self.take_any(name)
        return False

    def one_of(self, name: str, known: Iterable[str]) -> str:
        """Return the text of `name`, which must be one of `known`."""
        names = list(known)
        value = self.take(name, str)
        if value not in names:
            listed = ", ".join(names[:MAX_CHOICES]) + (", ..." if len(names) > MAX_CHOICES else "")
            raise self._error(
                f"{self.where}.{name} must be one of {listed}; got {shortened(value)}.",
                "",
            )
        return value

    def list_of(self, name: str, kind: type[T]) -> list[T]:
        """Return the list of `name`, each item of type `kind` (as in `take`)."""
        place = f"{self.where}.{name}"
        items = self.take(name, list)
        return [self._checked(item, kind, f"{place}[{index}]") for index, item in enumerate(items)]

    def reader(self, name: str) -> StrictReader:
        """Return a reader of the object of `name`."""
        return StrictReader(self.take_any(name), f"{self.where}.{name}", self._error)

    def readers(self, name: str) -> list[StrictReader]:
        """Return a reader for each object in the list of `name`."""
        place = f"{self.where}.{name}"
        items = self.take(name, list)
        return [
            StrictReader(item, f"{place}[{index}]", self._error) for index, item in enumerate(items)
        ]

    def exactly(self, names: Iterable[str]) -> dict[str, Any]:
        """Return the values of `names`, which must be all keys."""
        values = {name: self.take_any(name) for name in names}
        self.finish()
        return values

    def finish(self) -> None:
        """Raise if keys were not taken."""
        if self._rest:
            shown = [shortened(name) for name in islice(self._rest, MAX_NAMES)]
            names = ", ".join([*shown, "..."] if len(self._rest) > MAX_NAMES else shown)
            hint = did_you_mean(next(iter(self._rest)), self._known)
            raise self._error(f"{self.where} has unknown keys: {names}.", hint)

    def _checked(self, value: object, kind: type[T], where: str) -> T:
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            with suppress(OverflowError):  # one too large for any float is refused below
                value = float(value)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self._error(f"{where} must be {_KINDS[kind]}, got {shortened(value)}.", "")
        return value


@contextmanager
def broken_rules_are_file_errors(where: str) -> Iterator[None]:
    """Turn `SettingError`, `ShapeError` and `DataError` into `ModelFileError`."""
    try:
        yield
    except (SettingError, ShapeError, DataError) as error:
        raise file_error(f"{where}: {error}") from None
