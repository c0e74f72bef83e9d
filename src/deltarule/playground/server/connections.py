"""One playground for each tab, kept for a while after its connection is lost."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from deltarule.errors import SettingError
from deltarule.playground.playground import Playground, Publish

MAX_SESSIONS = 16
SESSION_TIMEOUT_S = 600.0
"""How long a paused playground is kept for a page that disconnected."""
STOP_S = 3.0
"""How long the server waits, when it stops, for all threads together."""

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
        self._creating = asyncio.Lock()

    async def attach(self, known: object, publish: Publish) -> PageSession:
        """Return the session with the id `known` if no page is connected to it, or a new one."""
        session = self._sessions.get(known) if isinstance(known, str) else None
        if session is None or session.attached:
            async with self._creating:
                return await self._create(publish)
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
        ending = list(self._sessions.values())
        for session in ending:
            self._end(session)
        until = time.monotonic() + STOP_S
        for session in ending:
            session.playground.close(max(until - time.monotonic(), 0.0))

    async def _create(self, publish: Publish) -> PageSession:
        """Return a new session, made in another thread so that the other pages do not wait."""
        while len(self._sessions) >= MAX_SESSIONS:
            waiting = [session for session in self._sessions.values() if not session.attached]
            if not waiting:
                raise SettingError.message(
                    f"{MAX_SESSIONS} pages are open on this playground, which is its "
                    "maximum: close one and reload."
                )
            self._end(waiting[0])
            # Threads that still work on a request do not become ever more.
            await asyncio.to_thread(waiting[0].playground.close)
        gone = threading.Event()
        making = asyncio.ensure_future(asyncio.to_thread(self._made, publish, gone))
        try:
            playground = await asyncio.shield(making)
        except asyncio.CancelledError:  # the page is gone
            gone.set()
            making.add_done_callback(_stop_made)
            raise
        session = PageSession(secrets.token_urlsafe(16), playground)
        session.playground.session_id = session.id
        self._sessions[session.id] = session
        return session

    def _made(self, publish: Publish, gone: threading.Event) -> Playground:
        if gone.is_set():  # while it waited for a thread
            raise SettingError.message("The page was closed before its playground was made.")
        return self._make(publish)

    def _end(self, session: PageSession) -> None:
        if session.ending is not None:
            session.ending.cancel()
        self._sessions.pop(session.id, None)
        session.playground.stop()


def _stop_made(making: asyncio.Future[Playground]) -> None:
    if not making.cancelled() and making.exception() is None:
        making.result().stop()
