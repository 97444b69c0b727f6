"""A trace that shows what is wrong with a version, and how many requests it got in all."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from stackctl.deploy import queries
from stackctl.query import Jaeger, Loki, Prometheus, Span

_MOST_LINES = 200


@dataclass(frozen=True)
class Served:
    """What a version did for its clients, from its first to its last request."""

    requests: int
    errors: int


class VersionEvidence:
    """`addresses` are those of the version's instances, `since` and `until` when it got requests."""

    def __init__(
        self, service: str, version: str, addresses: Iterable[str], since: float, until: float
    ) -> None:
        self._service, self._version = service, version
        self._ports = {address.rpartition(":")[2] for address in addresses}
        self._since, self._until = since, until

    def served(self) -> Served:
        """The gateway forgets a version that is gone; Prometheus does not."""
        window = f"{max(1, round(self._until - self._since))}s"
        counted = Prometheus().instant(queries.served(self._service, self._version, window), at=self._until)
        by_outcome = {one.labels["outcome"]: round(one.samples[-1][1]) for one in counted}
        return Served(sum(by_outcome.values()), sum(by_outcome.get(bad, 0) for bad in queries.ERRORS))

    def failed_trace(self) -> str | None:
        """A request that this version has answered with an error."""
        lines = Loki().lines(
            f'{{service_name="{self._service}"}} | http_response_status_code >= 500',
            int(self._since * 1e9),
            int(self._until * 1e9),
        )
        trace_ids = [
            line.fields["trace_id"] for line in islice(lines, _MOST_LINES) if "trace_id" in line.fields
        ]
        traces = Jaeger().traces(trace_ids)
        return next((id_ for id_ in trace_ids if self._went_there(traces.get(id_, []))), None)

    def slowest_trace(self) -> str | None:
        """Of those that the gateway's histogram keeps as examples."""
        exemplars = Prometheus().exemplars(
            queries.exemplars(self._service, self._version), self._since, self._until
        )
        known = [exemplar for exemplar in exemplars if exemplar.trace_id]
        return max(known, key=lambda exemplar: exemplar.value).trace_id if known else None

    def _went_there(self, spans: Iterable[Span]) -> bool:
        return any(port in self._ports for port in _ports_called(spans))


def _ports_called(spans: Iterable[Span]) -> Iterator[str]:
    return (str(span.attributes.get("server.port", "")) for span in spans if span.kind == "client")
