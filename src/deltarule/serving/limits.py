"""How much a request, and all of them together, may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ServingLimits:
    """The limits of the server.

    Parameters
    ----------
    max_bytes : int, default 10 MB
        Longest body of a request.
    max_rows : int, default 10,000
        Most rows of a request.
    max_concurrent : int, default 32
        Requests of one worker in progress; one more gets status 429.
    timeout_s : float, default 30
        How long a prediction may take; a longer one gets status 503.
    body_s : float, default 10
        How long the body of a request may take to arrive.
    idle_s : float, default 75
        How long a connection may be open without an answer.
    """

    max_bytes: int = 10_000_000
    max_rows: int = 10_000
    max_concurrent: int = 32
    timeout_s: float = 30.0
    body_s: float = 10.0
    idle_s: float = 75.0
