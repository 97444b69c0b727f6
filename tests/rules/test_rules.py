"""Every symptom's alert, in both profiles: not yet, fires, resolves; and what looks like one does not."""

from pathlib import Path
from typing import Any

import pytest

from alerts.profiles import PROFILES, Profile
from alerts.symptoms import SYMPTOMS
from tests.rules import promises
from tests.rules.cases import CASES
from tests.rules.expected import firing
from tests.rules.promtool import promtool_says
from tests.rules.timeline import Case, story_of

STEP_S = 5
TOPICS = {alert.name: topic for topic, alerts in SYMPTOMS.items() for alert in alerts}
BY_PROFILE = pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)


def story(case: Case, profile: Profile) -> dict[str, Any]:
    if not case.fires:
        return story_of(case, profile, STEP_S, [])
    promise = promises.SYMPTOMS[case.alert]
    expected = firing(case.alert, promise, case.labels, case.summary, case.described_in(profile))
    return story_of(case, profile, STEP_S, [expected])


@BY_PROFILE
@pytest.mark.parametrize("topic", SYMPTOMS)
def test_alerts_fire_when_the_symptom_has_lasted_and_end_with_it(
    topic: str, profile: Profile, tmp_path: Path
) -> None:
    """promtool names the cases that fail."""
    stories = [story(case, profile) for case in CASES if TOPICS[case.alert] == topic]
    assert stories
    complaint = promtool_says(stories, profile, ("services", topic), STEP_S, tmp_path)
    assert not complaint, complaint


@BY_PROFILE
def test_the_watchdog_fires_from_the_first_evaluation_on(profile: Profile, tmp_path: Path) -> None:
    expected = firing(
        "Watchdog",
        promises.SYMPTOMS["Watchdog"],
        {},
        "alerting works, from Prometheus to whoever is notified",
        "Always firing (1). Notifications says so when it stays away: then no other alert would come either.",
    )
    always = {"alertname": "Watchdog", "exp_alerts": [expected]}
    watched = {"interval": "5s", "alert_rule_test": [{"eval_time": time, **always} for time in ("0s", "3h")]}
    assert not promtool_says([watched], profile, ["backends"], STEP_S, tmp_path)


def test_every_alert_on_a_symptom_has_a_case_in_which_it_fires() -> None:
    always = {"Watchdog"}
    assert {case.alert for case in CASES if case.fires} == promises.SYMPTOMS.keys() - always
