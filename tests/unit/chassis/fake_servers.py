"""HTTP servers for tests, on ports of their own."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socketserver import ThreadingMixIn
from threading import Thread

from flask import Flask, Response, request
from werkzeug.serving import WSGIRequestHandler, make_server

Answering = Callable[[], Response]


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for given, value in self.headers if given.lower() == name.lower()), None)


def _ok() -> Response:
    return Response('{"ok": true}', content_type="application/json")


class FakeServer:
    """Answers everything the same way, and remembers what it was asked. Its `/readyz` says `ready`."""

    def __init__(self, answer: Answering | None = None) -> None:
        self.url = ""
        self._first_answer = answer or _ok
        self.as_new()

    def as_new(self) -> "FakeServer":
        self.answer = self._first_answer
        self.ready = True
        self.seen: list[Seen] = []
        return self

    def app(self) -> Flask:
        app = Flask("fake")
        app.url_map.merge_slashes = False

        @app.before_request
        def everything() -> Response:
            if request.path == "/readyz":
                return Response(status=200 if self.ready else 503)
            target = request.environ["REQUEST_URI"]
            self.seen.append(Seen(request.method, target, list(request.headers.items()), request.get_data()))
            return self.answer()

        return app


class _KeepAlive(WSGIRequestHandler):
    """As gunicorn does: connections are used again."""

    protocol_version = "HTTP/1.1"


@contextmanager
def fake_server(answer: Answering | None = None) -> Iterator[FakeServer]:
    fake = FakeServer(answer)
    server = make_server("127.0.0.1", 0, fake.app(), threaded=True, request_handler=_KeepAlive)
    assert isinstance(server, ThreadingMixIn)
    server.daemon_threads = True  # they would wait for connections that are kept alive
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.port}"
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def nobody() -> Iterator[str]:
    """An address that refuses connections: its port is taken, and not listened on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def silent() -> Iterator[str]:
    """An address that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def raw_server(answer: bytes) -> Iterator[str]:
    """Says these bytes to whoever connects, after having heard something, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            try:
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(65_536)
                        connection.sendall(answer)
            except OSError:
                return  # the server was closed

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)
