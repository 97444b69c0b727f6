"""Who calls whom, seen by the caller; what goes through a queue too."""

from dashboards.colors import BAD_CSS, NEUTRAL
from dashboards.queries.promql import HTTP_FAILURE, PEER, RPC_FAILURE, quantile, rate, total

_HTTP = "http_client_request_duration_seconds"
_RPC = "rpc_client_call_duration_seconds"
_PUBLISH = "messaging_client_operation_duration_seconds"
_PROCESS = "messaging_process_duration_seconds"

_ANY_PEER = f'{PEER}!=""'
_CALL = f"service_name, {PEER}"
_EXCHANGE = "service_name, messaging_destination_name"


def calls() -> str:
    return total(_made("count"), _CALL)


def failures() -> str:
    """Calls that the other side failed at or never answered; 0 where all went well."""
    return f"({total(_made('count', failed=True), _CALL)} or 0 * {calls()})"


def error_ratio() -> str:
    return f"{failures()} / {calls()}"


def p95() -> str:
    return quantile(0.95, _made("bucket"), _CALL)


def call_edges() -> str:
    """Edges of Grafana's node graph. An event is a call from a service to an exchange, and from there on.

    The label `color` is what they are drawn in: those with failures stand out.
    """
    every = _edges(calls(), _by_exchange(f"{_PUBLISH}_count"), _by_exchange(f"{_PROCESS}_count"))
    failing = f"{every} and on (id) {failure_edges()} > 0"
    return f"{_painted(failing, BAD_CSS)} or on (id) {_painted(every, NEUTRAL)}"


def failure_edges() -> str:
    return _edges(failures(), *(_failures_by_exchange(f"{metric}_count") for metric in (_PUBLISH, _PROCESS)))


def p95_edges() -> str:
    publishing, processing = (
        quantile(0.95, rate(f"{metric}_bucket"), _EXCHANGE) for metric in (_PUBLISH, _PROCESS)
    )
    return _edges(p95(), publishing, processing)


def breakers() -> str:
    return "max by (service_name, peer) (circuit_breaker_state)"


def attempts_by_outcome() -> str:
    """Of all services: which of them fails, the calls say."""
    return total(rate("gateway_requests_total"), "outcome")


def retries() -> str:
    return total(rate("gateway_retries_total"), "service")


def instances_healthy() -> str:
    return "sum by (service, version) (gateway_instances_healthy)"


def attempts_by_version() -> str:
    return total(rate("gateway_requests_total"), "service, version")


def version_error_ratio() -> str:
    """Of the attempts that a version got: what a canary is judged by."""
    failed = total(
        rate("gateway_requests_total", 'outcome=~"5xx|timeout|unreached|failed"'), "service, version"
    )
    return f"{failed} / {attempts_by_version()}"


def _made(part: str, failed: bool = False) -> str:
    failures = {_HTTP: HTTP_FAILURE, _RPC: RPC_FAILURE} if failed else {}
    return " or ".join(
        rate(f"{metric}_{part}", _ANY_PEER, *filter(None, [failures.get(metric)])) for metric in (_HTTP, _RPC)
    )


def _by_exchange(counter: str, *matchers: str) -> str:
    return total(rate(counter, *matchers), _EXCHANGE)


def _failures_by_exchange(counter: str) -> str:
    failed = _by_exchange(counter, 'error_type!=""')
    return f"({failed} or 0 * {_by_exchange(counter)})"


def _edges(calls: str, published: str, processed: str) -> str:
    service, exchange = "service_name", "messaging_destination_name"
    kinds = (
        _edge(calls, source=service, target=PEER),
        _edge(published, source=service, target=exchange),
        _edge(processed, source=exchange, target=service),
    )
    return f"sum by (id, source, target) ({' or '.join(kinds)})"


def _painted(edges: str, color: str) -> str:
    return f'label_replace({edges}, "color", "{color}", "", "")'


def _edge(expr: str, source: str, target: str) -> str:
    for name, label in (("source", source), ("target", target)):
        expr = f'label_replace({expr}, "{name}", "$1", "{label}", "(.+)")'
    return f'label_join({expr}, "id", " → ", "source", "target")'
