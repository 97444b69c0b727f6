"""Jaeger's answers become spans, many traces at a time."""

from typing import Any

from stackctl.query import Jaeger
from tests.unit.stackctl.fake_backend import Params, fake_backend


def stored(trace_id: str, parent: str | None = None) -> dict[str, Any]:
    references = [{"refType": "CHILD_OF", "traceID": trace_id, "spanID": parent}] if parent else []
    span = {
        "traceID": trace_id,
        "spanID": "00f067aa0ba902b7",
        "operationName": "GET /users",
        "references": references,
        "startTime": 1_795_000_000_250_000,
        "duration": 1500,
        "tags": [
            {"key": "span.kind", "type": "string", "value": "server"},
            {"key": "http.response.status_code", "type": "int64", "value": 200},
        ],
        "processID": "p1",
    }
    return {"traceID": trace_id, "spans": [span], "processes": {"p1": {"serviceName": "users"}}}


def jaeger_with(known: dict[str, dict[str, Any]], asked: list[int]) -> Any:
    def answer(path: str, params: Params) -> object:
        asked.append(len(params["traceID"]))
        assert params["raw"] == ["true"]
        return {"data": [known[trace_id] for trace_id in params["traceID"] if trace_id in known]}

    return fake_backend(answer)


def test_a_span_has_its_service_parent_times_and_attributes() -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    with jaeger_with({trace_id: stored(trace_id, parent="1" * 16)}, []) as url:
        (span,) = Jaeger(url).trace(trace_id)
    assert (span.service, span.name, span.kind, span.parent_id) == ("users", "GET /users", "server", "1" * 16)
    assert (span.start, span.duration, span.end) == (1_795_000_000.25, 0.0015, 1_795_000_000.2515)
    assert span.attributes["http.response.status_code"] == 200


def test_a_root_has_no_parent() -> None:
    with jaeger_with({"a" * 32: stored("a" * 32)}, []) as url:
        assert Jaeger(url).trace("a" * 32)[0].parent_id is None


def test_many_traces_are_fetched_in_a_few_requests_and_unknown_ones_are_absent() -> None:
    known = {f"{number:032x}": stored(f"{number:032x}") for number in range(1, 121)}
    asked: list[int] = []
    with jaeger_with(known, asked) as url:
        found = Jaeger(url).traces([*known, "f" * 32])
    assert set(found) == set(known)
    assert sorted(asked) == [21, 50, 50]


def test_a_link_is_no_parent() -> None:
    linked = stored("a" * 32)
    linked["spans"][0]["references"] = [{"refType": "FOLLOWS_FROM", "traceID": "b" * 31, "spanID": "c" * 16}]
    with jaeger_with({"a" * 32: linked}, []) as url:
        (span,) = Jaeger(url).trace("a" * 32)
    assert (span.parent_id, span.links) == (None, (("0" + "b" * 31, "c" * 16),))


def test_a_search_whose_answer_is_full_is_made_again_for_shorter_times_until_none_is_left_out() -> None:
    """Twice as many traces as an answer holds, spread over a minute."""
    begun = {f"{number:032x}": 1000.0 + number * 60 / 4000 for number in range(1, 4001)}

    def answer(path: str, params: Params) -> object:
        start, end = (int(params[name][0]) / 1e6 for name in ("start", "end"))
        limit = int(params["limit"][0])
        assert (params["service"], params["operation"]) == (["payments"], ["process order_events"])
        return {"data": [stored(one) for one, at in begun.items() if start <= at <= end][:limit]}

    with fake_backend(answer) as url:
        found = Jaeger(url).search("payments", "process order_events", 1000.0, 1061.0)
    assert set(found) == set(begun)


def test_services_and_dependencies_are_read() -> None:
    def answer(path: str, params: Params) -> object:
        if path == "/api/services":
            return {"data": ["users", "orders"]}
        end = int(params["endTs"][0])
        assert params["lookback"] == ["500"]
        edges = {1_000_000: [("gateway", "orders")], 999_500: [("orders", "users"), ("gateway", "orders")]}
        return {"data": [{"parent": caller, "child": callee} for caller, callee in edges.get(end, ())]}

    with fake_backend(answer) as url:
        assert Jaeger(url).services() == ["orders", "users"]
        assert Jaeger(url).dependencies(998, 1000) == {("gateway", "orders"), ("orders", "users")}


def test_an_empty_jaeger_answers_null() -> None:
    with fake_backend(lambda path, params: {"data": None}) as url:
        assert Jaeger(url).services() == []
        assert Jaeger(url).trace("a" * 32) == []
