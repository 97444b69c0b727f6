"""A request as a plan has it: of which kind, when, in which trace, and which earlier one it needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

# Stands in a path or a body for the id that an earlier request of the run creates.
CREATED = "{created}"


class RequestKind(Protocol):
    """What requests of one kind have in common.

    `operation` is method and route template, as the app names them; without a route, the method alone.
    `statuses` are those that are right for it; without any, every answer below 500 is.
    """

    @property
    def name(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def route(self) -> str: ...
    @property
    def statuses(self) -> tuple[int, ...]: ...


class Content(NamedTuple):
    kind: str
    path: str
    body: str | None


@dataclass(frozen=True)
class PlannedRequest:
    """One request of a client, `offset` seconds after the start.

    `needs` is the number of the request that creates the id that this one names; `instead` is sent when
    that was never created.
    """

    n: int
    kind: str
    client: str
    offset: float
    trace_id: int
    request_id: str
    path: str
    body: str | None = None
    needs: int | None = None
    instead: Content | None = None

    def resolved(self, created: Mapping[int, str]) -> Content:
        """What to send, now that it is known what was `created` by which request."""
        if self.needs is None:
            return Content(self.kind, self.path, self.body)
        if self.needs in created:
            return self.naming(created[self.needs])
        return self.instead or Content(self.kind, self.path, self.body)

    def naming(self, created: str) -> Content:
        body = self.body and self.body.replace(CREATED, created)
        return Content(self.kind, self.path.replace(CREATED, created), body)
