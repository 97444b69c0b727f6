"""A local HTTP server that answers JSON as a backend would; every test says what."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

Params = dict[str, list[str]]
Answer = Callable[[str, Params], Any]
# Answers a POST to a path with a body.
Take = Callable[[str, Any], Any]


class Raw(bytes):
    """A body that is sent as it is."""


class Refusal(Exception):
    """Raised by an answer: the status to send, a body, and headers if there are any."""


def take_nothing(path: str, body: Any) -> Any:
    raise Refusal(405, Raw(b"only GET"))


@contextmanager
def fake_backend(answer: Answer, take: Take = take_nothing, wants: str | None = None) -> Iterator[str]:
    """Serve on a free port while the block runs; yields the base address. `wants` is a login."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            self._send(lambda: answer(url.path, parse_qs(url.query)))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._send(lambda: take(self.path, body))

        def _send(self, answered: Callable[[], Any]) -> None:
            status, headers = 200, {}
            try:
                if wants and self.headers["Authorization"] != wants:
                    raise Refusal(401, Raw(b"Unauthorized"))
                body = answered()
            except Refusal as refusal:
                status, body, *more = refusal.args
                headers = dict(*more)
            content = body if isinstance(body, Raw) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(content))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
