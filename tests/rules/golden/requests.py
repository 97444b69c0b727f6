"""Requests, as their servers see them: HTTP and gRPC, one service and all."""

from dashboards.queries import requests
from tests.rules.golden.worlds import FAST, NAN, SLOW, SPREAD, Golden, Topic, World, histogram

_HTTP = "http_server_request_duration_seconds"
_RPC = "rpc_server_call_duration_seconds"
_GET = 'http_request_method="GET", http_route="/orders"'
_POST = 'http_request_method="POST", http_route="/orders"'
_OF_GATEWAY = 'service_name="gateway", instance="a"'

WORLD = World(
    counters={
        # The gateway: 10 in a second. 1.5 are the callers' mistakes, 0.3 failed, 0.2 never got an answer.
        f'{_HTTP}_count{{{_OF_GATEWAY}, {_GET}, http_response_status_code="200"}}': 8,
        f'{_HTTP}_count{{{_OF_GATEWAY}, {_GET}, http_response_status_code="404"}}': 1.5,
        f'{_HTTP}_count{{{_OF_GATEWAY}, {_POST}, http_response_status_code="503"}}': 0.3,
        f"{_HTTP}_count{{{_OF_GATEWAY}, {_POST}}}": 0.2,
        # Orders: 12 on three instances and two routes, of which c and the second are not chosen.
        f'{_HTTP}_count{{service_name="orders", instance="a", {_GET}, http_response_status_code="200"}}': 3,
        f'{_HTTP}_count{{service_name="orders", instance="a", {_POST}, http_response_status_code="201"}}': 1,
        f'{_HTTP}_count{{service_name="orders", instance="b", {_POST}, http_response_status_code="500"}}': 1,
        f'{_HTTP}_count{{service_name="orders", instance="c", {_GET}, http_response_status_code="200"}}': 5,
        f'{_HTTP}_count{{service_name="orders", instance="a", http_request_method="GET", '
        'http_route="/orders/<order_id>", http_response_status_code="200"}': 2,
        # Inventory: 5, one in ten its own fault; a product that is not there is none.
        f'{_RPC}_count{{service_name="inventory", instance="a", rpc_method="Reserve", '
        'rpc_response_status_code="OK"}': 4,
        f'{_RPC}_count{{service_name="inventory", instance="a", rpc_method="Reserve", '
        'rpc_response_status_code="NOT_FOUND"}': 0.5,
        f'{_RPC}_count{{service_name="inventory", instance="a", rpc_method="Reserve", '
        'rpc_response_status_code="INTERNAL"}': 0.5,
        # Nobody asks users; Jaeger, which has metrics of the same names, is no service of ours.
        f'{_HTTP}_count{{service_name="users", instance="a", {_GET}, http_response_status_code="200"}}': 0,
        f'{_HTTP}_count{{service_name="jaeger", {_GET}, http_response_status_code="500"}}': 100,
        **histogram(_HTTP, f'service_name="gateway", {_GET}', SPREAD),
        **histogram(_HTTP, f'service_name="orders", instance="a", {_GET}', SPREAD),
        **histogram(_HTTP, f'service_name="orders", instance="c", {_GET}', SLOW),
        **histogram(_HTTP, 'service_name="orders", instance="a", http_route="/orders/<order_id>"', SLOW),
        **histogram(_HTTP, f'service_name="jaeger", {_GET}', SLOW),
        **histogram(_RPC, 'service_name="inventory", rpc_method="Reserve"', FAST),
    },
    chosen={"service": "orders", "instance": "a|b", "route": "/orders"},
)

_GATEWAY, _ORDERS, _INVENTORY, _USERS = (
    f'{{service_name="{name}"}}' for name in ("gateway", "orders", "inventory", "users")
)
_OF_GET, _OF_POST = f"{{{_GET}}}", f"{{{_POST}}}"

TOPIC = Topic(
    "requests",
    WORLD,
    [
        Golden(
            requests.rate_by_service(),
            {_GATEWAY: 10, _ORDERS: 12, _INVENTORY: 5, _USERS: 0},
            {_GATEWAY: 0, _ORDERS: 0, _INVENTORY: 0, _USERS: 0},
        ),
        Golden(
            requests.error_ratio_by_service(),
            {_GATEWAY: 0.05, _ORDERS: 0.083333, _INVENTORY: 0.1, _USERS: NAN},
            {_GATEWAY: NAN, _ORDERS: NAN, _INVENTORY: NAN, _USERS: NAN},
        ),
        Golden(
            requests.p95_by_service(),
            # Of orders 102 in a second, 1.8 of them within 0.5: 96.9 of them at 0.5 + 0.5 * 95.1 / 100.2.
            {_GATEWAY: 0.75, _ORDERS: 0.974551, _INVENTORY: 0.095},
            {_GATEWAY: NAN, _ORDERS: NAN, _INVENTORY: NAN},
        ),
        Golden(requests.rate_at_gateway(), {"{}": 10}, {"{}": 0}),
        Golden(requests.error_ratio_at_gateway(), {"{}": 0.05}, {"{}": NAN}),
        Golden(requests.quantile_at_gateway(0.95), {"{}": 0.75}, {"{}": NAN}),
        Golden(requests.rate_of_service(), {"{}": 5}, {"{}": 0}),
        Golden(requests.error_ratio_of_service(), {"{}": 0.2}, {"{}": NAN}),
        Golden(requests.rate_by_operation(), {_OF_GET: 3, _OF_POST: 2}, {_OF_GET: 0, _OF_POST: 0}),
        Golden(
            requests.rate_by_status(),
            {
                '{http_response_status_code="200"}': 3,
                '{http_response_status_code="201"}': 1,
                '{http_response_status_code="500"}': 1,
            },
            {
                '{http_response_status_code="200"}': 0,
                '{http_response_status_code="201"}': 0,
                '{http_response_status_code="500"}': 0,
            },
        ),
        Golden(
            requests.error_ratio_by_operation(), {_OF_GET: 0, _OF_POST: 0.5}, {_OF_GET: NAN, _OF_POST: NAN}
        ),
        Golden(requests.quantile_of_service(0.5), {"{}": 0.1}, {"{}": NAN}),
        Golden(requests.quantile_of_service(0.95), {"{}": 0.75}, {"{}": NAN}),
        Golden(requests.quantile_of_service(0.99), {"{}": 0.95}, {"{}": NAN}),
        Golden(requests.p95_by_operation(), {_OF_GET: 0.75}, {_OF_GET: NAN}),
        Golden(
            requests.durations(),
            {'{le="0.1"}': 20, '{le="0.5"}': 36, '{le="1"}': 40, '{le="+Inf"}': 40},
            {'{le="0.1"}': 0, '{le="0.5"}': 0, '{le="1"}': 0, '{le="+Inf"}': 0},
        ),
    ],
)
