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


class Raw(bytes):
    """A body that is sent as it is."""


class Refusal(Exception):
    """Raised by an answer: the status to send, and a text."""


@contextmanager
def fake_backend(answer: Answer) -> Iterator[str]:
    """Serve on a free port while the block runs; yields the base address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            try:
                status, body = 200, answer(url.path, parse_qs(url.query))
            except Refusal as refusal:
                status, body = refusal.args
            content = body if isinstance(body, Raw) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
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
