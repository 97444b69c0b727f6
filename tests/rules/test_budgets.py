"""The SLOs, in both profiles: what is recorded of them, and when their alerts fire, end, and keep still."""

from pathlib import Path
from typing import Any, Final

import pytest

from alerts.budgets import recordings
from alerts.profiles import PRODUCTION, PROFILES, Profile
from alerts.slos import SLOS, Slo
from tests.rules.expected import firing
from tests.rules.promises import BURNS, OBJECTIVES, OF_BUDGETS, Burn, of_budget
from tests.rules.promtool import promtool_says
from tests.rules.sli_series import events
from tests.rules.timeline import Case, Shape, story_of

BY_PROFILE: Final = pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
BY_SLO: Final = pytest.mark.parametrize("slo", SLOS, ids=lambda slo: f"{slo.service} {slo.name}")
BY_BURN: Final = pytest.mark.parametrize("burn", BURNS, ids=lambda burn: f"{burn.long} {burn.severity}")

# The ranges over which ratios are recorded.
WINDOWS: Final = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")

# Of the SLOs, one of each name is enough to see the alerts: the rules are the same for all.
ONE_OF_EACH: Final = list({slo.name: slo for slo in SLOS}.values())


def story(slo: Slo, burn: Burn, profile: Profile, series: dict[str, Shape], fires: bool) -> dict[str, Any]:
    rate, lasts = STORIES[burn.long]
    name, what, _ = OF_BUDGETS[slo.name]
    window = burn.long if profile is PRODUCTION else burn.demo_long
    expected = firing(
        name,
        of_budget(slo.name, burn),
        {"slo": slo.name, "service_name": slo.service},
        f"{slo.service}: {what}",
        f"The error budget ({slo.name}) of {slo.service} burns {rate:.1f} times too fast "
        f"(window {window}, limit {burn.factor:g}).",
    )
    case = Case(name, burn.long, series, lasts=lasts, fires=fires)
    return story_of(case, profile, profile.slo_interval_s, [expected])


def budget(slo: Slo) -> float:
    """The share of events that may be bad, as it is promised."""
    objective, _ = OBJECTIVES[slo.service, slo.name]
    return 1 - objective


# For each long window a burn rate that only it minds, and how long before, during and after: the burns
# that mind less have not waited long enough by then, and have ended when all is over.
STORIES: Final = {
    "1h": (16.0, ("5m", "10m", "20m")),
    "6h": (8.0, ("5m", "40m", "75m")),
    "1d": (4.0, ("5m", "2h", "7h")),
    "3d": (2.0, ("5m", "5h", "8h")),
}


@BY_PROFILE
@BY_BURN
@pytest.mark.parametrize("slo", ONE_OF_EACH, ids=lambda slo: slo.name)
def test_a_budget_that_burns_is_told_and_its_end_too(
    slo: Slo, burn: Burn, profile: Profile, tmp_path: Path
) -> None:
    """Nobody asks before: so the ratio is the same in every window."""
    rate, _ = STORIES[burn.long]
    series = events(slo, (None, 20.0, 20.0), (None, 20.0 * rate * budget(slo), 0.0))
    tests = [story(slo, burn, profile, series, fires=True)]
    complaint = promtool_says(tests, profile, ["slos"], profile.slo_interval_s, tmp_path)
    assert not complaint, complaint


@BY_PROFILE
@pytest.mark.parametrize("slo", ONE_OF_EACH, ids=lambda slo: slo.name)
def test_a_budget_that_is_used_as_it_may_be_is_no_alert(slo: Slo, profile: Profile, tmp_path: Path) -> None:
    allowed = 20.0 * budget(slo) * 0.9
    series = events(slo, (20.0,) * 3, (allowed,) * 3)
    cases = [story(slo, burn, profile, series, fires=False) for burn in BURNS]
    complaint = promtool_says(cases, profile, ["slos"], profile.slo_interval_s, tmp_path)
    assert not complaint, complaint


@BY_PROFILE
@pytest.mark.parametrize("slo", ONE_OF_EACH, ids=lambda slo: slo.name)
def test_a_single_bad_event_among_few_is_no_alert(slo: Slo, profile: Profile, tmp_path: Path) -> None:
    """At night, with a request a minute: every second one fails, and still there are not enough of them."""
    few = 8 / profile.range_s("1h")
    series = events(slo, (few, few, few), (0.0, few / 2, 0.0))
    case = story(slo, BURNS[0], profile, series, fires=False)
    complaint = promtool_says([case], profile, ["slos"], profile.slo_interval_s, tmp_path)
    assert not complaint, complaint


@BY_PROFILE
@BY_SLO
def test_what_is_recorded_of_an_slo_is_what_has_happened(slo: Slo, profile: Profile, tmp_path: Path) -> None:
    """A tenth of the events is bad, all the time: in every window, and of the budget in proportion."""
    series = events(slo, (20.0,) * 3, (2.0,) * 3)
    case = Case("", "a tenth is bad", series, lasts=("1h", "1h", "1h"))
    steps = case.steps(profile, profile.slo_interval_s)
    at = f"{(sum(steps) - 1) * profile.slo_interval_s}s"
    labels = f'{{service_name="{slo.service}", slo="{slo.name}"}}'
    values = {
        "slo:objective:ratio": 1 - budget(slo),
        "slo:sli_total:rate5m": 20.0,
        "slo:sli_error:rate5m": 2.0,
        "slo:error_budget_remaining:ratio": 1 - 0.1 / budget(slo),
        **{f"slo:sli_error:ratio_rate{window}": 0.1 for window in WINDOWS},
        **{f"slo:burn_rate:ratio_rate{window}": 0.1 / budget(slo) for window in WINDOWS},
    }
    assert {str(rule["record"]) for rule in recordings()} == values.keys()
    tests = [
        {
            "expr": f"round({name}{labels}, 1e-6)",
            "eval_time": at,
            "exp_samples": [{"labels": labels, "value": round(value, 6)}],
        }
        for name, value in values.items()
    ]
    story = {
        "interval": f"{profile.slo_interval_s}s",
        "input_series": case.input_series(profile, profile.slo_interval_s),
        "promql_expr_test": tests,
    }
    complaint = promtool_says([story], profile, ["slos"], profile.slo_interval_s, tmp_path)
    assert not complaint, complaint


@BY_PROFILE
@BY_SLO
def test_where_nothing_happens_nothing_is_recorded_of_errors(
    slo: Slo, profile: Profile, tmp_path: Path
) -> None:
    """Neither before the first event (no series) nor while nobody asks (a rate of 0): no NaN, no alert."""
    nothing = [
        {"expr": f'{name}{{service_name="{slo.service}", slo="{slo.name}"}}', "eval_time": "40m"}
        for name in ("slo:sli_error:ratio_rate5m", "slo:burn_rate:ratio_rate1h")
    ]
    stories = [
        {"interval": "30s", "input_series": series, "promql_expr_test": nothing}
        for series in (
            [],
            [{"series": name, "values": "7+0x100"} for name in events(slo, (1.0, 1.0, 1.0), (0.1, 0.1, 0.1))],
        )
    ]
    complaint = promtool_says(stories, profile, ["slos"], 30, tmp_path)
    assert not complaint, complaint
