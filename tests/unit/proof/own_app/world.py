"""An app of somebody's own as the backends show it when all is well: each test then breaks one thing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from proof.ledger.rows import Ledger, Row
from proof.ledger.runs import Run
from proof.own_app.verification import verify_app
from proof.verify.findings import Check
from proof.verify.report import Report
from stackctl.query import Jaeger, Line, Loki, Prometheus, Series, Span

STARTED_AT = 1_795_000_000.0
APP = "billing"

STABLE = ("http_server_request_duration_seconds_count", "http_request_method", "http_response_status_code")
OLD = ("http_server_duration_milliseconds_count", "http_method", "http_status_code")


def row(n: int, status: int | None = 200, method: str = "GET", at: float = 0.0, error: str = "") -> Row:
    sent_at = STARTED_AT + at
    return Row(
        n=n,
        kind=f"1 {method} /hello",
        client="",
        trace_id=f"{n:032x}",
        span_id=f"{n:016x}",
        request_id=f"r{n}",
        method=method,
        path="/hello",
        route="",
        intended_at=sent_at,
        sent_at=sent_at,
        done_at=sent_at + 0.01,
        status=status,
        expected_statuses=(),
        created_id=None,
        error=error or (None if status else "ClientConnectorError: refused"),
        latency_ms=10.0,
    )


def root(one: Row) -> Span:
    return Span(one.trace_id, one.span_id, None, "traffic", one.method, "client", one.sent_at, 0.01)


def served(one: Row, **more: Any) -> Span:
    attributes = {"http.request.method": one.method, "http.response.status_code": one.status}
    span = Span(
        one.trace_id,
        f"a{one.n:015x}",
        one.span_id,
        APP,
        f"{one.method} /hello",
        "server",
        one.sent_at,
        0.01,
        attributes,
    )
    return replace(span, **more)


def line(one: Row, **fields: str) -> Line:
    told = {
        "logger": "telemetry.access",
        "trace_id": one.trace_id,
        "span_id": f"a{one.n:015x}",
        "http_response_status_code": str(one.status),
    }
    return Line(round(one.done_at * 1e9), f"{one.method} /hello", {"service_name": APP}, {**told, **fields})


def series(
    samples: Iterable[tuple[float, float]],
    method: str = "GET",
    status: str = "200",
    names: tuple[str, str, str] = STABLE,
    **labels: str,
) -> Series:
    name, method_label, status_label = names
    told = {
        "__name__": name,
        "service_name": APP,
        "instance": "i1",
        method_label: method,
        status_label: status,
    }
    return Series({**told, **labels}, tuple((STARTED_AT + at, value) for at, value in samples))


class World(Jaeger, Loki, Prometheus):
    """All three backends. By default every answered row is there once, in each signal."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        answered = [one for one in rows if one.answered]
        self.spans: dict[str, list[Span]] = {one.trace_id: [root(one), served(one)] for one in answered}
        self.log = [line(one) for one in answered]
        counts = Counter((one.method, str(one.status)) for one in answered)
        self.series = [
            series([(-5, 7), (0.5, 7), (60, 7 + count)], *key) for key, count in sorted(counts.items())
        ]
        self.searches = 0

    def traces(self, trace_ids: Iterable[str]) -> dict[str, list[Span]]:
        return {each: self.spans[each] for each in trace_ids if each in self.spans}

    def search(self, service: str, span: str | None, start: float, end: float) -> dict[str, list[Span]]:
        self.searches += 1
        found: dict[str, list[Span]] = defaultdict(list)
        for trace_id, spans in self.spans.items():
            if any(each.service == service and start <= each.start < end for each in spans):
                found[trace_id] = spans
        return found

    def lines(self, logql: str, start_ns: int, end_ns: int) -> Iterator[Line]:
        traced = 'trace_id != ""' in logql
        for one in self.log:
            if start_ns <= one.time_ns < end_ns and (one.fields.get("trace_id") or not traced):
                yield one

    def raw_samples(self, selector: str, start: float, end: float) -> list[Series]:
        return [one for one in self.series if "service_name=" in selector]

    def command(self, trace_id: str) -> str:
        return f"curl {trace_id}"

    def verify(self, folder: Path, app: str = "", all_kept: bool = True) -> Report:
        run = Run(
            "run-a", 1, 5, 10, "requests.yaml", len(self.rows), STARTED_AT, details={"to": "http://app"}
        )
        run.folder.mkdir(parents=True)
        with Ledger(run.ledger) as ledger:
            for one in self.rows:
                ledger.append(one)
        return verify_app(
            run,
            app,
            -100.0,
            lambda name, state: None,
            jaeger=self,
            loki=self,
            prometheus=self,
            all_kept=all_kept,
        )


def checks(report: Report) -> dict[str, Check]:
    return {check.name: check for check in report.checks}
