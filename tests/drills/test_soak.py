"""Visitors use the page for half an hour: what the server holds stays bounded, its answers stay right."""

from __future__ import annotations

import json
import random
import threading
import time
from typing import Any

from drills.server_process import ServerProcess, server_process
from playground_server import receive
from websockets.sync.client import ClientConnection

from deltarule.playground.protocol.wire import Message, pack, unpack

VISITORS = 5
SAMPLES = 10
MAX_GROWTH_MB = 40.0
"""Growth of memory from the end of the first third to the end."""
FRAGMENTS = (
    "data=xor&layers=4tanh", "data=moons&layers=8relu,4tanh", "data=spirals&layers=6tanh,6tanh",
    "data=iris&layers=5tanh", "data=hills&layers=8tanh", "data=circles&layers=3relu&optimizer=momentum",
)  # fmt: skip
TABLE = "a,b,c\n" + "\n".join(f"{i},{i * i % 17},{'xy'[i % 2]}" for i in range(3000))


class Visitor:
    """A page that does what its random numbers choose; `visits` counts its connections."""

    def __init__(self, server: ServerProcess, seed: int, right: dict[str, Any]) -> None:
        self._server, self._chance, self._right = server, random.Random(seed), right
        self.visits = self.messages = self.checked = 0

    def use(self, until: float) -> None:
        """Visit the page again and again."""
        while time.monotonic() < until:
            server = self._server.opened()
            with server.socket() as page:
                self.visits += 1
                session = self._visit(page, until)
            if self._chance.random() < 0.3:  # a reload
                with server.socket() as page:
                    self._say(page, "hello", client="v", session=session, fragment="")
                    assert receive(page, "hello").content["session"] == session

    def _visit(self, page: ClientConnection, until: float) -> str:
        fragment = self._chance.choice(FRAGMENTS)
        self._say(page, "hello", client="v", session=None, fragment=fragment)
        session: str = receive(page, "hello").content["session"]
        self._check(page, fragment)
        for _ in range(self._chance.randrange(2, 8)):
            if time.monotonic() < until:
                self._chance.choice((self._play, self._upload, self._draw, self._save, self._edit))(
                    page
                )
        self._leave(page)
        return session

    def _check(self, page: ClientConnection, fragment: str) -> None:
        """Train some epochs; their loss is the same whenever anybody does that."""
        for epoch in range(1, 6):
            self._say(page, "epoch")
            frame = self._until(
                page, lambda m, e=epoch: m.type == "frame" and m.content["epoch"] == e
            )
        loss = frame.content["training_loss"], frame.content["validation_loss"]
        assert self._right.setdefault(fragment, loss) == loss
        self.checked += 1

    def _play(self, page: ClientConnection) -> None:
        self._say(page, "speed", epochs_per_second=self._chance.choice([None, 30.0, 300.0]))
        self._say(page, "play")
        ends = time.monotonic() + self._chance.random() * 3
        self._until(page, lambda _: time.monotonic() > ends)
        self._say(page, "pause")
        self._say(page, "rewind")
        self._until(page, lambda m: m.type == "frame" and m.content["epoch"] == 0)

    def _upload(self, page: ClientConnection) -> None:
        page.send(pack(Message({"type": "upload", "name": "t.csv"}, TABLE.encode())))
        table = self._until(page, lambda m: m.type == "table")
        assert table.content["rows"] == 3000

    def _draw(self, page: ClientConnection) -> None:
        self._say(page, "landscape", steps=11, trajectory=True)
        self._until(page, lambda m: m.type == "landscape")

    def _save(self, page: ClientConnection) -> None:
        for what in ("experiment", "model", "python", "keras", "history"):
            self._say(page, "export", what=what)
            assert self._until(page, lambda m: m.type == "file").body

    def _edit(self, page: ClientConnection) -> None:
        self._say(page, "learning_rate", value=self._chance.choice([0.001, 0.01, 0.1]))
        self._say(page, "sample", index=3)
        self._say(page, "weight", **{"layer": 0, "from": None, "to": 0, "value": 0.5})
        self._say(page, "step")
        self._until(page, lambda m: m.type == "frame")

    def _leave(self, page: ClientConnection) -> None:
        if self._chance.random() < 0.5:
            self._say(page, "play")  # it pauses when the page is gone

    def _say(self, page: ClientConnection, kind: str, **content: Any) -> None:
        page.send(json.dumps({"type": kind, **content}))
        self.messages += 1

    def _until(self, page: ClientConnection, accept: Any) -> Message:
        """Read messages, acknowledge frames, and return the first message that `accept` accepts."""
        while True:
            message = unpack(page.recv(timeout=60))
            assert message.type != "error", message.content
            if message.type == "frame":
                self._say(page, "ack", sequence=message.content["sequence"], client="v")
            if accept(message):
                return message


def test_the_server_stays_as_it_was(drill, tmp_path, capsys):
    seconds = drill.cases(short=8, full=1800)
    with server_process(tmp_path, http_s=30.0, close_s=5.0, session_s=5.0) as server:
        right: dict[str, Any] = {}
        Visitor(server, 99, right).use(time.monotonic() + 1)
        time.sleep(7)
        before = server.usage
        until = time.monotonic() + seconds
        visitors = [Visitor(server, seed, right) for seed in range(VISITORS)]
        failures: list[BaseException] = []

        def use(visitor: Visitor) -> None:
            try:
                visitor.use(until)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=use, args=(visitor,)) for visitor in visitors]
        for thread in threads:
            thread.start()
        usages = []
        for sample in range(1, SAMPLES + 1):
            time.sleep(max(until - seconds * (1 - sample / SAMPLES) - time.monotonic(), 0.0))
            usages.append(server.usage)
            with capsys.disabled():
                if drill.full:
                    print(f"\n{seconds * sample / SAMPLES:.0f} s: {usages[-1]}", flush=True)
        for thread in threads:
            thread.join(120)
        if failures:
            raise failures[0]
        settled = usages[SAMPLES // 3 - 1]
        after = server.comes_back_to(
            before, megabytes=settled.megabytes - before.megabytes + MAX_GROWTH_MB
        )
        if drill.full:
            with capsys.disabled():
                print(f"before {before}, after {after}", flush=True)
    for name in ("visits", "messages", "checked"):
        count = sum(getattr(visitor, name) for visitor in visitors)
        assert count
        drill.count(count, {"checked": "trainings compared"}.get(name, name) + " of the soak")
    drill.count(seconds, "seconds of the soak")
