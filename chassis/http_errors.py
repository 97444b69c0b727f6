"""Errors that refuse a request before its work begins, with the headers that tell the client what to do."""

from collections.abc import Mapping
from math import ceil

from chassis.errors import DomainError, UpstreamFailed


class Unauthenticated(DomainError):
    """Nobody, or nobody who can prove it. `error` is of RFC 6750; "" when no token was given at all."""

    code = "unauthenticated"

    def __init__(self, message: str = "This needs an access token.", error: str = "") -> None:
        super().__init__(message)
        self.error = error

    @property
    def headers(self) -> Mapping[str, str]:
        details = f', error="{self.error}", error_description="{self.message}"' if self.error else ""
        return {"WWW-Authenticate": f'Bearer realm="shop"{details}'}


class Forbidden(DomainError):
    """Somebody known, who may not."""

    code = "forbidden"
    headers: Mapping[str, str] = {}

    def __init__(self, message: str = "You may not do this.") -> None:
        super().__init__(message)


class TooManyRequests(DomainError):
    code = "too_many_requests"

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("Too many requests in a short time.")
        self.headers = {"Retry-After": whole_seconds(retry_after_s)}


class UpstreamUnavailable(UpstreamFailed):
    """Another service was not even asked: it has been failing, is overloaded or has no instance."""

    code = "upstream_unavailable"

    def __init__(self, peer: str, reason: str, retry_after_s: float = 1.0) -> None:
        super().__init__(peer, reason, "The {peer} service is not available at present.")
        self.headers = {"Retry-After": whole_seconds(retry_after_s)}


def whole_seconds(seconds: float) -> str:
    """As `Retry-After` wants them: rounded up, so that whoever obeys does not come too early."""
    return str(max(1, ceil(seconds)))
