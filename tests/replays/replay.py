"""What a replay is: a program as people publish it, written with the names of a peer.

The program gets the peer's module or deltarule's face of it, trains, and returns an `Outcome`. With
deltarule it must reach a score; in `make test-peers` it runs with the peer too, and both must agree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Peer = Literal["keras", "sklearn"]
Program = Callable[[Any], "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What a program found.

    Parameters
    ----------
    score : float
        Accuracy or R², higher is better.
    same : dict
        What does not depend on chance: deltarule and the peer must have equal values.
    """

    score: float
    same: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Replay:
    """A program, where its idea comes from, and what it must reach.

    Parameters
    ----------
    source : str
        The book, course, documentation or question whose way of doing it the program follows.
    peer : {"keras", "sklearn"}
        Whose names it uses.
    program : callable
        Takes the peer's module or deltarule's face of it and returns the outcome.
    least : float
        The score that deltarule must reach.
    margin : float
        How much lower than the peer's its score may be: both start from other random weights.
    """

    source: str
    peer: Peer
    program: Program
    least: float
    margin: float


REPLAYS: dict[str, Replay] = {}


def replay(
    source: str, peer: Peer = "keras", *, least: float, margin: float = 0.1
) -> Callable[[Program], Program]:
    """Register a program under its name."""

    def register(program: Program) -> Program:
        assert program.__name__ not in REPLAYS, program.__name__
        REPLAYS[program.__name__] = Replay(source, peer, program, least, margin)
        return program

    return register


def accuracy(model: Any, X: Any, y: Any) -> float:
    """Return the share of rows whose class a Keras model finds."""
    outputs = model.predict(X, verbose=0)
    found = outputs.argmax(1) if outputs.shape[1] > 1 else outputs[:, 0] > 0.5
    return float((found == y).mean())


def r2(predicted: Any, y: Any) -> float:
    """Return the coefficient of determination."""
    return float(1 - ((predicted.reshape(-1) - y) ** 2).mean() / y.var())
