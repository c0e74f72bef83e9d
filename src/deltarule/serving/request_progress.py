"""How many requests are in progress, and how much of their bodies is held."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass
class Progress:
    """What the requests of one process occupy now.

    Parameters
    ----------
    tasks : set of asyncio.Task
        The requests that have arrived and are not answered, also those whose turn has not come: the set
        of the server once it runs.
    receiving : int
        Those whose body has not arrived; they occupy nothing else, so that slow clients stop nobody.
    held_bytes : int
        Bytes of the bodies that have arrived in part.
    """

    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    receiving: int = 0
    held_bytes: int = 0

    @property
    def requests(self) -> int:
        """Requests whose body has arrived."""
        return len(self.tasks) - self.receiving
