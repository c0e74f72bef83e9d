"""The playground itself: wishes in, messages out, one thread that trains in between.

A host (`server/`, `widget.py`) hands it what pages say, `receive`, and takes what it answers, `publish`.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable

from deltarule.errors import DeltaruleError
from deltarule.playground.flow_control import Flow
from deltarule.playground.messages import Message, message
from deltarule.playground.training_speed import Pace
from deltarule.playground.workspace import Desk

Publish = Callable[[Message], None]
IDLE_S = 0.5
DEFAULT_PACE = 60.0  # epochs a second: fast enough to see it learn, slow enough to see how
_log = logging.getLogger("deltarule.playground")


class Playground:
    """One experiment with its own thread; `close` ends it.

    `publish` is called from that thread, and must not wait.
    """

    def __init__(self, desk: Desk, publish: Publish) -> None:
        self._desk = desk
        self._publish = publish
        self._wishes: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._flow = Flow()
        self._pace = Pace(DEFAULT_PACE)
        self._playing = False
        self._is_new = False  # something a frame would show has not been sent
        desk.on_progress = self._publish
        self._thread = threading.Thread(target=self._work, name="deltarule-playground", daemon=True)
        self._thread.start()

    def receive(self, wish: Message) -> None:
        """Take a message of a page; it is done as soon as the present few epochs are over."""
        self._wishes.put(wish)

    def redirect(self, publish: Publish) -> None:
        """From now on give answers to someone else: a page that came back over a new connection."""
        self._publish = publish
        self._desk.on_progress = publish

    def close(self) -> None:
        """End the thread."""
        self._wishes.put(None)
        self._thread.join(timeout=5)

    def _work(self) -> None:
        while True:
            try:
                wish = self._wishes.get(timeout=self._patience())
            except queue.Empty:
                wish = None
            else:
                if wish is None:
                    self._desk.close()
                    return
                self._do(wish)
                continue  # all wishes first, then a few epochs
            try:
                self._train()
                self._show()
            except Exception as error:
                self._playing = False
                self._failed(error, None)

    def _patience(self) -> float:
        """Return how long nothing needs to be done unless somebody wishes it."""
        waits = [IDLE_S]
        if self._playing:
            waits.append(self._pace.wait_s())
        if self._is_new:
            wait = self._flow.wait_s(time.monotonic())
            if wait is not None:
                waits.append(wait)
        return max(min(waits), 1e-4)

    def _train(self) -> None:
        if not self._playing:
            return
        began = time.monotonic()
        epochs = self._pace.due(began)
        if epochs == 0:
            return
        before = self._desk.run.epoch
        self._desk.run.train(epochs)
        now = time.monotonic()
        self._pace.did(self._desk.run.epoch - before, now - began, now)
        self._is_new = True
        if self._desk.run.stopped is not None:
            self._playing = False
            self._tell_state()

    def _show(self) -> None:
        now = time.monotonic()
        if not self._is_new or self._flow.wait_s(now) != 0.0:
            return
        self._is_new = False
        self._publish(
            self._desk.frame(
                sequence=self._flow.next_sequence(now),
                playing=self._playing,
                epochs_per_second=self._pace.measured() if self._playing else None,
            )
        )

    def _tell_state(self) -> None:
        self._publish(self._desk.state(playing=self._playing, epochs_per_second=self._pace.wanted))

    def _do(self, wish: Message) -> None:
        try:
            self._answer(wish)
        except Exception as error:
            self._failed(error, wish)

    def _answer(self, wish: Message) -> None:
        """Do what a page wishes, and tell the state that comes of it."""
        match wish.type:
            case "ack" | "bye" | "detach":
                self._hear(wish)
                return
            case "hello":
                self._greet(wish)
                return
            case "play":
                self._playing = True
                self._pace.begin(time.monotonic())
            case "pause":
                self._playing = False
            case "step" | "epoch":
                self._playing = False
                self._desk.advance(wish.type)
            case "rewind":
                self._playing = False
                self._desk.run.rewind()
            case "speed":
                self._pace.wanted = self._desk.checked_speed(wish.content.get("epochs_per_second"))
                self._pace.begin(time.monotonic())
            case _:
                for answer in self._desk.answer(wish):
                    self._publish(answer)
                if not self._desk.changed:
                    return
        self._is_new = True
        self._tell_state()
        if self._desk.points_are_new:
            self._publish(self._desk.points())
        self._show()

    def _hear(self, wish: Message) -> None:
        """Take what a page says about itself."""
        client, sequence = wish.content.get("client"), wish.content.get("sequence")
        if wish.type == "bye":
            self._flow.left(str(client))
        elif wish.type == "detach":  # the server's word: the connection is gone
            self._flow = Flow()
            self._playing = False
        elif isinstance(client, str) and isinstance(sequence, int):
            self._flow.acknowledged(client, sequence, time.monotonic())

    def _greet(self, wish: Message) -> None:
        self._flow.joined(str(wish.content.get("client"))[:100], time.monotonic())
        problem = self._desk.open_fragment(wish.content.get("fragment"))
        self._publish(self._desk.hello(session=wish.content.get("session_id")))
        self._tell_state()
        self._publish(self._desk.points())
        if problem is not None:
            self._publish(message("error", text=problem, about="hello", edit=None))
        self._is_new = True
        self._show()

    def _failed(self, error: Exception, wish: Message | None) -> None:
        if isinstance(error, DeltaruleError):
            text = str(error)
        else:
            _log.exception("the playground failed")
            text = (
                f"This is a bug in deltarule's playground: {type(error).__name__}: {error}. Please "
                "report it; rewinding or reloading the page may help."
            )
        about = None if wish is None else wish.type
        edit = None if wish is None else wish.content.get("edit")
        self._publish(message("error", text=text, about=about, edit=edit))
        if about not in (None, "ack", "bye"):
            self._tell_state()
