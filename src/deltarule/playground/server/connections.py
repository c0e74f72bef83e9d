"""One playground for each tab, kept for a while after its connection is lost."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from deltarule.errors import SettingError
from deltarule.playground.playground import Playground, Publish

MAX_SESSIONS = 16
SESSION_TIMEOUT_S = 600.0
"""How long a paused playground is kept for a page that disconnected."""

Make = Callable[[Publish], Playground]


@dataclass(eq=False)
class PageSession:
    """A playground and whether a page is connected to it."""

    id: str
    playground: Playground
    attached: bool = True
    ending: asyncio.TimerHandle | None = None


class PageSessions:
    """All playgrounds of one server; used from its event loop only."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._sessions: dict[str, PageSession] = {}

    def attach(self, known: object, publish: Publish) -> PageSession:
        """Return the session with the id `known` if no page is connected to it, or a new one."""
        session = self._sessions.get(known) if isinstance(known, str) else None
        if session is None or session.attached:
            return self._create(publish)
        if session.ending is not None:
            session.ending.cancel()
        session.attached, session.ending = True, None
        session.playground.redirect(publish)
        return session

    def is_taken(self, known: object) -> bool:
        """Tell whether a page is connected to this session."""
        session = self._sessions.get(known) if isinstance(known, str) else None
        return session is not None and session.attached

    def detach(self, session: PageSession) -> None:
        """Pause the session of a page that is gone, and end it if the page does not reconnect."""
        session.attached = False
        session.playground.detach()
        session.ending = asyncio.get_running_loop().call_later(
            SESSION_TIMEOUT_S, self._end, session
        )

    def close(self) -> None:
        """End all sessions."""
        for session in list(self._sessions.values()):
            self._end(session)

    def _create(self, publish: Publish) -> PageSession:
        while len(self._sessions) >= MAX_SESSIONS:
            waiting = [session for session in self._sessions.values() if not session.attached]
            if not waiting:
                raise SettingError.message(
                    f"{MAX_SESSIONS} pages are open on this playground, which is its "
                    "maximum: close one and reload."
                )
            self._end(waiting[0])
        session = PageSession(secrets.token_urlsafe(16), self._make(publish))
        session.playground.session_id = session.id
        self._sessions[session.id] = session
        return session

    def _end(self, session: PageSession) -> None:
        if session.ending is not None:
            session.ending.cancel()
        self._sessions.pop(session.id, None)
        session.playground.close()
