"""The series from which each kind of SLI is reckoned, for as many events and bad ones as a test wants."""

from alerts.slos import AVAILABILITY, LATENCY, Slo
from tests.rules.promises import OBJECTIVES
from tests.rules.timeline import Phases, Rate, Shape


def events(slo: Slo, total: Phases, bad: Phases) -> dict[str, Shape]:
    """So many events per second in each phase, and of them so many bad ones."""
    good: Phases = (_minus(total[0], bad[0]), _minus(total[1], bad[1]), _minus(total[2], bad[2]))
    if slo.name == AVAILABILITY:
        return _outcomes(slo.service, good, bad)
    if slo.name == LATENCY:
        return _durations(slo, total, good)
    in_time = f'shop_saga_duration_seconds_bucket{{service_name="orders", le="{bound(slo):g}", outcome='
    return {
        'shop_orders_total{service_name="orders", status="PENDING"}': Rate(total),
        f'{in_time}"confirmed"}}': Rate(_halves(good)),
        f'{in_time}"payment_declined"}}': Rate(_halves(good)),
        # Over in time it would be, but given up is not decided.
        f'{in_time}"timed_out"}}': Rate(bad),
    }


def bound(slo: Slo) -> float:
    """As it is promised, in seconds."""
    _, bound_s = OBJECTIVES[slo.service, slo.name]
    assert bound_s is not None
    return bound_s


def _outcomes(service: str, good: Phases, bad: Phases) -> dict[str, Shape]:
    name, label, fine, failed = {
        "payments": ("messaging_client_consumed_messages_total", "event_outcome", "handled", "retried"),
        "inventory": ("rpc_server_call_duration_seconds_count", "rpc_response_status_code", "OK", "INTERNAL"),
        "notifications": ("notifications_emails_total", "outcome", "sent", "failed"),
    }.get(
        service,
        ("http_server_request_duration_seconds_count", "http_response_status_code", "404", "503"),
    )
    return {
        f'{name}{{service_name="{service}", {label}="{fine}"}}': Rate(good),
        f'{name}{{service_name="{service}", {label}="{failed}"}}': Rate(bad),
    }


def _durations(slo: Slo, total: Phases, good: Phases) -> dict[str, Shape]:
    name = {
        "payments": "messaging_process_duration_seconds",
        "inventory": "rpc_server_call_duration_seconds",
        "notifications": "messaging_process_duration_seconds",
    }.get(slo.service, "http_server_request_duration_seconds")
    return {
        f'{name}_count{{service_name="{slo.service}"}}': Rate(total),
        f'{name}_bucket{{service_name="{slo.service}", le="{bound(slo):g}"}}': Rate(good),
        f'{name}_bucket{{service_name="{slo.service}", le="+Inf"}}': Rate(total),
    }


def _minus(all_of_them: float | None, few: float | None) -> float | None:
    return None if all_of_them is None else all_of_them - (few or 0.0)


def _halves(rates: Phases) -> Phases:
    first, second, third = (None if rate is None else rate / 2 for rate in rates)
    return first, second, third
