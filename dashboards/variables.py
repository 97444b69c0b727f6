"""The variables of dashboards, read again whenever the time changes: what ran then can be chosen."""

from collections.abc import Mapping
from typing import Any

from dashboards.datasources import PROMETHEUS

Variable = Mapping[str, Any]

_ON_TIME_CHANGE = 2
_ALPHABETICAL = 1
_LABEL_VALUES = 1


# Whatever the telemetry library observes, ours or somebody else's.
_SERVICES = "label_values(otel_sdk_processor_span_queue_capacity, service_name)"


def service(first: str = "orders") -> Variable:
    """One service."""
    current = {"text": first, "value": first}
    return _query("service", "Service", _SERVICES, current=current, includeAll=False, multi=False)


def services() -> Variable:
    """Any number of them."""
    return _any_of("service", "Service", _SERVICES, everything=".+")


def route() -> Variable:
    """Any number of its routes. Requests that no route matched have none; All has them too."""
    values = 'label_values(http_server_request_duration_seconds_count{service_name="$service"}, http_route)'
    return _any_of("route", "Route", values, everything=".*")


def instance() -> Variable:
    return _any_of(
        "instance", "Instance", 'label_values(up{service_name="$service"}, instance)', everything=".+"
    )


def _any_of(name: str, label: str, values: str, everything: str) -> Variable:
    current = {"text": ["All"], "value": ["$__all"]}
    return _query(name, label, values, current=current, includeAll=True, multi=True, allValue=everything)


def _query(name: str, label: str, values: str, **more: Any) -> Variable:
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": PROMETHEUS,
        "query": {
            "qryType": _LABEL_VALUES,
            "query": values,
            "refId": "PrometheusVariableQueryEditor-VariableQuery",
        },
        "refresh": _ON_TIME_CHANGE,
        "sort": _ALPHABETICAL,
        "options": [],
        **more,
    }
