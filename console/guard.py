"""What every request must be and every response says, so that no other page can use the console.

The console has no password: whoever is on this machine may look. So it answers only under its own names (a
page whose name was pointed to 127.0.0.1 sends its own in `Host`), only GET, and never to other sites' pages.
"""

from collections.abc import Collection

from flask import Flask, Response, abort, request

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


def protect(app: Flask, hosts: Collection[str]) -> None:
    @app.before_request
    def admit() -> None:
        if _name(request.host) not in hosts:
            abort(421, "The console is not served under this name.")
        if request.method not in _METHODS:
            abort(405)
        if _is_data() and request.headers.get("Sec-Fetch-Site", "none") not in _SAME:
            abort(403, "Other sites may not read from the console.")

    @app.after_request
    def label(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def _is_data() -> bool:
    return request.path.startswith("/api/")


def _name(host: str) -> str:
    """Without the port; an IPv6 address keeps its brackets."""
    name, _, port = host.rpartition(":")
    return (name if port.isdigit() and name else host).lower()
