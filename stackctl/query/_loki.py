"""Loki's query API: every line of a time range, paged so that none is lost or doubled at a border."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stackctl import ports
from stackctl.query._http import JsonApi, QueryError

# Loki's own default for the most lines of one answer.
PAGE = 5000

# Makes Loki answer structured metadata apart from the stream's labels.
_CATEGORIZE = {"X-Loki-Response-Encoding-Flags": "categorize-labels"}


@dataclass(frozen=True)
class Line:
    """One log line: its time in nanoseconds since the epoch, its text, its stream's labels, own fields."""

    time_ns: int
    text: str
    labels: Mapping[str, str]
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def service(self) -> str:
        return self.labels.get("service_name", "")


class Loki:
    def __init__(self, base_url: str | None = None, page: int = PAGE) -> None:
        self._api = JsonApi("Loki", base_url or ports.url(ports.LOKI_HTTP))
        self._page = page

    def lines(self, logql: str, start_ns: int, end_ns: int) -> Iterator[Line]:
        """Yield every line with start_ns ≤ time < end_ns, oldest first.

        A full page may have been cut between lines of the same nanosecond. So the lines of its last instant
        are left to the next page, which starts there.
        """
        while True:
            page = self._page_of_lines(logql, start_ns, end_ns)
            if len(page) < self._page:
                yield from page
                return
            last = page[-1].time_ns
            if last == page[0].time_ns:
                raise QueryError(f"Loki has {len(page)} or more lines at {last} ns; they cannot be paged.")
            yield from (line for line in page if line.time_ns < last)
            start_ns = last

    def labels(self, name: str) -> list[str]:
        return sorted(self._api.get(f"/loki/api/v1/label/{name}/values").get("data") or [])

    def _page_of_lines(self, logql: str, start_ns: int, end_ns: int) -> list[Line]:
        params = [("query", logql), ("start", str(start_ns)), ("end", str(end_ns))]
        params += [("limit", str(self._page)), ("direction", "forward")]
        streams = self._api.get("/loki/api/v1/query_range", params, _CATEGORIZE)["data"]["result"]
        lines = [_line(stream["stream"], value) for stream in streams for value in stream["values"]]
        return sorted(lines, key=lambda line: line.time_ns)


def _line(labels: dict[str, str], value: list[Any]) -> Line:
    time_ns, text, *categories = value
    fields = categories[0].get("structuredMetadata", {}) if categories else {}
    return Line(int(time_ns), text, labels, fields)
