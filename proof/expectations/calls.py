"""A call from one process to another, and where each signal says which it was: over HTTP and over gRPC.

All three signals show a call: a server span whose parent lies in the caller, one access line of the callee,
one increment of the callee's counter for that protocol.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import zip_longest

from glasshouse_telemetry import names

# The status of a call that may have had any.
ANY_STATUS = ""


class Protocol(StrEnum):
    HTTP = "http"
    GRPC = "grpc"


@dataclass(frozen=True)
class Convention:
    """How a service names the calls that it serves: labels of its counter, and fields of its lines."""

    operation: tuple[str, ...]
    status: str
    counter: str
    access_logger: str


CONVENTIONS: Mapping[Protocol, Convention] = {
    Protocol.HTTP: Convention(
        (names.label(names.HTTP_REQUEST_METHOD), names.label(names.HTTP_ROUTE)),
        names.label(names.HTTP_RESPONSE_STATUS_CODE),
        names.HTTP_SERVER_REQUEST_DURATION,
        names.ACCESS_LOGGER,
    ),
    Protocol.GRPC: Convention(
        ("rpc_method",),
        "rpc_response_status_code",
        "rpc_server_call_duration_seconds",
        "telemetry.access.rpc",
    ),
}


@dataclass(frozen=True, order=True)
class Served:
    """A call as its service shows it. `operation` is `GET /users/<user_id>`, or a gRPC method in full."""

    service: str
    protocol: Protocol
    operation: str
    status: str

    @property
    def labels(self) -> dict[str, str]:
        """The labels that it has on its counter."""
        convention = CONVENTIONS[self.protocol]
        parts = zip_longest(convention.operation, self.operation.split(" "), fillvalue="")
        return {**dict(parts), convention.status: self.status}

    @property
    def selector(self) -> str:
        """Its counter in PromQL."""
        labels = ",".join(f'{name}="{value}"' for name, value in {"job": self.service, **self.labels}.items())
        return f"{CONVENTIONS[self.protocol].counter}_count{{{labels}}}"

    def with_any_status(self) -> "Served":
        return replace(self, status=ANY_STATUS)

    def __str__(self) -> str:
        return f"{self.service} {self.operation} {self.status}".rstrip()


def read_served(service: str, protocol: Protocol, told: Mapping[str, object]) -> Served:
    """Read a call from a counter's labels or a line's fields. What is empty may be absent."""
    convention = CONVENTIONS[protocol]
    operation = " ".join(str(told.get(part, "")) for part in convention.operation).strip()
    return Served(service, protocol, operation, str(told.get(convention.status, "")))


@dataclass(frozen=True, order=True)
class Call:
    """An edge of a trace: who called whom for what, and the status that came back."""

    caller: str
    served: Served

    @property
    def callee(self) -> str:
        return self.served.service

    def with_any_status(self) -> "Call":
        return replace(self, served=self.served.with_any_status())

    def __str__(self) -> str:
        return f"{self.caller} → {self.served}"


def over_http(caller: str, callee: str, operation: str, status: int | str = ANY_STATUS) -> Call:
    return Call(caller, Served(callee, Protocol.HTTP, operation, str(status)))


def over_grpc(caller: str, callee: str, method: str, status: str = "OK") -> Call:
    return Call(caller, Served(callee, Protocol.GRPC, method, status))
