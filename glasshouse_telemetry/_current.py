"""The request that this code serves: log lines and outgoing calls ask it whose they are."""

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from glasshouse_telemetry.spans.operations import Operations


class CurrentRequest(Protocol):
    """What others may ask about the request being served."""

    service: str  # the name of the service that serves it
    operations: "Operations"  # begins spans of that service


current_request: Final[ContextVar[CurrentRequest | None]] = ContextVar("telemetry_request", default=None)


def current_service() -> str | None:
    """The service that serves the current request; None outside of one."""
    request = current_request.get()
    return request.service if request is not None else None
