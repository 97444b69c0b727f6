"""The rules of the SLOs: what is recorded for each, and the alerts on how fast their budgets burn."""

from typing import Final

from alerts.alert import Alert
from alerts.profiles import Profile
from alerts.slos import AVAILABILITY, LATENCY, ORDER_JOURNEY, PERIOD, SLOS
from alerts.windows import BURNS, FEWEST_BAD_EVENTS, WINDOWS, Burn

Rule = dict[str, object]


def recordings() -> list[Rule]:
    """In the order of evaluation: each uses those before it."""
    return [
        *_objectives(),
        *_events(),
        *(_error_ratio(window) for window in WINDOWS),
        *_burn_rates(),
        _left(),
    ]


def _objectives() -> list[Rule]:
    return [
        {"record": "slo:objective:ratio", "expr": f"vector({slo.objective})", "labels": slo.labels}
        for slo in SLOS
    ]


def _events() -> list[Rule]:
    """Bad and all events per second, from counters; everything else is reckoned from these few series."""
    return [
        {"record": f"slo:{what}:rate5m", "expr": getattr(slo, source), "labels": slo.labels}
        for slo in SLOS
        for what, source in (("sli_error", "errors"), ("sli_total", "total"))
    ]


def _error_ratio(window: str) -> Rule:
    """Weighted by events, as a mean of ratios would not be; none where nothing has happened."""
    over = "{}" if window == WINDOWS[0] else f"sum_over_time({{}}[<{window}>])"
    errors, total = over.format("slo:sli_error:rate5m"), over.format("slo:sli_total:rate5m")
    return {"record": f"slo:sli_error:ratio_rate{window}", "expr": f"{errors}\n/ ({total} > 0)"}


def _burn_rates() -> list[Rule]:
    return [
        {
            "record": f"slo:burn_rate:ratio_rate{window}",
            "expr": f"slo:sli_error:ratio_rate{window}\n/ (1 - slo:objective:ratio)",
        }
        for window in WINDOWS
    ]


def _left() -> Rule:
    """Of the budget of the period: 1 is untouched, below 0 it is overdrawn."""
    errors, total = (f"sum_over_time(slo:{what}:rate5m[<{PERIOD}>])" for what in ("sli_error", "sli_total"))
    return {
        "record": "slo:error_budget_remaining:ratio",
        "expr": f"1 - (\n{errors}\n/ ({total} > 0)\n) / (1 - slo:objective:ratio)",
    }


def alerts(profile: Profile) -> list[Alert]:
    return [_burning(kind, burn, profile) for kind in KINDS for burn in BURNS]


def _burning(kind: str, burn: Burn, profile: Profile) -> Alert:
    name, what, dashboard = KINDS[kind]
    bad_per_s = f'sum_over_time(slo:sli_error:rate5m{{slo="{kind}"}}[<{burn.long}>])'
    return Alert(
        name=name,
        severity=burn.severity,
        expr=f'slo:burn_rate:ratio_rate{burn.long}{{slo="{kind}"}} > {burn.factor:g}\n'
        f'and slo:burn_rate:ratio_rate{burn.short}{{slo="{kind}"}} > {burn.factor:g}\n'
        f"and {bad_per_s} * {profile.slo_interval_s} > {FEWEST_BAD_EVENTS}",
        wait=burn.wait,
        summary=f"{{{{ $labels.service_name }}}}: {what}",
        description=f"The error budget ({kind}) of {{{{ $labels.service_name }}}} burns "
        f'{{{{ $value | printf "%.1f" }}}} times too fast (window {profile.expand(f"<{burn.long}>")}, '
        f"limit {burn.factor:g}).",
        dashboard=dashboard,
        labels={"long_window": burn.long, "short_window": burn.short},
        grafana=burn.long == "1h" and kind == AVAILABILITY,
    )


_OF_SERVICE: Final = "service?var-service={{ $labels.service_name }}"
# Of each kind of SLO: the alert's name, what is wrong in words, and the dashboard to begin with.
KINDS: Final = {
    AVAILABILITY: ("AvailabilityBudgetBurn", "too many requests fail", _OF_SERVICE),
    LATENCY: ("LatencyBudgetBurn", "too many requests are slow", _OF_SERVICE),
    ORDER_JOURNEY: ("OrderJourneyBudgetBurn", "orders are not decided in time", "business"),
}
