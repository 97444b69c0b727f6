"""What every request must be and every response says, so that no other page can use the console.

The console has no password: whoever is on this machine may look. So it answers only under its own names (a
page whose name was pointed to 127.0.0.1 sends its own in `Host`), and never to other sites' pages.

Everything is read by GET. Only below /api/control is anything changed, and only by the console's own page in
a browser on this machine: from the same origin, and with the token that other origins cannot read.
"""

import ipaddress
from collections.abc import Collection
from hmac import compare_digest
from typing import Final

from flask import Flask, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException

# Everything comes from here; nothing is inline, framed, or sent anywhere. Text becomes elements nowhere.
_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ]
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",
}
_METHODS = {"GET", "HEAD"}
_SAME = {"same-origin", "none"}
_CONTROL = "/api/control/"

TOKEN_HEADER: Final = "X-Console-Token"
LOCAL_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})


def protect(app: Flask, hosts: Collection[str], token: str) -> None:
    @app.before_request
    def admit() -> None:
        if _name(request.host) not in hosts:
            abort(421, "The console is not served under this name.")
        if _is_data() and request.headers.get("Sec-Fetch-Site", "none") not in _SAME:
            abort(403, "Other sites may not read from the console.")
        if request.method not in _METHODS:
            _admit_change(token)

    @app.errorhandler(403)
    def forbidden(error: HTTPException) -> tuple[Response, int]:
        return jsonify(error=error.description), 403

    @app.after_request
    def label(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def _admit_change(token: str) -> None:
    if request.method != "POST" or not request.path.startswith(_CONTROL):
        abort(405)
    if not _is_loopback(request.remote_addr) or _name(request.host) not in LOCAL_HOSTS:
        abort(403, "This works only from the machine that the stack runs on.")
    if request.headers.get("Origin") != request.host_url.rstrip("/"):
        abort(403, "Only the console's own page may do this.")
    if not compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), token.encode()):
        abort(403, "The page is older than the console. Reload it.")
    if request.mimetype != "application/json":
        abort(415)


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


def _is_data() -> bool:
    return request.path.startswith("/api/")


def _name(host: str) -> str:
    """Without the port; an IPv6 address keeps its brackets."""
    name, _, port = host.rpartition(":")
    return (name if port.isdigit() and name else host).lower()
