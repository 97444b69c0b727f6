"""Objectives and alerts are as promised: in the files that the backends read, and just at their limits."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from alerts.build import LOKI_RULES, PROMETHEUS_RULES, ROOT
from alerts.profiles import DEMO, PRODUCTION, PROFILES, Profile
from alerts.symptoms import SYMPTOMS as TOPICS
from tests.rules import promises
from tests.rules.boundaries import BOUNDARIES
from tests.rules.promises import BURNS, LOGS, OBJECTIVES, OF_BUDGETS, SYMPTOMS, Burn, Promise, of_budget
from tests.rules.promtool import promtool_says

BY_PROFILE: Final = pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
Rule = Mapping[str, Any]
Told = tuple[str, str, Mapping[str, str], Mapping[str, str]]  # severity, for, labels, annotations


def rules(folder: Path) -> Iterator[tuple[str, Rule]]:
    """Every rule, with how often it is evaluated."""
    for path in sorted((ROOT / folder).glob("*.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            yield from ((group["interval"], rule) for rule in group["rules"])


def found(profile: Profile) -> dict[tuple[str, str], Told]:
    """Each alert by its name and long window."""
    everything = [*rules(PROMETHEUS_RULES[profile]), *rules(LOKI_RULES[profile])]
    return {
        (rule["alert"], rule["labels"].get("long_window", "")): told(rule)
        for _, rule in everything
        if "alert" in rule
    }


def told(rule: Rule) -> Told:
    labels = {name: dollars(text) for name, text in rule["labels"].items()}
    links = {name: dollars(rule["annotations"][name]) for name in ("runbook_url", "dashboard", "logs")}
    return labels.pop("severity"), rule.get("for", ""), labels, links


def dollars(text: str) -> str:
    return re.sub(r"\{\{ \$labels\.(\w+) \}\}", r"$\1", text)


def promised(name: str, promise: Promise, profile: Profile) -> Told:
    links = {
        "runbook_url": f"{promises.RUNBOOKS}/{name}.md",
        "dashboard": f"{promises.DASHBOARDS}/{promise.dashboard}",
        "logs": promise.look,
    }
    return promise.severity, promise.waits[profile is DEMO], promise.labels, links


@BY_PROFILE
def test_every_alert_is_what_is_promised_of_it(profile: Profile) -> None:
    expected = {
        (name, ""): promised(name, promise, profile) for name, promise in {**SYMPTOMS, **LOGS}.items()
    }
    for kind, (name, _, _) in OF_BUDGETS.items():
        for burn in BURNS:
            expected[name, burn.long] = promised(name, of_budget(kind, burn), profile)
    assert found(profile) == expected


@BY_PROFILE
def test_rules_are_evaluated_as_often_as_is_promised(profile: Profile) -> None:
    slow = "30s" if profile is PRODUCTION else "5s"
    intervals = {
        (str(rule.get("alert", rule.get("record"))), interval)
        for interval, rule in rules(PROMETHEUS_RULES[profile])
    }
    of_slos = {interval for name, interval in intervals if name.startswith("slo:") or name.endswith("Burn")}
    others = {
        interval for name, interval in intervals if not name.startswith("slo:") and not name.endswith("Burn")
    }
    assert (of_slos, others) == ({slow}, {"5s"})


@BY_PROFILE
def test_every_objective_is_the_number_that_is_promised(profile: Profile) -> None:
    recorded: dict[tuple[str, str], float] = {}
    bounds: dict[tuple[str, str], float | None] = {}
    for _, rule in rules(PROMETHEUS_RULES[profile]):
        if rule.get("record") == "slo:objective:ratio":
            recorded[of(rule)] = float(rule["expr"].removeprefix("vector(").removesuffix(")"))
        elif rule.get("record") == "slo:sli_error:rate5m":
            limits = set(re.findall(r'le="([^"]+)"', rule["expr"]))
            assert len(limits) <= 1
            bounds[of(rule)] = float(limits.pop()) if limits else None
    assert {each: (recorded[each], bounds[each]) for each in recorded} == OBJECTIVES


def of(rule: Rule) -> tuple[str, str]:
    return rule["labels"]["service_name"], rule["labels"]["slo"]


def fires(alert: str, more: str, at: str, expected: bool) -> dict[str, Any]:
    return {
        "expr": f'count(ALERTS{{alertname="{alert}", alertstate="firing"{more}}}) > bool 0 or vector(0)',
        "eval_time": at,
        "exp_samples": [{"labels": "{}", "value": int(expected)}],
    }


def story(
    name: str, series: Mapping[str, str], asked: list[dict[str, Any]], interval_s: int = 5
) -> dict[str, Any]:
    given = [{"series": each, "values": values} for each, values in series.items()]
    return {
        "name": name,
        "interval": f"{interval_s}s",
        "input_series": given,
        "promql_expr_test": asked,
    }


@pytest.mark.parametrize("topic", TOPICS)
def test_an_alert_keeps_still_just_below_its_limit_and_fires_just_above(topic: str, tmp_path: Path) -> None:
    alerts = {alert.name for alert in TOPICS[topic]}
    stories = [
        story(f"{each.alert}: {each.what}: {side}", series, [fires(each.alert, "", each.look_at, expected)])
        for each in BOUNDARIES
        if each.alert in alerts
        for side, series, expected in (("below", each.below, False), ("above", each.above, True))
    ]
    assert stories
    complaint = promtool_says(stories, PRODUCTION, ("services", topic), 15, tmp_path)
    assert not complaint, complaint


def test_every_alert_has_its_limit_tried() -> None:
    """But for the one that always fires."""
    assert {each.alert for each in BOUNDARIES} == SYMPTOMS.keys() - {"Watchdog"}


def asked_at_gateway(per_second: float, failed: float, steps: int) -> dict[str, str]:
    counter = 'http_server_request_duration_seconds_count{service_name="gateway", http_response_status_code='
    good, bad = (30 * (per_second - failed), 30 * failed)
    return {f'{counter}"200"}}': f"0+{good:.10g}x{steps}", f'{counter}"503"}}': f"0+{bad:.10g}x{steps}"}


# Minutes after which each has had its time.
HAD_ITS_TIME: Final = {"1h": 12, "6h": 25, "1d": 75, "3d": 200}


@pytest.mark.parametrize("burn", BURNS, ids=lambda burn: burn.long)
def test_a_budget_may_burn_up_to_the_factor_and_no_faster(burn: Burn, tmp_path: Path) -> None:
    """A hundredth more or less than so many times half a percent of 20 requests in a second."""
    minutes = HAD_ITS_TIME[burn.long]
    window = f', long_window="{burn.long}", severity="{burn.severity}"'
    stories = [
        story(
            f"{burn.long}: {share}",
            asked_at_gateway(20, 20 * 0.005 * burn.factor * share, 2 * minutes),
            [fires("AvailabilityBudgetBurn", window, f"{minutes}m", expected)],
            interval_s=30,
        )
        for share, expected in ((0.99, False), (1.01, True))
    ]
    complaint = promtool_says(stories, PRODUCTION, ["slos"], 30, tmp_path)
    assert not complaint, complaint


def test_ten_failures_in_an_hour_are_not_enough_to_page(tmp_path: Path) -> None:
    """All of few requests fail: 9.9 of them in an hour, or 10.4."""
    window = ', long_window="1h"'
    stories = [
        story(
            f"{failed} in a second",
            asked_at_gateway(failed, failed, 160),
            [fires("AvailabilityBudgetBurn", window, "80m", expected)],
            interval_s=30,
        )
        for failed, expected in ((0.00275, False), (0.0029, True))
    ]
    complaint = promtool_says(stories, PRODUCTION, ["slos"], 30, tmp_path)
    assert not complaint, complaint
