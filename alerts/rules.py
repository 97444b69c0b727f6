"""The rule files of Prometheus, in one profile."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from alerts import budgets
from alerts.alert import SHOP, Alert
from alerts.profiles import Profile, duration
from alerts.symptoms import SYMPTOMS

Rule = dict[str, Any]
_SYMPTOMS_INTERVAL_S: Final = 5

# Everything that a service does for somebody, by whatever protocol it was asked. Their labels differ, so that
# no two series become one when rate() takes away the name.
_WORK: Final = (
    "http_server_request_duration_seconds_count|rpc_server_call_duration_seconds_count"
    "|messaging_process_duration_seconds_count"
)
_SERVICES: Final = (
    ("service:work:rate5m", f'sum by (service_name) (rate({{__name__=~"{_WORK}", {SHOP}}}[<5m>]))'),
    (
        "service:spans:rate5m",
        f"sum by (service_name) (rate(traces_span_metrics_calls_total{{{SHOP}, "
        'span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER"}[<5m>]))',
    ),
    (
        "service:log_lines:rate5m",
        f"sum by (service_name) (rate(telemetry_log_lines_written_total{{{SHOP}}}[<5m>]))",
    ),
)

# What the Collector refuses or loses: (failure, the label that says where).
_LOSSES: Final = (
    ("refused", "receiver", "otelcol_receiver_refused"),
    ("failed", "receiver", "otelcol_receiver_failed"),
    ("send_failed", "exporter", "otelcol_exporter_send_failed"),
    ("enqueue_failed", "exporter", "otelcol_exporter_enqueue_failed"),
)
_ITEMS: Final = ("spans", "log_records", "metric_points")


def files(profile: Profile) -> Mapping[str, object]:
    """Each file's content by its name without suffix."""
    return {"slos": _slos(profile), "services": _services(profile)} | {
        topic: {"groups": [_group(topic, _SYMPTOMS_INTERVAL_S, _rules(alerts, profile))]}
        for topic, alerts in SYMPTOMS.items()
    }


def all_alerts(profile: Profile) -> list[Alert]:
    """Those that Prometheus evaluates."""
    return [*budgets.alerts(profile), *(alert for alerts in SYMPTOMS.values() for alert in alerts)]


def _slos(profile: Profile) -> object:
    recorded = [_expanded(rule, profile) for rule in budgets.recordings()]
    return {
        "groups": [
            _group("slos", profile.slo_interval_s, recorded),
            _group("slo-alerts", profile.slo_interval_s, _rules(budgets.alerts(profile), profile)),
        ]
    }


def _services(profile: Profile) -> object:
    """What several symptoms are reckoned from; and which profile this is, for dashboards and drills."""
    told = {"record": "alerts:profile:info", "expr": "vector(1)", "labels": {"profile": profile.name}}
    recorded = [{"record": name, "expr": expr} for name, expr in _SERVICES]
    rules = [told, *(_expanded(rule, profile) for rule in [*recorded, *_losses()])]
    return {"groups": [_group("services", _SYMPTOMS_INTERVAL_S, rules)]}


def _losses() -> Iterable[Rule]:
    """One name for what are twelve, so that dashboards and alerts need not know them all."""
    for failure, place, counter in _LOSSES:
        for items in _ITEMS:
            lost = f'{counter}_{items}_total{{service_name="otel-collector"}}'
            yield {
                "record": "pipeline:lost_items:rate5m",
                "expr": f"sum by (service_name, {place}) (rate({lost}[<5m>]))",
                "labels": {"failure": failure, "items": items},
            }


def _group(name: str, interval_s: int, rules: list[Rule]) -> Rule:
    return {"name": name, "interval": duration(interval_s), "rules": rules}


def _expanded(rule: Rule, profile: Profile) -> Rule:
    return rule | {"expr": profile.expand(rule["expr"])}


def _rules(alerts: Iterable[Alert], profile: Profile) -> list[Rule]:
    return [alerting_rule(alert, profile) for alert in alerts]


def alerting_rule(alert: Alert, profile: Profile) -> Rule:
    """As Prometheus has it, and Loki."""
    wait_s = profile.wait_s(alert.wait)
    return {
        "alert": alert.name,
        "expr": profile.expand(alert.expr),
        **({"for": duration(wait_s)} if wait_s else {}),
        "labels": {"severity": alert.severity, **alert.labels},
        "annotations": alert.annotations,
    }
