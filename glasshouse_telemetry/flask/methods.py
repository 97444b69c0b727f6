"""HTTP methods as labels: the known ones, and one name for all that a client may make up."""

import os
from functools import lru_cache

from glasshouse_telemetry import names

_SETTING = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS"  # instead of these, separated by commas
_KNOWN = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"})


def bounded(method: str) -> str:
    return method if method in known_methods() else names.OTHER_METHOD


@lru_cache(maxsize=1)
def known_methods() -> frozenset[str]:
    """Case-sensitive, as methods are."""
    chosen = frozenset(filter(None, map(str.strip, os.environ.get(_SETTING, "").split(","))))
    return chosen or _KNOWN
