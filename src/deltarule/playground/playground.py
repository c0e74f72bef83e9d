"""The playground itself: requests in, messages out, one thread that trains in between.

A host (`server/`, `widget.py`) hands it what pages say, `receive`, and takes what it answers, `publish`.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable

from deltarule.errors import DeltaruleError
from deltarule.playground.flow_control import FlowControl
from deltarule.playground.messages import Message, message
from deltarule.playground.speed_control import SpeedControl
from deltarule.playground.workspace import Workspace

Publish = Callable[[Message], None]
IDLE_S = 0.5
DEFAULT_EPOCHS_PER_SECOND = (
    60.0  # epochs a second: fast enough to see it learn, slow enough to see how
)
_log = logging.getLogger("deltarule.playground")


class Playground:
    """One experiment with its own thread; `close` ends it.

    `publish` is called from that thread, and must not wait.
    """

    def __init__(self, workspace: Workspace, publish: Publish) -> None:
        self._workspace = workspace
        self._publish = publish
        self._requests: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._flow = FlowControl()
        self._speed = SpeedControl(DEFAULT_EPOCHS_PER_SECOND)
        self._playing = False
        self._is_new = False  # something a frame would show has not been sent
        workspace.on_progress = self._publish
        self._thread = threading.Thread(target=self._work, name="deltarule-playground", daemon=True)
        self._thread.start()

    def receive(self, request: Message) -> None:
        """Take a message of a page; it is done as soon as the present few epochs are over."""
        self._requests.put(request)

    def redirect(self, publish: Publish) -> None:
        """From now on give answers to someone else: a page that came back over a new connection."""
        self._publish = publish
        self._workspace.on_progress = publish

    def close(self) -> None:
        """End the thread."""
        self._requests.put(None)
        self._thread.join(timeout=5)

    def _work(self) -> None:
        while True:
            try:
                request = self._requests.get(timeout=self._patience())
            except queue.Empty:
                request = None
            else:
                if request is None:
                    self._workspace.close()
                    return
                self._do(request)
                continue  # all requests first, then a few epochs
            try:
                self._train()
                self._show()
            except Exception as error:
                self._playing = False
                self._failed(error, None)

    def _patience(self) -> float:
        """Return how long nothing needs to be done unless somebody requests it."""
        waits = [IDLE_S]
        if self._playing:
            waits.append(self._speed.wait_s())
        if self._is_new:
            wait = self._flow.wait_s(time.monotonic())
            if wait is not None:
                waits.append(wait)
        return max(min(waits), 1e-4)

    def _train(self) -> None:
        if not self._playing:
            return
        began = time.monotonic()
        epochs = self._speed.due(began)
        if epochs == 0:
            return
        before = self._workspace.run.epoch
        self._workspace.run.train(epochs)
        now = time.monotonic()
        self._speed.did(self._workspace.run.epoch - before, now - began, now)
        self._is_new = True
        if self._workspace.run.stopped is not None:
            self._playing = False
            self._tell_state()

    def _show(self) -> None:
        now = time.monotonic()
        if not self._is_new or self._flow.wait_s(now) != 0.0:
            return
        self._is_new = False
        self._publish(
            self._workspace.frame(
                sequence=self._flow.next_sequence(now),
                playing=self._playing,
                epochs_per_second=self._speed.measured() if self._playing else None,
            )
        )

    def _tell_state(self) -> None:
        self._publish(
            self._workspace.state(playing=self._playing, epochs_per_second=self._speed.wanted)
        )

    def _do(self, request: Message) -> None:
        try:
            self._answer(request)
        except Exception as error:
            self._failed(error, request)

    def _answer(self, request: Message) -> None:
        """Do what a page requests, and tell the state that comes of it."""
        match request.type:
            case "ack" | "bye" | "detach":
                self._hear(request)
                return
            case "hello":
                self._greet(request)
                return
            case "play":
                self._playing = True
                self._speed.begin(time.monotonic())
            case "pause":
                self._playing = False
            case "step" | "epoch":
                self._playing = False
                self._workspace.advance(request.type)
            case "rewind":
                self._playing = False
                self._workspace.run.rewind()
            case "speed":
                self._speed.wanted = self._workspace.checked_speed(
                    request.content.get("epochs_per_second")
                )
                self._speed.begin(time.monotonic())
            case _:
                for answer in self._workspace.answer(request):
                    self._publish(answer)
                if not self._workspace.changed:
                    return
        self._is_new = True
        self._tell_state()
        if self._workspace.points_are_new:
            self._publish(self._workspace.points())
        self._show()

    def _hear(self, request: Message) -> None:
        """Take what a page says about itself."""
        client, sequence = request.content.get("client"), request.content.get("sequence")
        if request.type == "bye":
            self._flow.left(str(client))
        elif request.type == "detach":  # the server's word: the connection is gone
            self._flow = FlowControl()
            self._playing = False
        elif isinstance(client, str) and isinstance(sequence, int):
            self._flow.acknowledged(client, sequence, time.monotonic())

    def _greet(self, request: Message) -> None:
        self._flow.joined(str(request.content.get("client"))[:100], time.monotonic())
        prepared = self._workspace.open_fragment(request.content.get("fragment"))
        self._publish(self._workspace.hello(session=request.content.get("session_id")))
        self._tell_state()
        self._publish(self._workspace.points())
        if prepared is not None:
            self._publish(message("error", text=prepared, about="hello", edit=None))
        self._is_new = True
        self._show()

    def _failed(self, error: Exception, request: Message | None) -> None:
        if isinstance(error, DeltaruleError):
            text = str(error)
        else:
            _log.exception("the playground failed")
            text = (
                f"This is a bug in deltarule's playground: {type(error).__name__}: {error}. Please "
                "report it; rewinding or reloading the page may help."
            )
        about = None if request is None else request.type
        edit = None if request is None else request.content.get("edit")
        self._publish(message("error", text=text, about=about, edit=edit))
        if about not in (None, "ack", "bye"):
            self._tell_state()
