"""Each way in which a trace can be wrong is found and named."""

from dataclasses import replace

from proof.expectations import over_http
from proof.verify.findings import Defect
from proof.verify.traces import reconcile_calls, reconcile_traces, trace_defects
from stackctl.query import Jaeger, Span
from tests.unit.proof.builders import demand, row, server_span, span, trace_of

ORDER = "order_create"


def defects(spans: list[Span], kind: str = ORDER, status: int | None = -1) -> list[tuple[Defect, str]]:
    return trace_defects(demand(row(kind, status, n=7)), spans)


def good() -> list[Span]:
    return trace_of(row(ORDER, n=7))


def test_a_whole_trace_has_no_defect() -> None:
    assert defects(good()) == []


def test_spans_inside_a_service_are_no_calls() -> None:
    spans = good()
    query = span(spans[0].trace_id, "d" * 16, spans[1].span_id, "orders", kind="client")
    assert defects([*spans, query]) == []


def test_a_trace_without_spans_is_missing() -> None:
    assert defects([]) == [(Defect.MISSING, "no span of it is there")]


def test_two_roots_are_a_duplicate() -> None:
    spans = good()
    other = span(spans[0].trace_id, "a" * 16, None, "traffic", kind="client")
    assert defects([*spans, other]) == [(Defect.DUPLICATED, "2 root spans")]


def test_another_root_than_the_one_of_traffic_is_not_enough() -> None:
    spans = good()
    stranger = replace(spans[0], span_id="b" * 16)
    found = defects([stranger, *(replace(one, parent_id=stranger.span_id) for one in spans[1:2]), *spans[2:]])
    assert found == [(Defect.MISSING, "the root span")]


def test_an_orphan_means_that_its_parent_is_missing() -> None:
    spans = good()
    orphan = span(spans[0].trace_id, "c" * 16, "e" * 16, "users", kind="internal")
    assert defects([*spans, orphan]) == [(Defect.MISSING, f"the parent of span {'c' * 16} (users GET)")]


def test_a_call_whose_callers_span_is_lost_is_no_other_call() -> None:
    spans = good()
    assert defects(spans[1:]) == [(Defect.MISSING, "the root span")]


def test_a_span_that_is_stored_twice_is_a_duplicate_and_no_second_call() -> None:
    spans = good()
    assert defects([*spans, spans[2]]) == [(Defect.DUPLICATED, f"span {spans[2].span_id} is there 2 times")]


def test_a_call_that_left_no_server_span_is_missing() -> None:
    spans = [one for one in good() if one.service != "products"]
    assert defects(spans) == [(Defect.MISSING, "1 x orders → products GET /products 200")]


def test_a_call_to_a_service_that_the_kind_does_not_call_is_too_much() -> None:
    spans = trace_of(row("order_create_unknown_user", n=7))
    extra = over_http("orders", "products", "GET /products", 200)
    spans.append(server_span(spans[0].trace_id, "f" * 16, spans[2].span_id, extra))
    assert defects(spans, "order_create_unknown_user") == [
        (Defect.DUPLICATED, "not expected: 1 x orders → products GET /products 200")
    ]


def test_a_call_that_was_made_twice_is_too_much() -> None:
    spans = good()
    again = replace(spans[3], span_id="9" * 16)
    assert [defect for defect, _ in defects([*spans, again])] == [Defect.DUPLICATED]


def test_a_status_that_disagrees_with_the_answer_is_found() -> None:
    spans = good()
    spans[1] = replace(spans[1], attributes={**spans[1].attributes, "http.response.status_code": 500})
    assert defects(spans) == [
        (Defect.MISSING, "1 x traffic → gateway POST /orders 201"),
        (Defect.DUPLICATED, "not expected: 1 x traffic → gateway POST /orders 500"),
    ]


def test_an_unexpected_answer_demands_only_the_entry_and_tolerates_the_usual_calls() -> None:
    failed = row(ORDER, 502, n=7)
    entry_only = trace_of(failed)
    orders = over_http("gateway", "orders", "POST /orders", 502)
    with_orders = [*entry_only, server_span(failed.trace_id, "2" * 16, entry_only[1].span_id, orders)]
    users = over_http("orders", "users", "GET /users/<user_id>", 503)
    with_users = [*with_orders, server_span(failed.trace_id, "1" * 16, "2" * 16, users)]
    assert trace_defects(demand(failed), entry_only) == []
    assert trace_defects(demand(failed), with_users) == []


def test_an_unexpected_answer_does_not_excuse_other_calls() -> None:
    failed = row(ORDER, 502, n=7)
    spans = trace_of(failed)
    stray = over_http("orders", "users", "DELETE /users/<user_id>", 204)
    spans.append(server_span(failed.trace_id, "1" * 16, spans[1].span_id, stray))
    assert [defect for defect, _ in trace_defects(demand(failed), spans)] == [Defect.DUPLICATED]


def test_the_check_counts_traces_and_gives_a_command_to_paste() -> None:
    whole, lost, twice = row(ORDER), row(ORDER), row(ORDER)
    traces = {whole.trace_id: trace_of(whole), twice.trace_id: trace_of(twice)[:3] * 2}
    demands = map(demand, [whole, lost, twice, row(ORDER, None)])
    check = reconcile_traces(demands, traces, Jaeger("http://jaeger"))
    assert (check.expected, check.found, check.missing, check.duplicated) == (3, 2, 2, 1)
    assert check.findings[0].query == f"curl -s 'http://jaeger/api/traces/{lost.trace_id}?raw=true'"


def test_the_calls_of_all_traces_are_counted() -> None:
    whole, lost = row(ORDER), row("user_get")
    check = reconcile_calls(map(demand, [whole, lost]), {whole.trace_id: trace_of(whole)})
    assert (check.expected, check.found, check.missing, check.duplicated) == (6, 4, 2, 0)


def test_a_request_without_an_answer_may_have_left_a_trace_or_none() -> None:
    unanswered = row(ORDER, None, n=7)
    assert trace_defects(demand(unanswered), []) == []
    assert trace_defects(demand(unanswered), good()[:3]) == []
