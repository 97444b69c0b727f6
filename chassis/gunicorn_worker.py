"""gunicorn's threaded worker, with which slow clients take no threads.

A thread is taken once a whole request is there: the main loop collects headers and body, and gives up a
client that takes longer than READ_TIMEOUT_S. A client that is slow to read its answer is cut off. What the
parser refuses is answered in JSON, logged and counted, as every other error is.
"""

import errno
import logging
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from json import dumps
from typing import Any, Final

from gunicorn import http  # type: ignore[import-untyped]  # it ships no types
from gunicorn.http import errors  # type: ignore[import-untyped]
from gunicorn.workers.gthread import (  # type: ignore[import-untyped]
    STOP_KEEPALIVE_LINGER,
    TConn,
    ThreadWorker,
)
from prometheus_client import Counter

from chassis.request_buffer import HeadTooLarge, RequestBuffer

# From its first byte (or from the connection on) to its last.
READ_TIMEOUT_S: Final = 10.0
# For the answer as a whole, the work for it included: a client that reads slower than this is cut off.
ANSWER_TIMEOUT_S: Final = 30.0
# The buffer has all of a request; what a parser still wants beyond it is not waited for.
REST_TIMEOUT_S: Final = 1.0
LINGER_S: Final = 2.0

MAX_HEAD_BYTES: Final = 64 * 1024
MAX_BODY_BYTES: Final = 64 * 1024
_PIECE: Final = 64 * 1024

STATUS: Final[Mapping[type[Exception], int]] = {
    errors.LimitRequestLine: 414,
    errors.LimitRequestHeaders: 431,
    errors.ExpectationFailed: 417,
    errors.UnsupportedTransferCoding: 501,
    errors.ForbiddenProxyRequest: 403,
    errors.ParseException: 400,
}
_MESSAGES: Final = {
    400: "The request is not valid HTTP.",
    408: "The request did not arrive in time.",
    414: "The request line is too long.",
    417: "The expectation cannot be met.",
    431: "The headers are too large.",
    501: "This transfer coding is not supported.",
}

refused = Counter(
    "http_server_refused_requests",
    "Requests refused before the application saw them: malformed, too large or too slow.",
    ["status"],
)
for _status in (*STATUS.values(), 408):
    refused.labels(str(_status))

logger = logging.getLogger(__name__)


class BoundedSocket(socket.socket):
    """A client's connection on which no call waits beyond the deadline of the request being served."""

    read_until = write_until = 0.0

    def setblocking(self, flag: bool) -> None:
        self.settimeout(ANSWER_TIMEOUT_S if flag else 0.0)

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        data: bytes = self._bounded(self.read_until, lambda: super(BoundedSocket, self).recv(bufsize, flags))
        return data

    def sendall(self, data: Any, flags: int = 0) -> None:
        self._bounded(self.write_until, lambda: super(BoundedSocket, self).sendall(data, flags))

    def _bounded(self, until: float, call: Callable[[], Any]) -> Any:
        timeout = self.gettimeout()
        if not timeout:
            return call()
        self.settimeout(max(min(timeout, until - time.monotonic()), 0.001))
        try:
            return call()
        except TimeoutError:  # gunicorn takes this for what it is to us: the client is gone
            raise ConnectionResetError(errno.ECONNRESET, "the client is too slow") from None
        finally:
            self.settimeout(timeout)


class Connection(TConn):  # type: ignore[misc]
    sock: BoundedSocket

    def __init__(
        self, cfg: Any, sock: socket.socket, client: Any, server: Any, linger: Callable[["Connection"], None]
    ) -> None:
        super().__init__(cfg, BoundedSocket(fileno=sock.detach()), client, server)
        self._linger = linger
        self.parser = http.get_parser(cfg, self.sock, client)
        self.initialized = self.data_ready = True
        self.deadline = 0.0
        self.has_continued = False
        self.buffer = self._new_buffer()

    def begin_reading(self) -> None:
        """The next request; the last one's reader may have taken some of it already."""
        self.sock.setblocking(False)
        self.deadline = time.monotonic() + READ_TIMEOUT_S
        self.has_continued = False
        self.buffer = self._new_buffer()
        self.buffer.add(self.parser.unreader.take_buffered())

    def read(self) -> bool:
        """Take what is there; whether the client may still send. Raises OSError."""
        try:
            data = self.sock.recv(_PIECE)
        except BlockingIOError:
            return True
        self.buffer.add(data)
        return bool(data)

    def is_complete(self) -> bool:
        """Raises HeadTooLarge."""
        if self.buffer.complete():
            return True
        if self.buffer.expects_continue and not self.has_continued:
            self.has_continued = True
            self.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        return False

    def hand_over(self) -> None:
        """To a thread: from now on the parser reads what was collected."""
        now = time.monotonic()
        self.sock.read_until, self.sock.write_until = now + REST_TIMEOUT_S, now + ANSWER_TIMEOUT_S
        self.parser.unreader.unread(self.buffer.take())

    def say(self, data: bytes) -> None:
        """As much of it as the client takes at once: a short answer has room in the kernel."""
        self.sock.setblocking(False)
        with suppress(OSError):
            self.sock.send(data)

    def close(self, graceful: bool = False) -> None:
        if graceful:
            self._linger(self)
        else:
            super().close()

    def _new_buffer(self) -> RequestBuffer:
        return RequestBuffer(self.cfg.limit_request_line, MAX_HEAD_BYTES, MAX_BODY_BYTES)


class Worker(ThreadWorker):  # type: ignore[misc]
    """`worker_class` in apps/gunicorn.conf.py. The main loop reads the connections, whatever they have."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # In the order of their deadlines, since each gets the same time from the moment it comes in here.
        self._reading: dict[Connection, None] = {}
        self._lingering: dict[Connection, float] = {}

    def accept(self, listener: Any) -> None:
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EMFILE, errno.ENFILE):
                raise
            return
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections and self._reading:
            self._drop(next(iter(self._reading)))  # the slowest makes room
        self.enqueue_req(Connection(self.cfg, sock, client, listener.getsockname(), self._linger))

    def enqueue_req(self, conn: Connection) -> None:
        """A connection from which a request is expected: it gets a thread once the request is there."""
        conn.begin_reading()
        self._reading[conn] = None
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._read, conn))
        self._read(conn)

    def murder_pending(self) -> None:
        """The main loop asks once a second, or more often while there is something to do."""
        super().murder_pending()
        now = time.monotonic()
        for conn in [each for each in self._reading if each.deadline <= now]:
            if len(conn.buffer):
                self._refuse(conn, 408)
            else:
                self._drop(conn)
        for conn in [each for each, until in self._lingering.items() if until <= now]:
            self._end(conn)

    def handle_request(self, req: Any, conn: Connection) -> Any:
        if conn.buffer.oversized:
            req.force_close()  # the rest of the body is not read
        return super().handle_request(req, conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        status = next((STATUS[kind] for kind in type(exc).__mro__ if kind in STATUS), 500)
        if status == 500:
            logger.error("request failed in the server", exc_info=exc)
        with suppress(OSError):
            client.sendall(_refusal(status, type(exc).__name__))

    def _read(self, conn: Connection, _: object = None) -> None:
        try:
            is_open = conn.read()
            is_complete = conn.is_complete()
        except HeadTooLarge:
            self._refuse(conn, 431)
        except OSError:
            self._drop(conn)
        else:
            if is_complete:
                self._forget(conn)
                conn.hand_over()
                super().enqueue_req(conn)
            elif not is_open:
                self._drop(conn)

    def _refuse(self, conn: Connection, status: int) -> None:
        conn.say(_refusal(status, HTTPStatus(status).phrase))
        self._forget(conn)
        self.nr_conns -= 1
        self._linger(conn)

    def _drop(self, conn: Connection) -> None:
        self._forget(conn)
        self.nr_conns -= 1
        conn.close()

    def _forget(self, conn: Connection) -> None:
        del self._reading[conn]
        self.poller.unregister(conn.sock)

    def _linger(self, conn: Connection) -> None:
        """Close so that the client still gets its answer (RFC 9112, 9.6). gunicorn would wait for it."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._discard, conn))
        except (OSError, ValueError, KeyError):
            conn.close()
        else:
            self._lingering[conn] = time.monotonic() + LINGER_S

    def _discard(self, conn: Connection, _: object) -> None:
        try:
            if conn.sock.recv(_PIECE):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._end(conn)

    def _end(self, conn: Connection) -> None:
        del self._lingering[conn]
        self.poller.unregister(conn.sock)
        conn.close()

    def _cap_keepalive(self, deadline: float) -> None:
        """Called once, when the worker is to end: whoever has not begun by then will not."""
        super()._cap_keepalive(deadline)
        for conn in self._reading:
            conn.deadline = min(conn.deadline, time.monotonic() + STOP_KEEPALIVE_LINGER)


def _refusal(status: int, reason: str) -> bytes:
    """Noted here, for the application never sees the request."""
    from glasshouse_telemetry import adopt_request_id  # loads for long; gunicorn's parent needs none of it

    request_id = adopt_request_id(None)
    refused.labels(str(status)).inc()
    fields = {"http.response.status_code": status, "error.type": reason}
    logger.warning("request refused before the application saw it", extra=fields)
    phrase = HTTPStatus(status).phrase
    code = phrase.lower().replace(" ", "_")
    message = _MESSAGES.get(status, phrase + ".")
    body = dumps({"error": {"code": code, "message": message, "request_id": request_id}}).encode()
    head = (
        f"HTTP/1.1 {status} {phrase}\r\nConnection: close\r\nContent-Type: application/json\r\n"
        f"X-Request-ID: {request_id}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
