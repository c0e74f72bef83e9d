"""Terms of scikit-learn, Keras and PyTorch, and what they are called here.

One table for all places where they are typed: names in modules, arguments, methods and values of
settings. Terms are compared without case, underscores and the ending "Loss".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from deltarule._common.checks import did_you_mean, sentences
from deltarule._common.other_terms_table import ARGUMENTS, METHODS, NAMES, VALUES

F = TypeVar("F", bound=Callable[..., Any])


def plain(term: str) -> str:
    """Return a term in the form in which terms are compared."""
    return term.casefold().replace("_", "").replace("-", "").replace(" ", "")


def _index(table: dict[str, str]) -> dict[str, str]:
    return {plain(term): advice for terms, advice in table.items() for term in terms.split()}


_NAMES = _index(NAMES)
_VALUES = {noun: _index(table) for noun, table in VALUES.items()}
_ARGUMENTS = {owner: _index(table) for owner, table in ARGUMENTS.items()}
_METHODS = {owner: _index(table) for owner, table in METHODS.items()}


def value_advice(noun: str, value: object) -> str:
    """Return what another library's name of a loss, an activation ... is here, or ""."""
    return _VALUES.get(noun, {}).get(plain(value), "") if isinstance(value, str) else ""


def argument_advice(owners: Iterable[str], name: str) -> str:
    """Return what another library's argument is here, or ""; `owners`: the tables to look in."""
    found = (_ARGUMENTS.get(owner, {}).get(plain(name), "") for owner in owners)
    return next(filter(None, found), "")


def unknown_name(
    module: str, name: str, known: Collection[str], advice: str = ""
) -> AttributeError:
    """Return the error for a name that a module does not have; `advice`: what is known of it there."""
    if name.startswith("_"):
        return AttributeError(f"module {module!r} has no attribute {name!r}")
    advice = advice or _NAMES.get(plain(name), "") or did_you_mean(name, known)
    return AttributeError(sentences(f"{module} has no {name!r}.", advice))


def unknown_attribute(owner: str, name: str, known: Collection[str]) -> AttributeError:
    """Return the error for an attribute that an object of the class `owner` does not have."""
    if name.startswith("_"):
        return AttributeError(f"{owner!r} object has no attribute {name!r}")
    advice = _METHODS.get(owner, {}).get(plain(name), "") or did_you_mean(name, known)
    return AttributeError(sentences(f"A {owner} has no {name!r}.", advice))


def unknown_argument(
    function: str, owners: Iterable[str], given: Iterable[str], known: Collection[str]
) -> TypeError | None:
    """Return the error for the first argument that is not `known`; None if all are."""
    for name in given:
        if name not in known:
            advice = argument_advice(owners, name) or did_you_mean(name, known)
            return TypeError(sentences(f"{function}() has no argument {name!r}.", advice))
    return None


def refuses_other_terms(owner: str, *, takes_more: bool = False) -> Callable[[F], F]:
    """Return a decorator by which a function refuses an unknown argument in a sentence.

    `takes_more`: the function itself handles further arguments, once it has those that it needs.
    """

    def decorate(function: F) -> F:
        code, defaults = function.__code__, function.__defaults__ or ()
        known = frozenset(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
        needed = code.co_varnames[: code.co_argcount - len(defaults)]

        @wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            if not kwargs.keys() <= known:
                missing = set(needed[len(args) :]) - kwargs.keys()
                error = unknown_argument(owner, [owner], kwargs, known)
                if error is not None and (missing or not takes_more):
                    raise error
            return function(*args, **kwargs)

        return cast("F", checked)

    return decorate


class NamesOtherTerms:
    """Base of classes whose unknown attributes are refused in a sentence."""

    if not TYPE_CHECKING:  # for a type checker, a class with __getattr__ has every attribute

        def __getattr__(self, name: str) -> Any:
            raise unknown_attribute(type(self).__name__, name, public_names(type(self)))


def public_names(kind: type) -> list[str]:
    """Return the names that an object of a dataclass has."""
    return [name for name in {*dir(kind), *getattr(kind, "__annotations__", ())} if name[0] != "_"]


def module_getattr(module: str, family: Any, known: Collection[str]) -> Callable[[str], Any]:
    """Return the `__getattr__` of a module of descriptions, all of which `family` can find."""

    def missing(name: str) -> Any:
        member = None if name.startswith("_") else family.find_alike(name)
        if member is None:
            raise unknown_name(module, name, known, value_advice(family.noun, name))
        raise AttributeError(
            f"{module} has no {name!r}: it is {member.__name__} here, or {member.kind!r} in settings."
        )

    return missing
