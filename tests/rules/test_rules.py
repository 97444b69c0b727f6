"""Every symptom's alert, in both profiles: not yet, fires, resolves; and what looks like one does not."""

from pathlib import Path

import pytest

from alerts.profiles import PROFILES, Profile
from alerts.symptoms import SYMPTOMS
from tests.rules.cases import CASES
from tests.rules.expected import firing
from tests.rules.promtool import promtool_says
from tests.rules.timeline import Case, story_of

STEP_S = 5
TOPICS = {alert.name: topic for topic, alerts in SYMPTOMS.items() for alert in alerts}


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}: {case.name}")
def test_it_fires_when_the_symptom_has_lasted_and_ends_with_it(
    case: Case, profile: Profile, tmp_path: Path
) -> None:
    [alert] = [each for each in SYMPTOMS[TOPICS[case.alert]] if each.name == case.alert]
    expected = firing(alert, case.labels, case.value_in(profile))
    files = ("services", TOPICS[case.alert])
    story = story_of(case, profile, STEP_S, [expected])
    complaint = promtool_says([story], profile, files, STEP_S, tmp_path)
    assert not complaint, complaint


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_the_watchdog_fires_from_the_first_evaluation_on(profile: Profile, tmp_path: Path) -> None:
    [alert] = [each for each in SYMPTOMS["backends"] if each.name == "Watchdog"]
    always = {"alertname": "Watchdog", "exp_alerts": [firing(alert, {}, "1")]}
    story = {"interval": "5s", "alert_rule_test": [{"eval_time": time, **always} for time in ("0s", "3h")]}
    assert not promtool_says([story], profile, ["backends"], STEP_S, tmp_path)


def test_every_alert_on_a_symptom_has_a_case_in_which_it_fires() -> None:
    always = {"Watchdog"}
    assert {case.alert for case in CASES if case.fires} == TOPICS.keys() - always
