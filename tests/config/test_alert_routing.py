"""Whom Alertmanager tells of what, by its own tool; and that its file names only alerts that there are."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts import logs
from alerts.alertmanager import placed
from alerts.build import ALERTMANAGER, ROOT
from alerts.profiles import DEMO, PRODUCTION, PROFILES, Profile
from alerts.rules import all_alerts
from stackctl.fetch import ensure
from stackctl.run import alert_profiles
from tests.rules import promises

FILE = ROOT / ALERTMANAGER[PRODUCTION]
ALERTS = [*all_alerts(PRODUCTION), *logs.ALERTS]
# As it is promised, not as the alerts have it.
PROMISED = [
    *((name, promise.severity) for name, promise in {**promises.SYMPTOMS, **promises.LOGS}.items()),
    *((name, burn.severity) for name, _, _ in promises.OF_BUDGETS.values() for burn in promises.BURNS),
]


def amtool(*arguments: str | Path) -> str:
    program = ensure(["amtool"])["amtool"].path
    result = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.parametrize(("name", "severity"), sorted(set(PROMISED)))
def test_an_alert_goes_to_those_for_its_severity(name: str, severity: str) -> None:
    labels = (f"alertname={name}", f"severity={severity}", "service_name=orders")
    amtool(
        "config",
        "routes",
        "test",
        f"--config.file={FILE}",
        f"--verify.receivers={promises.TOLD[severity][0]}",
        *labels,
    )


def test_what_has_no_severity_is_a_ticket() -> None:
    assert amtool("config", "routes", "test", f"--config.file={FILE}", "alertname=New").strip() == "ticket"


def test_a_page_is_told_by_two_ways_and_every_receiver_tells_the_end_too() -> None:
    receivers = {each["name"]: each for each in yaml.safe_load(FILE.read_text())["receivers"]}
    kinds = {"webhook_configs": "notifications", "email_configs": "mail"}
    ways = {name: {kinds[key] for key in each.keys() - {"name"}} for name, each in receivers.items()}
    assert ways == dict(promises.TOLD.values())
    told = [
        way for each in receivers.values() for ways in each.values() if ways != each["name"] for way in ways
    ]
    assert all(way["send_resolved"] for way in told)


def test_inhibitions_name_alerts_that_there_are() -> None:
    matchers = [
        matcher
        for rule in yaml.safe_load(FILE.read_text())["inhibit_rules"]
        for matcher in rule["source_matchers"] + rule["target_matchers"]
    ]
    named = {
        name
        for matcher in matchers
        for name in re.findall(r"\w{4,}", matcher.partition("alertname")[2])
        if not name.endswith("BudgetBurn")
    }
    assert named
    assert named <= {alert.name for alert in ALERTS}


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_the_copy_for_local_processes_is_accepted_and_names_no_other_host(
    profile: Profile, tmp_path: Path
) -> None:
    text = placed((ROOT / ALERTMANAGER[profile]).read_text(), alert_profiles.PLACES)
    copy = tmp_path / "alertmanager.yml"
    copy.write_text(text)
    amtool("check-config", copy)
    assert set(re.findall(r"([\w.]+):\d{4}", text)) == {"127.0.0.1"}


def test_the_demo_pauses_a_fifteenth_as_long_and_never_not_at_all() -> None:
    route: dict[str, Any] = yaml.safe_load((ROOT / ALERTMANAGER[DEMO]).read_text())["route"]
    assert (route["group_wait"], route["group_interval"], route["repeat_interval"]) == ("1s", "4s", "16m")
    assert route["routes"][0]["repeat_interval"] == "4s"
