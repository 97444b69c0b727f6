"""HTTP by hand: what no well-behaved client sends."""

import json
import socket
from typing import Any
from urllib.parse import urlsplit


def connect(url: str, timeout_s: float = 15.0) -> socket.socket:
    address = urlsplit(url)
    return socket.create_connection((address.hostname or "", address.port or 80), timeout_s)


def exchange(url: str, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers in lower case and body of the answer; the connection is read until it ends."""
    with connect(url) as client:
        client.sendall(request)
        return read_response(client)


def read_response(client: socket.socket) -> tuple[int, dict[str, str], bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(65536)
        assert piece, f"the connection ended after {data!r}"
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    while len(body) < int(headers.get("content-length", 0)):
        body += client.recv(65536)
    return int(first.split()[1]), headers, body


def error_code(body: bytes) -> Any:
    return json.loads(body)["error"]["code"]
