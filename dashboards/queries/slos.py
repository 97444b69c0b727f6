"""Service level objectives, as the rules that alerts.build writes record them.

The windows' names are those of production; in the demo profile they are as many times shorter as it says.
"""

from dashboards.queries.promql import SERVICES, selector

BY = "service_name, slo"
NAME = "{{service_name}} {{slo}}"


def objective() -> str:
    return _recorded("slo:objective:ratio")


def good() -> str:
    """The share of good events lately."""
    return f"1 - {_recorded('slo:sli_error:ratio_rate5m')}"


def budget_left() -> str:
    return _recorded("slo:error_budget_remaining:ratio")


def least_budget_left() -> str:
    return "min(slo:error_budget_remaining:ratio)"


def burn_rate(window: str) -> str:
    return _recorded(f"slo:burn_rate:ratio_rate{window}")


def lower_burn_rate(long: str, short: str) -> str:
    """Of two windows, which is the one that decides: an alert fires when both are above its factor."""
    return f"({burn_rate(long)} < {burn_rate(short)}) or {burn_rate(short)}"


def every_budget_left() -> str:
    return f"max by ({BY}) (slo:error_budget_remaining:ratio)"


def every_burn_rate(window: str) -> str:
    return f"max by ({BY}) (slo:burn_rate:ratio_rate{window})"


def fastest_burn(window: str) -> str:
    return f"max(slo:burn_rate:ratio_rate{window})"


def events() -> str:
    return _recorded("slo:sli_total:rate5m")


def bad_events() -> str:
    return _recorded("slo:sli_error:rate5m")


def profile() -> str:
    return "max by (profile) (alerts:profile:info)"


def _recorded(name: str) -> str:
    return f"max by ({BY}) ({selector(name, SERVICES)})"
