"""Requests that services answer, by HTTP or gRPC: a service's panels are the same for both."""

from collections.abc import Callable

from dashboards.queries.promql import (
    HTTP_FAILURE,
    INSTANCE,
    ROUTE,
    RPC_FAILURE,
    SERVICE,
    SHOP,
    increase,
    quantile,
    rate,
    ratio,
    total,
)

_HERE = (SERVICE, INSTANCE)
_GATEWAY = ('service_name="gateway"',)
_OPERATION = "http_request_method, http_route, rpc_method"

OPERATION = "{{http_request_method}} {{http_route}}{{rpc_method}}"
STATUS = "{{http_response_status_code}}{{rpc_response_status_code}}"


def rate_by_service() -> str:
    return total(_served("count", SHOP), "service_name")


def error_ratio_by_service() -> str:
    return ratio(_failed(SHOP), _served("count", SHOP), "service_name")


def p95_by_service() -> str:
    return quantile(0.95, _served("bucket", SHOP), "service_name")


def rate_at_gateway() -> str:
    return total(_served("count", *_GATEWAY))


def error_ratio_at_gateway() -> str:
    return ratio(_failed(*_GATEWAY), _served("count", *_GATEWAY))


def quantile_at_gateway(share: float) -> str:
    return quantile(share, _served("bucket", *_GATEWAY))


def rate_of_service() -> str:
    return total(_served("count", *_HERE, route=ROUTE))


def error_ratio_of_service() -> str:
    return ratio(_failed(*_HERE, route=ROUTE), _served("count", *_HERE, route=ROUTE))


def rate_by_operation() -> str:
    return total(_served("count", *_HERE, route=ROUTE), _OPERATION)


def rate_by_status() -> str:
    by = "http_response_status_code, rpc_response_status_code"
    return total(_served("count", *_HERE, route=ROUTE), by)


def error_ratio_by_operation() -> str:
    return ratio(_failed(*_HERE, route=ROUTE), _served("count", *_HERE, route=ROUTE), _OPERATION)


def quantile_of_service(share: float) -> str:
    return quantile(share, _served("bucket", *_HERE, route=ROUTE))


def p95_by_operation() -> str:
    return quantile(0.95, _served("bucket", *_HERE, route=ROUTE), _OPERATION)


def durations() -> str:
    """How many requests took how long, for a heat map."""
    return total(_served("bucket", *_HERE, route=ROUTE, over=_increase), "le")


def _increase(metric: str, *matchers: str) -> str:
    return increase(metric, *matchers, window="$__rate_interval")


def _failed(*matchers: str, route: str = "") -> str:
    return _served("count", *matchers, route=route, failed=True)


def _served(
    part: str, *matchers: str, route: str = "", failed: bool = False, over: Callable[..., str] = rate
) -> str:
    """`part` of the histograms: count, bucket. Routes are HTTP's; methods of gRPC are not chosen by them."""
    http, rpc = (HTTP_FAILURE, RPC_FAILURE) if failed else ("", "")
    return " or ".join(
        over(f"{metric}_{part}", *matchers, *filter(None, more))
        for metric, more in (
            ("http_server_request_duration_seconds", (route, http)),
            ("rpc_server_call_duration_seconds", (rpc,)),
        )
    )
