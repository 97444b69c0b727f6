"""HTTP methods as labels: the known ones, and one name for all that a client may make up."""

from glasshouse_telemetry import names

_KNOWN = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"})


def bounded(method: str) -> str:
    return method if method in _KNOWN else names.OTHER_METHOD
