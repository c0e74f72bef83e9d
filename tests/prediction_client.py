"""A prediction server in this process, and a client of it."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from deltarule.serving.limits import ServingLimits
from deltarule.serving.prediction_server import DEFAULT_LIMITS, Address, prediction_server
from deltarule.serving.served_model import ModelPlace, load
from deltarule.web_server.server import WebServer


@dataclass(frozen=True)
class Answer:
    """The answer to a request."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def json(self) -> Any:
        """The body as strict JSON."""
        return json.loads(self.text, parse_constant=lambda name: 1 / 0)


@dataclass
class Client:
    """Sends requests to a server; `reports` are the sentences that it reported."""

    port: int
    server: WebServer | None = None
    reports: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        """The Host of the server."""
        return f"127.0.0.1:{self.port}"

    def send(
        self, path: str, body: Any = None, method: str | None = None, **headers: str
    ) -> Answer:
        """Send one request; a body that is no text or bytes is sent as JSON."""
        if body is not None and not isinstance(body, str | bytes):
            body = json.dumps(body)
        connection = http.client.HTTPConnection(self.host, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        method = method or ("GET" if body is None else "POST")
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return Answer(answer.status, answer.headers, text)

    def refusal(self, path: str, body: Any = None, **options: Any) -> tuple[int, str]:
        """Send a request that is refused; return its status and its sentence."""
        answer = self.send(path, body, **options)
        assert list(answer.json) == ["error"]
        sentence = answer.json["error"]
        assert sentence.endswith((".", "?")), sentence
        assert "Traceback" not in sentence
        return answer.status, sentence

    def counts(self) -> dict[str, float]:
        """Return what /metrics counts, by name and labels as they are written."""
        lines = self.send("/metrics").text.splitlines()
        pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}

    def connect(self) -> socket.socket:
        """Open a connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)


@contextmanager
def running_predictions(
    places: Sequence[ModelPlace],
    limits: ServingLimits = DEFAULT_LIMITS,
    token: str | None = None,
    host: str = "127.0.0.1",
) -> Iterator[Client]:
    """Run a server of these models."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        client = Client(listening.getsockname()[1])
        models = {place.name: load(place) for place in places}
        address = Address(host, client.port, token)
        server = prediction_server(models, address, limits, report=client.reports.append)
        client.server = server
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.005)
            yield client
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()
