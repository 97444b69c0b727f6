"""Stands in for what the peers need: two downstream services, a Datadog agent, an Elastic APM server.

It answers as soon as a request is complete and keeps nothing, so that it takes little from the load's core.
What it has received, in bytes of bodies by path, is at RECEIVED.
"""

import asyncio
import json
import re
import sys
from collections import Counter

RECEIVED = "/received"

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_received: Counter[str] = Counter()
_AGENT = {
    "version": "7.60.0",
    "endpoints": ["/v0.4/traces", "/v0.5/traces"],
    "client_drop_p0s": True,
    "rate_by_service": {"service:,env:": 1},
}


class Sink(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, lengths and chunks; one request after the other."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._end_of_request()) is not None:
            path = self._received.split(b" ", 2)[1].decode()
            _received[path] += end - self._received.find(b"\r\n\r\n") - 4
            self._received = self._received[end:]
            self._answer(path)

    def _end_of_request(self) -> int | None:
        blank = self._received.find(b"\r\n\r\n")
        if blank < 0:
            return None
        head = self._received[:blank]
        if _CHUNKED.search(head):
            last = self._received.find(b"\r\n0\r\n\r\n", blank)
            return None if last < 0 else last + 7
        found = _LENGTH.search(head)
        end = blank + 4 + (int(found[1]) if found else 0)
        return end if len(self._received) >= end else None

    def _answer(self, path: str) -> None:
        status, body = "200 OK", json.dumps(_AGENT | {"id": path.rpartition("/")[2]}).encode()
        if path == RECEIVED:
            body = json.dumps(_received).encode()
        if path.startswith("/intake"):
            status, body = "202 Accepted", b""
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
