"""HTTP between a client and a service: what of a message is passed on, and what ends here."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from chassis.transport import Headers, HttpResponse

# RFC 9110, 7.6.1, and what older clients send in its place.
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# Ours to say: the connection's own facts, who the client is (never believed from the client), and the token,
# which is for this gateway alone. The request id is passed on by telemetry, once validated.
NOT_FORWARDED = frozenset(
    {
        "authorization",
        "content-length",
        "expect",
        "forwarded",
        "host",
        "via",
        "x-real-ip",
        "x-request-id",
        "x-service-token",
    }
)
# Our own server and middleware say these anew.
NOT_RETURNED = frozenset({"content-length", "date", "server", "x-request-id"})
# They ask for less than the whole answer; then it does not say whose it is.
CONDITIONS = frozenset(
    {"if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "range"}
)

_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True)
class Client:
    """Who is at the other end, and how they addressed us."""

    address: str
    scheme: str
    host: str


def request_headers(headers: Iterable[tuple[str, str]], client: Client) -> Headers:
    given = _end_to_end(headers, NOT_FORWARDED)
    sent = [
        *((name, value) for name, value in given if not name.lower().startswith("x-forwarded-")),
        ("X-Forwarded-For", client.address),
        ("X-Forwarded-Proto", client.scheme),
        ("X-Forwarded-Host", client.host),
        ("Via", "1.1 gateway"),
    ]
    # Our server lets odd white space at the ends pass (as U+00A0), our HTTP client refuses to send it.
    return [(name, value.strip()) for name, value in sent]


def response_headers(answer: HttpResponse) -> Headers:
    return _end_to_end(answer.headers, NOT_RETURNED)


def is_safe(path: str) -> bool:
    """Whether every server on the way understands the same by this decoded path."""
    parts = path.split("/")[1:]
    return all(part not in ("", ".", "..") for part in parts) and path.isprintable() and "\\" not in path


def target(path: str, query: str) -> str:
    """`path` is decoded and is encoded anew: the service sees what was checked. `query` stays as it was sent.

    As WSGI has it, `query` is bytes in the guise of Latin-1. A `%` that begins no escape stands for itself.
    """
    if not query:
        return quote(path)
    return f"{quote(path)}?{_STRAY_PERCENT.sub('%25', quote(query, safe=_PRINTABLE, encoding='latin-1'))}"


def _end_to_end(headers: Iterable[tuple[str, str]], also_without: frozenset[str]) -> Headers:
    """Without what concerns one connection only, the headers that `Connection` names included."""
    given = list(headers)
    named = {
        token.strip().lower()
        for name, value in given
        if name.lower() == "connection"
        for token in value.split(",")
    }
    dropped = HOP_BY_HOP | named | also_without
    return [(name, value) for name, value in given if name.lower() not in dropped]
