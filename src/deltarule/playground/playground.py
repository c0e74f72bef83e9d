"""The playground: requests in, messages out, and training in between.

A host (`server/`, `widget.py`, `browser_worker.py`) passes a page's messages to `receive` and sends what
it gets by `publish`. The first two use `Playground`, which has a thread; the third calls `turn` itself,
because Python in a browser has no threads.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from deltarule.errors import DeltaruleError
from deltarule.playground.error_log import log_error
from deltarule.playground.exporting import exported
from deltarule.playground.flow_control import FlowControl
from deltarule.playground.page_labels import page_message
from deltarule.playground.protocol import requests
from deltarule.playground.protocol.responses import ErrorResponse
from deltarule.playground.protocol.wire import Message, decode_request, encode
from deltarule.playground.request_queue import RequestQueue
from deltarule.playground.speed_control import (
    DEFAULT_EPOCHS_PER_SECOND,
    MAX_CHUNK_S,
    SpeedControl,
)
from deltarule.playground.workspace import Workspace

Publish = Callable[[Message], None]
Handler = Callable[[Any], Message | None]
"""Carries out a request of its type; returns the answer to publish, if it has one of its own."""
IDLE_S = 0.5
CLOSE_TIMEOUT_S = 5.0
_DETACH, _WAKE = object(), object()


class PlaygroundLoop:
    """One experiment, whose host calls `turn` again and again, in one thread.

    `publish` is called from `turn` and must not block.
    """

    session_id: str | None = None
    """How a server finds this playground again; None in a notebook."""

    def __init__(self, workspace: Workspace, publish: Publish) -> None:
        self._workspace = workspace
        self._publish = publish
        self._queue = RequestQueue()
        self._closing = threading.Event()
        self._flow = FlowControl()
        self._speed = SpeedControl(DEFAULT_EPOCHS_PER_SECOND)
        self._playing = False
        self._frame_is_due = False
        self.handlers: Mapping[type[requests.Request], Handler] = {
            requests.HelloRequest: self._hello,
            requests.ByeRequest: lambda bye: self._flow.left(bye.client),
            requests.AckRequest: self._acknowledged,
            requests.SetRequest: workspace.set_experiment,
            requests.PlayRequest: self._play,
            requests.PauseRequest: self._pause,
            requests.StepRequest: self._step,
            requests.EpochRequest: self._epoch,
            requests.RewindRequest: self._rewind,
            requests.SpeedRequest: self._set_speed,
            requests.LearningRateRequest: workspace.set_learning_rate,
            requests.WeightRequest: workspace.set_weight,
            requests.SampleRequest: workspace.choose_sample,
            requests.DigitRequest: workspace.read_digit,
            requests.LandscapeRequest: workspace.start_landscape,
            requests.CancelLandscapeRequest: lambda _: workspace.close(),
            requests.ExportRequest: lambda export: exported(export.what, workspace),
            requests.OpenRequest: workspace.open_experiment,
            requests.UploadRequest: workspace.upload,
        }

    def receive(self, message: Message) -> None:
        """Queue a page's message; it is handled when the current few epochs are finished."""
        self._queue.put(message)

    def has_room(self, message: Message) -> bool:
        """Return whether `receive` may be called now; too many messages would fill memory."""
        return self._closing.is_set() or self._queue.has_room(message)

    def redirect(self, publish: Publish) -> None:
        """Publish through another connection from now on."""
        self._publish = publish

    def detach(self) -> None:
        """Pause, and publish nothing until `redirect`: the page is gone."""
        self.redirect(lambda _: None)
        self._queue.put(_DETACH)

    def turn(self, wait_s: float) -> bool:
        """Answer a request; if none comes within `wait_s`, train a few epochs and send a frame.

        Returns False once the playground is closed.
        """
        queued: object = None
        with suppress(queue.Empty):
            queued = self._queue.get(wait_s)
        if self._closing.is_set():
            self._workspace.close()
            return False
        # All requests first, then a few epochs.
        if isinstance(queued, Message):
            self._handle(queued)
        elif queued is _DETACH:
            self._flow = FlowControl()
            self._playing = False
            self._workspace.close()
        else:
            self._advance()
        return True

    def wait_s(self) -> float:
        """Return how long there is nothing to do unless a request comes."""
        waits = [IDLE_S]
        if self._playing:
            waits.append(self._speed.wait_s())
        if self._frame_is_due:
            wait = self._flow.wait_s(time.monotonic())
            if wait is not None:
                waits.append(wait)
        if self._workspace.has_work:
            waits.append(0.0)
        return max(min(waits), 1e-4)

    def _advance(self) -> None:
        try:
            self._train()
            self._send_frame()
        except BaseException as error:
            self._playing = self._frame_is_due = False
            self._failed(error, None)
        for message in self._workspace.work(MAX_CHUNK_S):
            self._publish(message)

    def _train(self) -> None:
        if not self._playing:
            return
        started = time.monotonic()
        epochs = self._speed.due(started)
        if epochs == 0:
            return
        run = self._workspace.run
        before = run.epoch
        run.train(epochs)
        now = time.monotonic()
        self._speed.add(run.epoch - before, now - started, now)
        self._frame_is_due = True
        if run.stopped is not None:
            self._playing = False
            self._send_state()

    def _send_frame(self) -> None:
        now = time.monotonic()
        if not self._frame_is_due or self._flow.wait_s(now) != 0.0:
            return
        self._frame_is_due = False
        self._publish(
            self._workspace.frame(
                sequence=self._flow.next_sequence(now),
                playing=self._playing,
                epochs_per_second=self._speed.measured() if self._playing else None,
            )
        )

    def _send_state(self) -> None:
        self._publish(
            self._workspace.state(playing=self._playing, epochs_per_second=self._speed.wanted)
        )

    def _handle(self, message: Message) -> None:
        try:
            request = decode_request(message)
            answer = self.handlers[type(request)](request)
            if answer is not None:
                self._publish(answer)
            if request.changes_state:
                self._frame_is_due = True
                self._send_state()
                if self._workspace.points_changed:
                    self._publish(self._workspace.points())
                self._send_frame()
        except BaseException as error:  # a panic of a library in Rust is no Exception
            self._failed(error, message)

    def _hello(self, hello: requests.HelloRequest) -> None:
        self._flow.joined(hello.client, time.monotonic())
        problem = None
        if hello.session is None or hello.session != self.session_id:
            problem = self._workspace.open_fragment(hello.fragment)
        self._publish(self._workspace.hello(self.session_id))
        self._send_state()
        self._publish(self._workspace.points())
        if problem is not None:
            self._publish(encode(ErrorResponse(problem, "hello")))
        self._frame_is_due = True
        self._send_frame()

    def _acknowledged(self, ack: requests.AckRequest) -> None:
        self._flow.acknowledged(ack.client, ack.sequence, time.monotonic())

    def _play(self, _: requests.PlayRequest) -> None:
        # Before the state is sent: why training had stopped is not shown while it runs.
        self._playing = self._workspace.run.resume()
        self._speed.start(time.monotonic())

    def _pause(self, _: requests.PauseRequest) -> None:
        self._playing = False

    def _step(self, _: requests.StepRequest) -> None:
        self._playing = False
        self._workspace.run.one_update()

    def _epoch(self, _: requests.EpochRequest) -> None:
        self._playing = False
        self._workspace.run.train(1)

    def _rewind(self, _: requests.RewindRequest) -> None:
        self._playing = False
        self._workspace.run.rewind()

    def _set_speed(self, speed: requests.SpeedRequest) -> None:
        self._speed.wanted = speed.epochs_per_second
        self._speed.start(time.monotonic())

    def _failed(self, error: BaseException, message: Message | None) -> None:
        """Answer with the error; whatever happens, the thread goes on to the next message."""
        if not isinstance(error, DeltaruleError):
            log_error("the playground failed", error)
        about = None if message is None else message.type
        edit = None if message is None else message.content.get("edit")
        if not isinstance(edit, int) or not 0 <= edit <= requests.MAX_INTEGER:
            edit = None
        try:
            self._publish(encode(ErrorResponse(page_message(error), about, edit)))
            if about not in (None, "ack", "bye"):
                self._send_state()
        except BaseException as failure:
            log_error("the playground could not answer", failure)


class Playground(PlaygroundLoop):
    """One experiment with its own thread, from which `publish` is called; `close` ends it."""

    def __init__(self, workspace: Workspace, publish: Publish) -> None:
        super().__init__(workspace, publish)
        self._thread = threading.Thread(target=self._work, name="deltarule-playground", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread soon, without waiting for it."""
        self._closing.set()
        self._queue.put(_WAKE)

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """End the thread, and wait for it at most this long."""
        self.stop()
        self._thread.join(timeout_s)

    def _work(self) -> None:
        while self.turn(self.wait_s()):
            pass
