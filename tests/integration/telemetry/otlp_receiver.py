"""A receiver of spans in place of a Collector: it can go away, come back at its address, and hang."""

import http.server
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Self

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], receiver: "OtlpReceiver") -> None:
        self.receiver = receiver
        self.connections: list[socket.socket] = []
        super().__init__(address, _Handler)

    def cut_connections(self) -> None:
        """As they are when a process ends: the threads behind them would go on answering."""
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def setup(self) -> None:
        super().setup()
        self.server.connections.append(self.connection)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receiver: OtlpReceiver = self.server.receiver
        status, headers = receiver.answer(len(body))
        if status == 200:
            receiver.take(ExportTraceServiceRequest.FromString(body))
        self.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


class OtlpReceiver:
    """`spans` holds everything taken, in the order of arrival, twice what came twice.

    `refusals` are given first, each a status and headers, and what is larger than `most_bytes` gets a 413.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.refusals: list[tuple[int, dict[str, str]]] = []
        self.most_bytes = 2**63
        self.asked_at: list[float] = []
        self.spans: list[Any] = []
        self.services: set[str] = set()
        self._lock = threading.Lock()
        self._server: _Server | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.go_away()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def come(self) -> None:
        self._server = _Server(("127.0.0.1", self.port), self)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def go_away(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.cut_connections()
            self._server = None

    def answer(self, size: int) -> tuple[int, dict[str, str]]:
        with self._lock:
            self.asked_at.append(time.monotonic())
            if self.refusals:
                return self.refusals.pop(0)
            return (413 if size > self.most_bytes else 200), {}

    def take(self, request: ExportTraceServiceRequest) -> None:
        with self._lock:
            for group in request.resource_spans:
                names = {each.key: each.value.string_value for each in group.resource.attributes}
                self.services.add(names["service.name"])
                for scope in group.scope_spans:
                    self.spans += scope.spans

    def trace_ids(self) -> list[str]:
        with self._lock:
            return [span.trace_id.hex() for span in self.spans]


class GrpcReceiver(OtlpReceiver, TraceServiceServicer):
    """The same over gRPC; it stays from `come` to the end."""

    def come(self) -> None:
        self._grpc = grpc.server(ThreadPoolExecutor(2))
        add_TraceServiceServicer_to_server(self, self._grpc)  # type: ignore[no-untyped-call]
        self.port = self._grpc.add_insecure_port("127.0.0.1:0")
        self._grpc.start()

    def go_away(self) -> None:
        self._grpc.stop(None).wait()

    def Export(self, request: ExportTraceServiceRequest, context: object) -> ExportTraceServiceResponse:
        self.take(request)
        return ExportTraceServiceResponse()


class HangingReceiver:
    """Takes connections and never answers."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.endpoint = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        self._socket.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
