"""Domain errors: raised by rules and clients; chassis.error_responses maps each to a status."""

from collections.abc import Mapping
from typing import ClassVar


class DomainError(Exception):
    """`code` is for programs, `message` for people, `fields` names the parts of the request to blame."""

    code: ClassVar[str]

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields or {}


class NotFound(DomainError):
    """What the request's own path names does not exist."""


class Conflict(DomainError):
    """The request is sound, but not in the present state of what it is about."""


class Refused(DomainError):
    """The request has the right form, but says something that does not hold."""


class DatabaseUnavailable(DomainError):
    """The database did not do its work in time: locked, out of connections or away."""

    code = "database_unavailable"


class TransactionLost(DatabaseUnavailable):
    """The database gave this transaction up for another's sake. Nothing of it was done; again, it may be."""


class UpstreamFailed(DomainError):
    """Another service could not be reached, failed or made no sense. `reason` is for our log only."""

    code = "upstream_failed"

    def __init__(self, peer: str, reason: str, message: str = "The {peer} service failed.") -> None:
        super().__init__(message.format(peer=peer))
        self.peer = peer
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.peer}: {self.reason}"


class UpstreamTimeout(UpstreamFailed):
    """Another service did not answer in time; whether it did the work is unknown."""

    code = "upstream_timeout"

    def __init__(self, peer: str, reason: str) -> None:
        super().__init__(peer, reason, "The {peer} service did not answer in time.")


class UpstreamRefused(UpstreamFailed):
    """Another service answered 4xx; its client module knows what that means. Unhandled, it is a failure."""

    def __init__(self, peer: str, status: int, answer_code: str) -> None:
        super().__init__(peer, f"answered {status} {answer_code}".rstrip())
        self.answer_code = answer_code
