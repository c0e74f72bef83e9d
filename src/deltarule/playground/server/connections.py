"""One playground for each tab, kept for a while when its connection is lost."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from deltarule.errors import SettingError
from deltarule.playground.messages import Message
from deltarule.playground.playground import Playground

MAX_SESSIONS = 16
SESSION_TIMEOUT_S = 600.0
"""How long a playground waits for a page that went away; it does not train meanwhile."""

Publish = Callable[[Message], None]
Make = Callable[[Publish], Playground]


@dataclass(eq=False)
class Session:
    """A playground and whether a page looks at it."""

    id: str
    playground: Playground
    attached: bool = True
    ending: asyncio.TimerHandle | None = None


class PageSessions:
    """All playgrounds of one server; used from its event loop only."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._sessions: dict[str, Session] = {}

    def attach(self, known: object, publish: Publish) -> tuple[Session, bool]:
        """Return the session `known` if nobody looks at it, or a new one; and whether it is new."""
        session = self._sessions.get(known) if isinstance(known, str) else None
        if session is None or session.attached:
            return self._begin(publish), True
        if session.ending is not None:
            session.ending.cancel()
        session.attached, session.ending = True, None
        session.playground.redirect(publish)
        return session, False

    def is_taken(self, known: object) -> bool:
        """Whether a page looks at this session already."""
        session = self._sessions.get(known) if isinstance(known, str) else None
        return session is not None and session.attached

    def detach(self, session: Session) -> None:
        """Say that the page is gone; training pauses, and the session ends if it does not come back."""
        session.attached = False
        session.playground.redirect(lambda _: None)
        session.playground.receive(Message({"type": "detach"}))
        session.ending = asyncio.get_running_loop().call_later(
            SESSION_TIMEOUT_S, self._end, session
        )

    def close(self) -> None:
        """End all."""
        for session in list(self._sessions.values()):
            self._end(session)

    def _begin(self, publish: Publish) -> Session:
        while len(self._sessions) >= MAX_SESSIONS:
            waiting = [session for session in self._sessions.values() if not session.attached]
            if not waiting:
                raise SettingError(
                    f"{MAX_SESSIONS} pages are open on this playground, as many as it takes: close one "
                    "and reload."
                )
            self._end(waiting[0])
        session = Session(secrets.token_urlsafe(16), self._make(publish))
        self._sessions[session.id] = session
        return session

    def _end(self, session: Session) -> None:
        if session.ending is not None:
            session.ending.cancel()
        self._sessions.pop(session.id, None)
        session.playground.close()
