"""Calls and events between services, as the caller sees them."""

from dashboards.queries import dependencies
from dashboards.queries.promql import PEER
from tests.rules.golden.worlds import FAST, NAN, SPREAD, Golden, Topic, World, histogram

_HTTP, _RPC = "http_client_request_duration_seconds", "rpc_client_call_duration_seconds"
_PUBLISH, _PROCESS = "messaging_client_operation_duration_seconds", "messaging_process_duration_seconds"
_TO_ORDERS = f'service_name="gateway", {PEER}="orders"'
_TO_USERS = f'service_name="orders", {PEER}="users"'
_TO_INVENTORY = f'service_name="gateway", {PEER}="inventory"'
_INTO = 'service_name="orders", messaging_destination_name="order_events"'
_OUT_OF = 'service_name="payments", messaging_destination_name="order_events"'

WORLD = World(
    counters={
        # 5 in a second; 0.4 failed and 0.1 got no answer. What was not found is no failure.
        f'{_HTTP}_count{{{_TO_ORDERS}, http_response_status_code="200"}}': 4,
        f'{_HTTP}_count{{{_TO_ORDERS}, http_response_status_code="404"}}': 0.5,
        f'{_HTTP}_count{{{_TO_ORDERS}, http_response_status_code="503"}}': 0.4,
        f'{_HTTP}_count{{{_TO_ORDERS}, error_type="ConnectTimeout"}}': 0.1,
        f'{_HTTP}_count{{{_TO_USERS}, http_response_status_code="200"}}': 2,
        # 4 in a second; half of one failed.
        f'{_RPC}_count{{{_TO_INVENTORY}, rpc_response_status_code="OK"}}': 3,
        f'{_RPC}_count{{{_TO_INVENTORY}, rpc_response_status_code="NOT_FOUND"}}': 0.5,
        f'{_RPC}_count{{{_TO_INVENTORY}, rpc_response_status_code="UNAVAILABLE"}}': 0.5,
        # To somebody who is no service of ours.
        f'{_HTTP}_count{{service_name="notifications", http_response_status_code="500"}}': 9,
        **histogram(_HTTP, _TO_ORDERS, SPREAD),
        **histogram(_RPC, _TO_INVENTORY, FAST),
        f"{_PUBLISH}_count{{{_INTO}}}": 1,
        f'{_PUBLISH}_count{{{_INTO}, error_type="timeout"}}': 0.2,
        f"{_PROCESS}_count{{{_OUT_OF}}}": 1,
        **histogram(_PUBLISH, _INTO, SPREAD),
        **histogram(_PROCESS, _OUT_OF, FAST),
        'gateway_requests_total{service="orders", version="v1", outcome="2xx"}': 4,
        'gateway_requests_total{service="orders", version="v1", outcome="4xx"}': 0.25,
        'gateway_requests_total{service="orders", version="v1", outcome="5xx"}': 0.5,
        'gateway_requests_total{service="orders", version="v1", outcome="timeout"}': 0.25,
        'gateway_requests_total{service="orders", version="v2", outcome="2xx"}': 0.8,
        'gateway_requests_total{service="orders", version="v2", outcome="failed"}': 0.2,
        'gateway_retries_total{service="orders"}': 0.3,
    },
    gauges={
        'circuit_breaker_state{service_name="gateway", instance="a", peer="orders"}': 0,
        'circuit_breaker_state{service_name="gateway", instance="b", peer="orders"}': 2,
        'gateway_instances_healthy{service="orders", version="v1", instance="a"}': 2,
        'gateway_instances_healthy{service="orders", version="v2", instance="a"}': 1,
    },
)

_RED, _GREY = "#f2495c", "#8e8e8e"


def _calls(to_orders: float, to_users: float, to_inventory: float) -> dict[str, float]:
    return {
        f"{{{_TO_ORDERS}}}": to_orders,
        f"{{{_TO_USERS}}}": to_users,
        f"{{{_TO_INVENTORY}}}": to_inventory,
    }


def _edge(source: str, target: str, color: str = "") -> str:
    painted = f', color="{color}"' if color else ""
    return f'{{id="{source} → {target}", source="{source}", target="{target}"{painted}}}'


def _edges(
    to_orders: float, to_users: float, to_inventory: float, into: float, out_of: float
) -> dict[str, float]:
    return {
        _edge("gateway", "orders"): to_orders,
        _edge("orders", "users"): to_users,
        _edge("gateway", "inventory"): to_inventory,
        _edge("orders", "order_events"): into,
        _edge("order_events", "payments"): out_of,
    }


TOPIC = Topic(
    "dependencies",
    WORLD,
    [
        Golden(dependencies.calls(), _calls(5, 2, 4), _calls(0, 0, 0)),
        Golden(dependencies.error_ratio(), _calls(0.1, 0, 0.125), _calls(NAN, NAN, NAN)),
        Golden(
            dependencies.p95(),
            {f"{{{_TO_ORDERS}}}": 0.75, f"{{{_TO_INVENTORY}}}": 0.095},
            {f"{{{_TO_ORDERS}}}": NAN, f"{{{_TO_INVENTORY}}}": NAN},
        ),
        Golden(
            dependencies.call_edges(),
            {
                _edge("gateway", "orders", _RED): 5,
                _edge("orders", "users", _GREY): 2,
                _edge("gateway", "inventory", _RED): 4,
                _edge("orders", "order_events", _RED): 1.2,
                _edge("order_events", "payments", _GREY): 1,
            },
            {
                _edge("gateway", "orders", _GREY): 0,
                _edge("orders", "users", _GREY): 0,
                _edge("gateway", "inventory", _GREY): 0,
                _edge("orders", "order_events", _GREY): 0,
                _edge("order_events", "payments", _GREY): 0,
            },
        ),
        Golden(dependencies.failure_edges(), _edges(0.5, 0, 0.5, 0.2, 0), _edges(0, 0, 0, 0, 0)),
        Golden(
            dependencies.p95_edges(),
            {
                _edge("gateway", "orders"): 0.75,
                _edge("gateway", "inventory"): 0.095,
                _edge("orders", "order_events"): 0.75,
                _edge("order_events", "payments"): 0.095,
            },
            {
                _edge("gateway", "orders"): NAN,
                _edge("gateway", "inventory"): NAN,
                _edge("orders", "order_events"): NAN,
                _edge("order_events", "payments"): NAN,
            },
        ),
        Golden(dependencies.breakers(), {'{service_name="gateway", peer="orders"}': 2}),
        Golden(
            dependencies.attempts_by_outcome(),
            {
                '{outcome="2xx"}': 4.8,
                '{outcome="4xx"}': 0.25,
                '{outcome="5xx"}': 0.5,
                '{outcome="timeout"}': 0.25,
                '{outcome="failed"}': 0.2,
            },
            {
                '{outcome="2xx"}': 0,
                '{outcome="4xx"}': 0,
                '{outcome="5xx"}': 0,
                '{outcome="timeout"}': 0,
                '{outcome="failed"}': 0,
            },
        ),
        Golden(dependencies.retries(), {'{service="orders"}': 0.3}, {'{service="orders"}': 0}),
        Golden(
            dependencies.instances_healthy(),
            {'{service="orders", version="v1"}': 2, '{service="orders", version="v2"}': 1},
        ),
        Golden(
            dependencies.version_error_ratio(),
            {'{service="orders", version="v1"}': 0.15, '{service="orders", version="v2"}': 0.2},
            {'{service="orders", version="v1"}': NAN, '{service="orders", version="v2"}': NAN},
        ),
    ],
)
