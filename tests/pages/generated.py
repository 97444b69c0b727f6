"""Backends that answer the console's reads with made-up data: the same to the same question."""

import json
import math
import re
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

Params = dict[str, list[str]]
Labels = dict[str, str]

SERVICES = ["gateway", "users", "products", "orders", "payments", "inventory", "notifications"]
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
LONG_TRACE_ID = "5cf92f3577b34da6a3ce929d0e0e4737"
LONG_TRACE_SPANS = 1000

# Text that would do something if it were ever taken for more than text.
HOSTILE = [
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">",
    "\x1b[31mred\x1b[0m \x07 bell and \x1b]0;title\x07",
    "right to left \u202egnp.exe and zero\u200bwidth, 👩\u200d👩\u200d👧\u200d👦, a\u0301\u0302\u0303",
    "x" * 60_000,
    "line one\nline two\ttabbed",
]

_VALUES = {
    "service_name": SERVICES,
    "le": ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "+Inf"],
    "instance": ["127.0.0.1:5000"],
    "http_request_method": ["GET"],
    "http_route": ["/orders", "/products/<product_id>"],
    "rpc_method": [""],
    "http_response_status_code": ["200", "404", "503"],
    "detected_level": ["info", "warn", "error"],
    "alertname": ["LatencyBudgetBurn"],
    "alertstate": ["firing"],
    "severity": ["ticket"],
    "slo": ["availability", "latency"],
    "peer": ["products", "users"],
    "status": ["CONFIRMED", "CANCELLED", "PENDING"],
}
_EDGES = [
    ("gateway", "users"),
    ("gateway", "products"),
    ("gateway", "orders"),
    ("orders", "payments"),
    ("orders", "inventory"),
    ("orders", "order_events"),
    ("order_events", "notifications"),
]


def prometheus(path: str, params: Params) -> Any:
    if path == "/api/v1/query_range":
        start, end, step = (float(params[name][0]) for name in ("start", "end", "step"))
        times = [start + index * step for index in range(int((end - start) / step) + 1)]
        series = [
            {"metric": labels, "values": [[time, str(_value(params, labels, time))] for time in times]}
            for labels in _labels(params["query"][0])
        ]
        return _success({"resultType": "matrix", "result": series})
    if path == "/api/v1/query":
        time = float(params["time"][0])
        vector = [
            {"metric": labels, "value": [time, str(_value(params, labels, time))]}
            for labels in _labels(params["query"][0])
        ]
        return _success({"resultType": "vector", "result": vector})
    if path == "/api/v1/query_exemplars":
        end = float(params["end"][0])
        exemplar = {"labels": {"trace_id": TRACE_ID, "span_id": "00f067aa0ba902b7"}, "value": "0.2"}
        found = [{**exemplar, "timestamp": end - 60 * back} for back in range(1, 8)]
        labels = {"service_name": "orders", "http_request_method": "POST", "http_route": "/orders"}
        return _success([{"seriesLabels": labels, "exemplars": found}])
    if path == "/api/v1/rules":
        return _success({"groups": [_rule_group()]})
    label = path.split("/")[-2]
    return _success(_VALUES.get(label, [label, f"other {label}"]))


def loki(path: str, params: Params) -> Any:
    if path == "/loki/api/v1/query_range":
        end = int(params["end"][0])
        query = params["query"][0]
        if re.match(r"\s*(sum|count|rate)", query):
            start, step = int(params["start"][0]) / 1e9, float(params["step"][0])
            times = [start + index * step for index in range(int((end / 1e9 - start) / step) + 1)]
            series = [
                {"metric": labels, "values": [[time, str(_value(params, labels, time))] for time in times]}
                for labels in _labels(query)
            ]
            return _success({"resultType": "matrix", "result": series})
        return _success({"resultType": "streams", "result": list(_streams(query, end))})
    if path.endswith("/rules"):
        return _success({"groups": []})
    return _success(SERVICES)


def jaeger(path: str, params: Params) -> Any:
    if path == "/api/services":
        return {"data": SERVICES}
    if path.endswith("/operations"):
        return {"data": ["POST /orders", "GET /products"]}
    if path == "/api/traces":
        end = int(params["end"][0])
        return {"data": [_trace(f"{index:032x}", end - index * 9_000_000, 7) for index in range(1, 21)]}
    trace_id = path.split("/")[-1]
    known = {TRACE_ID: 24, LONG_TRACE_ID: LONG_TRACE_SPANS}
    return {"data": [_trace(trace_id, 1_790_000_000_000_000, known.get(trace_id, 7))]}


def alertmanager(path: str, params: Params) -> Any:
    if path.endswith("/silences"):
        matcher = {"name": "alertname", "value": "DiskFilling", "isRegex": False, "isEqual": True}
        return [
            {
                "id": "1",
                "status": {"state": "active"},
                "matchers": [matcher],
                "comment": HOSTILE[0],
                "createdBy": "ops",
                "startsAt": "2026-09-21T13:00:00Z",
                "endsAt": "2026-09-21T19:00:00Z",
            }
        ]
    labels = {"alertname": "LatencyBudgetBurn", "severity": "ticket", "service_name": "orders"}
    return [
        {
            "fingerprint": "f1",
            "labels": labels,
            "annotations": {
                "summary": f"orders is slow {HOSTILE[0]}",
                "description": "Too many requests take longer than the objective allows.",
                "dashboard": "http://127.0.0.1:3000/d/service?var-service=orders",
            },
            "startsAt": "2026-09-21T13:10:00Z",
            "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
        }
    ]


ANSWERS = {"prometheus": prometheus, "loki": loki, "jaeger": jaeger, "alertmanager": alertmanager}


def _success(data: Any) -> Any:
    return {"status": "success", "data": data}


def _labels(query: str) -> Iterator[Labels]:
    """A series for each combination of the labels that the query groups by."""
    found = re.search(r"by \(([^)]*)\)", query)
    names = [name.strip() for name in found[1].split(",")] if found else []
    if "quantile" in query:
        names = [name for name in names if name != "le"]
    if {"source", "target"} <= set(names):
        yield from ({"id": f"{a} → {b}", "source": a, "target": b} for a, b in _EDGES)
        return
    yield from _combined(names)


def _combined(names: Sequence[str]) -> Iterator[Labels]:
    if not names:
        yield {}
        return
    first, *rest = names
    for value in _VALUES.get(first, [first, f"other {first}"]):
        yield from ({first: value, **others} for others in _combined(rest))


def _value(params: Params, labels: Labels, time: float) -> float:
    """Large enough to be seen, and of the size that the query suggests."""
    query = params["query"][0]
    seed = zlib.crc32(json.dumps([query, labels]).encode())
    wave = 1 + 0.4 * math.sin(time / 90 + seed % 7) + 0.2 * math.sin(time / 31 + seed % 11)
    if "le" in labels:
        bounds = _VALUES["le"]
        return 40 * wave * (1 + bounds.index(labels["le"])) / len(bounds)
    if "circuit_breaker_state" in query:
        return float(int(time / 300 + seed) % 3)
    if "time()" in query:
        return 900.0 + seed % 100
    if re.match(r"max by \(service_name, instance\) \(up\)", query):
        return 1.0
    if "bytes" in query:
        return 8e7 * wave
    if "quantile" in query or "/" in query or "ratio" in query:
        return 0.03 * wave
    return (1 + seed % 20) * wave


def _streams(query: str, end: int) -> Iterator[Any]:
    if "event_name" in query:
        fields = {"event_name": "drill.start"}
        values = [
            [str(end - 300_000_000_000), "drill.start products-query-slow", {"structuredMetadata": fields}]
        ]
        yield {"stream": {"service_name": "stackctl"}, "values": values if "drill" in query else []}
        return
    for service in ("orders", "gateway"):
        values = []
        for index in range(60):
            text = HOSTILE[index % len(HOSTILE)] if index < 5 else f"POST /orders 201 number {index}"
            level = ("info", "warn", "error")[index % 3]
            fields = {
                "detected_level": level,
                "trace_id": TRACE_ID,
                "span_id": f"{index:016x}",
                "http.route": HOSTILE[0],
            }
            values.append([str(end - index * 1_000_000_000), text, {"structuredMetadata": fields}])
        yield {"stream": {"service_name": service}, "values": values}


def _trace(trace_id: str, start: int, length: int) -> Any:
    """Time in microseconds; each service calls the next, and the last ones do the work."""
    processes = {f"p{i}": {"serviceName": name, "tags": []} for i, name in enumerate(SERVICES)}
    spans = []
    for index in range(length):
        depth = min(index, 6)
        at, long = start + index * 900, 40_000 - depth * 4_000 if index < 7 else 600
        tags = [
            {"key": "span.kind", "value": "server" if index % 2 == 0 else "client"},
            {"key": "http.response.status_code", "value": 201},
            {"key": "url.query", "value": HOSTILE[0]},
        ]
        if index == 4:
            tags.append({"key": "error", "value": True})
        event = {"key": "event", "value": "exception"}, {"key": "exception.message", "value": HOSTILE[0]}
        parent = {"refType": "CHILD_OF", "traceID": trace_id, "spanID": f"{min(index, 6) or 1:016x}"}
        link = {"refType": "FOLLOWS_FROM", "traceID": LONG_TRACE_ID, "spanID": "00f067aa0ba902b7"}
        spans.append(
            {
                "traceID": trace_id,
                "spanID": f"{index + 1:016x}",
                "operationName": f"POST /orders step {index}" if index else "POST /orders",
                "startTime": at,
                "duration": long,
                "processID": f"p{depth}",
                "tags": tags,
                "logs": [{"timestamp": at + 100, "fields": list(event)}] if index == 4 else [],
                "references": ([parent] if index else []) + ([link] if index == 3 else []),
            }
        )
    return {"traceID": trace_id, "spans": spans, "processes": processes}


def _rule_group() -> Any:
    return {
        "name": "slos",
        "rules": [
            {
                "type": "alerting",
                "name": name,
                "state": state,
                "query": "slo:burn_rate:ratio_rate5m > 14.4",
                "duration": 30,
                "labels": {"severity": "ticket"},
                "annotations": {
                    "summary": "{{ $labels.service_name }} is slow",
                    "description": "Too many requests take longer than the objective allows.",
                    "runbook_url": f"https://example.org/{name}.md",
                    "dashboard": "http://127.0.0.1:3000/d/service?var-service={{ $labels.service_name }}",
                },
                "alerts": [],
            }
            for name, state in (("LatencyBudgetBurn", "firing"), ("DiskFilling", "inactive"))
        ],
    }
