"""From any signal to the others: log line ↔ trace ↔ exemplar, request id, rates derived from spans."""

import time
import uuid

import requests

from proof.ledger.rows import Row, read_ledger
from proof.ledger.runs import Run
from proof.verify.report import Report
from stackctl import ports
from stackctl.query import Jaeger, JsonApi, Line, Loki, Prometheus, Span
from stackctl.system.polling import NotYet, poll_until

WITHIN = 30.0


def an_order(run: Run) -> Row:
    return next(row for row in read_ledger(run.ledger) if row.kind == "order_create" and row.status == 201)


def lines_of(logql: str, start: float) -> list[Line]:
    return list(Loki().lines(logql, int(start * 1e9), time.time_ns()))


def test_an_order_is_one_trace_across_four_services_and_their_databases(run: Run, report: Report) -> None:
    spans = Jaeger().trace(an_order(run).trace_id)
    by_id = {span.span_id: span for span in spans}

    def parent(span: Span) -> str | None:
        return by_id[span.parent_id].service if span.parent_id else None

    servers = {span.service: parent(span) for span in spans if span.kind == "server"}
    assert servers == {"gateway": "traffic", "orders": "gateway", "users": "orders", "products": "orders"}
    with_database = {span.service for span in spans if "db.system.name" in span.attributes}
    assert with_database == {"orders", "users", "products"}


def test_the_trace_id_of_an_order_finds_its_log_lines_in_every_service(run: Run, report: Report) -> None:
    row = an_order(run)
    lines = lines_of(f'{{service_name=~".+"}} | trace_id="{row.trace_id}"', row.sent_at - 1)
    assert {line.service for line in lines} == {"gateway", "orders", "users", "products"}
    span_ids = {span.span_id for span in Jaeger().trace(row.trace_id)}
    assert {line.fields["span_id"] for line in lines} <= span_ids


def test_the_request_id_of_a_caller_is_in_the_answer_and_in_every_line(stack: None) -> None:
    request_id = f"e2e-{uuid.uuid4()}"
    began = time.time()
    response = requests.get(
        ports.url(ports.SERVICES["gateway"], "/products/nothing"),
        headers={"X-Request-ID": request_id},
        timeout=5,
    )
    assert (response.status_code, response.headers["X-Request-ID"]) == (404, request_id)
    assert response.json()["error"]["request_id"] == request_id

    def in_both() -> bool | NotYet:
        lines = lines_of(f'{{service_name=~".+"}} | request_id="{request_id}"', began - 1)
        found = {line.service for line in lines}
        return found == {"gateway", "products"} or NotYet(sorted(found))

    poll_until(in_both, f"lines of gateway and products with the request id {request_id} in Loki", WITHIN)


def test_a_question_in_json_is_one_trace_with_its_answer_over_grpc(run: Run, report: Report) -> None:
    rows = read_ledger(run.ledger)
    spans = Jaeger().trace(next(row for row in rows if row.kind == "stock_get").trace_id)
    client, server = (
        next(span for span in spans if "rpc.method" in span.attributes and span.kind == kind)
        for kind in ("client", "server")
    )
    assert (client.service, server.service, server.parent_id) == ("gateway", "inventory", client.span_id)
    assert server.attributes["rpc.method"] == "glasshouse.inventory.v1.InventoryService/GetStock"


def test_an_exemplar_of_a_slow_bucket_leads_to_a_trace_of_that_service(run: Run, report: Report) -> None:
    selector = 'http_server_request_duration_seconds_bucket{job="orders"}'
    exemplars = Prometheus().exemplars(selector, run.started_at, time.time())
    found = Jaeger().traces({exemplar.trace_id for exemplar in exemplars})
    assert found
    assert all(any(span.service == "orders" for span in spans) for spans in found.values())


def test_rates_derived_from_spans_are_in_prometheus_and_feed_jaegers_monitor(
    run: Run, report: Report
) -> None:
    query = 'traces_span_metrics_calls_total{service_name="orders", span_kind="SPAN_KIND_SERVER"} > 0'
    poll_until(lambda: Prometheus().instant(query), "rates derived from the spans of orders", WITHIN)
    monitor = JsonApi("Jaeger", ports.url(ports.JAEGER_QUERY))
    window = [("service", "orders"), ("lookback", "600000"), ("step", "5000"), ("ratePer", "60000")]
    poll_until(
        lambda: monitor.get("/api/metrics/calls", [*window, ("spanKind", "server")])["metrics"],
        "call rates of orders for Jaeger's Monitor tab",
        WITHIN,
    )
