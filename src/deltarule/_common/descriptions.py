"""What every description shares: a name, a family, JSON and back.

A description is a frozen dataclass without state that says *what* to do (an activation, a loss, an
optimizer, a stopping rule). It validates itself when it is made, compares equal by value, prints as
the call that makes it, and turns into JSON and back. *Who* does it are the engines.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Generic, TypeVar

from deltarule._common.checks import did_you_mean
from deltarule.errors import ModelFileError, SettingError

Json = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Description:
    """Base of every description; `kind` is its name in JSON and in settings written as text."""

    kind: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    optional: ClassVar[dict[str, Any]] = {}
    """Settings that JSON leaves out where they have these values: those that few have, or that came later
    than the first model files."""

    def to_json(self) -> Json:
        """Return `{"kind": ..., field: value, ...}` of strict JSON types."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        written = {
            name: _plain(value)
            for name, value in values.items()
            if not (name in self.optional and value == self.optional[name])
        }
        return {"kind": self.kind, **written}


D = TypeVar("D", bound=Description)


class Family(Generic[D]):
    """The closed list of descriptions of one sort; text and JSON are looked up here and nowhere else.

    Nothing is imported by name: what a file or a setting may name is what stands in this list.
    """

    def __init__(self, noun: str, members: tuple[type[D], ...]) -> None:
        self.noun = noun
        self.members = {member.kind: member for member in members}
        self._aliases = {alias: member for member in members for alias in member.aliases}
        self._nested: dict[str, Family[Any]] = {}

    def nest(self, field: str, family: Family[Any]) -> None:
        """Say that the setting `field` of any member may itself be a description of `family`."""
        self._nested[field] = family

    @property
    def names(self) -> tuple[str, ...]:
        """The names a setting may use, in the order of the list."""
        return tuple(self.members)

    def resolve(self, value: D | str, owner: str) -> D:
        """Return a description given as itself or by its name; `owner` names the setting in errors."""
        if not isinstance(value, str) and isinstance(value, tuple(self.members.values())):
            return value
        if isinstance(value, str):
            member = self.members.get(value.lower()) or self._aliases.get(value.lower())
            if member is not None:
                return _made(member, owner)
        near = did_you_mean(value, self.names) if isinstance(value, str) else ""
        raise SettingError(
            f"{owner} must be one of {', '.join(self.names)} (or such an object); got {value!r}.{near}"
        )

    def from_json(self, data: object, where: str) -> D:
        """Return the description that `to_json` wrote; anything else is a `ModelFileError`."""
        if not isinstance(data, dict):
            raise ModelFileError(f"{where} must be a JSON object that describes a {self.noun}.")
        fields = dict(data)
        member = self.members.get(_text(fields.pop("kind", None)))
        if member is None:
            raise ModelFileError(
                f"{where} names the unknown {self.noun} {data.get('kind')!r}; "
                f"known: {', '.join(self.names)}."
            )
        known = {f.name for f in dataclasses.fields(member)}
        if set(fields) | set(member.optional) != known:
            odd = ", ".join(sorted((set(fields) | set(member.optional)) ^ known))
            raise ModelFileError(f"{where} ({member.kind}) has unknown or missing settings: {odd}.")
        try:
            return member(**{name: self._parsed(name, v, where) for name, v in fields.items()})
        except SettingError as error:
            raise ModelFileError(f"{where} holds an impossible setting: {error}") from error

    def _parsed(self, name: str, value: Any, where: str) -> Any:
        family = self._nested.get(name)
        if family is not None and isinstance(value, dict):
            return family.from_json(value, f"{where}.{name}")
        if family is not None and isinstance(value, list):
            return tuple(
                family.from_json(item, f"{where}.{name}[{i}]") for i, item in enumerate(value)
            )
        return tuple(value) if isinstance(value, list) else value


def _made(member: type[D], owner: str) -> D:
    try:
        return member()
    except TypeError as error:  # a setting without a default cannot be named by text alone
        needed = [f.name for f in dataclasses.fields(member) if f.default is dataclasses.MISSING]
        raise SettingError(
            f"{owner}={member.kind!r} needs settings: write "
            f"{member.__name__}({', '.join(f'{n}=...' for n in needed)})."
        ) from error


def _plain(value: Any) -> Any:
    if isinstance(value, Description):
        return value.to_json()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
