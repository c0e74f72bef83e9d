"""The base class of all descriptions, and families of them: names, JSON and back.

A description is a frozen dataclass without state that says what to do: an activation, a loss, an
optimizer, a stopping rule. It checks its settings, compares by value, prints as the call that makes it,
and converts to JSON and back. Engines execute descriptions.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from deltarule._common.checks import did_you_mean
from deltarule._common.other_terms import plain, unknown_argument, value_advice
from deltarule._common.strict_reader import StrictReader, broken_rules_are_file_errors
from deltarule.errors import SettingError

Json = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Description:
    """Base class of all descriptions; `kind` is the name in JSON and in settings given as text."""

    kind: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    """Other names that a setting may use."""
    label: ClassVar[str] = ""
    """Name on screen; by default `kind` with spaces instead of underscores."""
    formula: ClassVar[str] = ""
    """Equation in one line, as menus show it."""
    optional: ClassVar[dict[str, Any]] = {}
    """Settings that JSON omits where they have these values: settings that are rarely used, or that are
    newer than the first model files."""

    def __new__(cls, *args: Any, **settings: Any) -> Self:
        """Refuse an unknown setting in a sentence, before Python does in its own."""
        known = _arguments(cls.__init__) if settings else None
        if known is not None and not settings.keys() <= known.keys():
            owners = [base.__name__ for base in cls.__mro__]
            error = unknown_argument(cls.__name__, owners, settings, known)
            if error is not None:
                raise error
        return super().__new__(cls)

    def __init_subclass__(cls) -> None:
        if "kind" in vars(cls) and "label" not in vars(cls):
            cls.label = cls.kind.replace("_", " ")

    def to_json(self) -> Json:
        """Return the description in strict JSON types.

        Returns
        -------
        dict
            ``{"kind": ..., setting: value, ...}``.
        """
        kind: Any = type(self)
        values = {name: getattr(self, name) for name in _settings(kind)}
        written = {
            name: _plain(value)
            for name, value in values.items()
            if not (name in self.optional and value == self.optional[name])
        }
        return {"kind": self.kind, **written}


@functools.cache
def _arguments(function: Any) -> dict[str, None] | None:
    """Return the names of the arguments after `self`, in order; None if Python does not know them."""
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    return dict.fromkeys(code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount])


@functools.cache
def _settings(member: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(member))


D = TypeVar("D", bound=Description)
M = TypeVar("M", bound=Description)


class Family(Generic[D]):
    """The registered descriptions of one sort: the only place where names and JSON are looked up.

    Nothing is imported by name: files and settings can only name what is registered here.
    """

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self.members: dict[str, type[D]] = {}
        self._nested: dict[str, Family[Any]] = {}

    def __repr__(self) -> str:
        return f"Family({self.noun!r}: {', '.join(self.members)})"

    def register(self, member: type[M]) -> type[M]:
        """Add a class to the family; used as a decorator."""
        taken = {name for other in self.members.values() for name in (other.kind, *other.aliases)}
        for name in (member.kind, *member.aliases):
            if name in taken:
                raise SettingError.message(
                    f"There is already a {self.noun} {name!r}: choose another name."
                )
        self.members[member.kind] = cast("type[D]", member)
        return member

    def unregister(self, member: type[Description]) -> None:
        """Remove a class from the family, as tests and notebooks do with their own members."""
        del self.members[member.kind]

    def nest(self, field: str, family: Family[Any]) -> None:
        """Declare that the setting `field` of any member may itself be a description of `family`."""
        self._nested[field] = family

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all members, in the order of registration."""
        return tuple(self.members)

    def names_of(self, base: type[Description]) -> tuple[str, ...]:
        """Return the names of the members that are subclasses of `base`."""
        return tuple(kind for kind, member in self.members.items() if issubclass(member, base))

    def find(self, name: str) -> type[D] | None:
        """Return the member with this name or alias, in any case, or None."""
        name = name.lower()
        aliased = (member for member in self.members.values() if name in member.aliases)
        return self.members.get(name) or next(aliased, None)

    def resolve(self, value: D | str, owner: str) -> D:
        """Return a description given as itself or by its name; `owner` names the setting in errors."""
        if isinstance(value, str):
            member = self.find(value)
            if member is not None:
                return _made(member, owner)
        elif isinstance(value, tuple(self.members.values())):
            return value
        raise SettingError(
            owner, f"must be one of {', '.join(self.names)}", value, self._hint(value)
        )

    def find_alike(self, name: str) -> type[D] | None:
        """Return the member with this name in another spelling, such as "LeakyRelu" or "MSE"."""
        wanted = {plain(name), plain(name).removesuffix("loss")}
        for member in self.members.values():
            if not wanted.isdisjoint(map(plain, (member.kind, member.__name__, *member.aliases))):
                return member
        return None

    def _hint(self, value: object) -> str:
        """Return what to write instead of a value that is no member."""
        if isinstance(value, str) or value is None:
            known = value_advice(self.noun, value or "none")
            member = None if value is None else self.find_alike(value)
            spelled = "" if member is None else f"Did you mean {member.kind!r}?"
            return known or spelled or ("" if value is None else did_you_mean(value, self.names))
        name = getattr(value, "__name__", type(value).__name__)
        member = self.find_alike(name)
        if member is None:
            return "A function cannot be given, only a name or a description." * callable(value)
        if value is member:
            return f"{name} is a class: pass {name}() or {member.kind!r}."
        return f"Pass {member.kind!r}: objects of other libraries do not fit."

    def from_json(self, data: object, where: str) -> D:
        """Return the description that `to_json` wrote; anything else is a `ModelFileError`."""
        reader = StrictReader(data, where)
        member: Any = self.members[reader.one_of("kind", self.members)]
        values = {
            name: self._parsed(name, reader.take_any(name), where)
            for name in _settings(member)
            if name in reader or name not in member.optional
        }
        reader.finish()
        with broken_rules_are_file_errors(where):
            return member(**values)

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
        call = f"{member.__name__}({', '.join(f'{n}=...' for n in needed)})"
        raise SettingError(
            owner, f"{member.kind!r} has required settings", hint=f"Pass {call}."
        ) from error


def _plain(value: Any) -> Any:
    if isinstance(value, Description):
        return value.to_json()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
