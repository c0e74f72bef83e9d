"""Parse Boolean formulas into trees by recursive descent.

or    := xor { ("|" | "or") xor }          precedence as in Python and C: ~ binds strongest,
xor   := and { ("^" | "xor") and }         then &, then ^, then |
and   := not { ("&" | "and") not }
not   := ("~" | "!" | "not") not | atom
atom  := name | "0" | "1" | "(" or ")"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import SettingError

Array = NDArray[Any]

MAX_LENGTH = 2000  # characters; longer formulas could exhaust the recursion limit
MAX_DEPTH = 100

_TOKEN = re.compile(r"\s*(?:([A-Za-z_]\w*)|([01])(?!\w)|([&|^~!()]))")
_WORDS = {"and": "&", "or": "|", "xor": "^", "not": "~"}


@dataclass(frozen=True)
class Constant:
    """True or false."""

    value: bool


@dataclass(frozen=True)
class Variable:
    """An input."""

    name: str


@dataclass(frozen=True)
class Not:
    """The negation of `part`."""

    part: Node


@dataclass(frozen=True)
class And:
    """True if all parts are true."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    """True if any part is true."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Xor:
    """True if exactly one of the two parts is true."""

    first: Node
    second: Node


Node = Constant | Variable | Not | And | Or | Xor


@dataclass(frozen=True)
class _Token:
    sign: str  # one of & | ^ ~ ( ), "name", "constant" or "end"
    text: str
    column: int  # from 0


def parse_formula(text: str) -> Node:
    """Return the tree of a formula; raise `SettingError` with the position of a syntax error."""
    if not isinstance(text, str):
        raise SettingError("formula", "must be a string such as 'z1 & ~z2 | ~z1 & z2'", text)
    if len(text) > MAX_LENGTH:
        raise SettingError("formula", f"must have at most {MAX_LENGTH} characters, got {len(text)}")
    return _Parser(text).whole()


def names_of(node: Node) -> tuple[str, ...]:
    """Return the variables of a tree in the order of their first appearance."""
    found: dict[str, None] = {}
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Variable):
            found[part.name] = None
        elif isinstance(part, Not):
            waiting.append(part.part)
        elif isinstance(part, And | Or):
            waiting.extend(reversed(part.parts))
        elif isinstance(part, Xor):
            waiting.extend((part.second, part.first))
    return tuple(found)


def written(node: Node) -> str:
    """Return the tree as a formula that `parse_formula` reads."""
    if isinstance(node, Constant):
        return "1" if node.value else "0"
    if isinstance(node, Variable):
        return node.name
    if isinstance(node, Not):
        return f"~{_inside(node.part, 3)}"
    if isinstance(node, Xor):
        return f"{_inside(node.first, 1)} ^ {_inside(node.second, 2)}"
    sign, strength = (" & ", 2) if isinstance(node, And) else (" | ", 0)
    return sign.join(_inside(part, strength) for part in node.parts)


def evaluated(node: Node, values: Mapping[str, Array]) -> Array:
    """Return a tree's values by the rules of logic, without a network.

    `values` are those of the variables, bool of shape (n_rows,); so is the result.
    """
    if isinstance(node, Constant):
        return np.full_like(next(iter(values.values())), node.value)
    if isinstance(node, Variable):
        return values[node.name]
    if isinstance(node, Not):
        return ~evaluated(node.part, values)
    if isinstance(node, Xor):
        return evaluated(node.first, values) ^ evaluated(node.second, values)
    combine = np.logical_and if isinstance(node, And) else np.logical_or
    return reduce(combine, (evaluated(part, values) for part in node.parts))


def _inside(node: Node, strength: int) -> str:
    """Return a part as text, in parentheses unless it binds more strongly than `strength`."""
    own = {Or: 0, Xor: 1, And: 2}.get(type(node), 4)
    return written(node) if own > strength else f"({written(node)})"


class _Parser:
    """Parses one formula from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._split()
        self._place = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._or()
        token = self._next
        if token.sign == ")":
            raise self._error(token, "this parenthesis is never opened")
        if token.sign != "end":
            raise self._error(token, f"an operator (& | ^) is missing before {token.text!r}")
        return node

    def _split(self) -> list[_Token]:
        tokens, place = [], 0
        end = len(self._text.rstrip())
        while place < end:
            match = _TOKEN.match(self._text, place)
            if match is None:
                column = place + len(self._text[place:]) - len(self._text[place:].lstrip())
                odd = _Token("odd", self._text[column], column)
                raise self._error(
                    odd,
                    f"{odd.text!r} is not allowed in a formula: use names, & | ^ ~, ( ) and 0 1",
                )
            name, constant, sign = match.groups()
            text = name or constant or sign
            column = match.end() - len(text)
            if name:
                kind = _WORDS.get(name.lower(), "name")
            else:
                kind = "constant" if constant else sign.replace("!", "~")
            tokens.append(_Token(kind, text, column))
            place = match.end()
        return [*tokens, _Token("end", "", end)]

    @property
    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _take(self, sign: str) -> bool:
        taken = self._next.sign == sign
        self._place += taken
        return taken

    def _or(self) -> Node:
        parts = [self._xor()]
        while self._take("|"):
            parts.append(self._xor())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _xor(self) -> Node:
        parts = [self._and()]
        while self._take("^"):
            parts.append(self._and())
        while len(parts) > 1:  # in pairs, to limit the depth of the tree
            pairs = [Xor(a, b) for a, b in zip(parts[::2], parts[1::2], strict=False)]
            parts = pairs + parts[2 * len(pairs) :]
        return parts[0]

    def _and(self) -> Node:
        parts = [self._not()]
        while self._take("&"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _not(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(self._next, f"the formula is nested deeper than {MAX_DEPTH} levels")
        node = Not(self._not()) if self._take("~") else self._atom()
        self._depth -= 1
        return node

    def _atom(self) -> Node:
        token = self._next
        self._place += 1
        if token.sign == "name":
            return Variable(token.text)
        if token.sign == "constant":
            return Constant(token.text == "1")
        if token.sign == "(":
            node = self._or()
            if not self._take(")"):
                raise self._error(token, "this parenthesis is never closed")
            return node
        before = self._tokens[self._place - 2].text if self._place > 1 else ""
        after = f" after {before!r}" if before else ""
        found = f", found {token.text!r}" if token.text else ""
        raise self._error(token, f"a name is missing{after}{found}")

    def _error(self, token: _Token, problem: str) -> SettingError:
        shown = re.sub(r"\s", " ", self._text)
        return SettingError.message(
            f"Syntax error in the formula at column {token.column + 1}: {problem}.\n    "
            f"{shown}\n    {' ' * token.column}^"
        )
