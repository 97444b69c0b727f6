"""Alerts, as Prometheus evaluates them."""

from dashboards.queries.promql import or_zero

# Always firing, so that its absence is noticed.
_ALERTS = 'ALERTS{alertname!="Watchdog"}'


def firing() -> str:
    return or_zero('count(ALERTS{alertname!="Watchdog",alertstate="firing"})')


def burning() -> str:
    """Those on error budgets."""
    return or_zero('count(ALERTS{alertname=~".+BudgetBurn",alertstate="firing"})')


def pending_or_firing() -> str:
    return f"max by (alertname, alertstate, severity, service_name) ({_ALERTS})"
