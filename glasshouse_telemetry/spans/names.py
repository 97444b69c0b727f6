"""Names of spans: of bounded cardinality, whatever a client sends."""

from functools import lru_cache

from glasshouse_telemetry import names


@lru_cache(maxsize=1024)
def span_name(method: str, route: str) -> str:
    """`GET /users/<user_id>`, or `GET` alone without a route; `HTTP` for a method that is not known."""
    known = "HTTP" if method == names.OTHER_METHOD else method
    return f"{known} {route}" if route else known
