"""Every drill on the real stack: its alerts fire, somebody is told, and healing ends them.

Those of one batch run side by side: they do not disturb each other, and the time is that of one.
"""

import time
from collections.abc import Mapping, Sequence
from functools import partial

import pytest
from rich.console import Console

from dashboards.empty_when_healthy import EMPTY_WHEN_HEALTHY, Panel
from stackctl.drills import active_faults
from stackctl.drills.catalogue import Drill, catalogue, find
from stackctl.drills.results import finish
from stackctl.drills.running import Result, run
from stackctl.paths import faults_file
from stackctl.run.observations import State, observe
from stackctl.run.stack import known_components
from stackctl.system.polling import NotYet, poll_until
from tests.e2e import asking
from tests.e2e.asking import Asked, Moment
from tests.grafana import dashboards, queries


def batches(ci_only: bool, name: str | None) -> Mapping[str, Sequence[Drill]]:
    known = [find(name)] if name else catalogue().values()
    drills = [drill for drill in known if drill.in_ci or not ci_only]
    return {
        name: [drill for drill in drills if drill.batch == name] for name in sorted({d.batch for d in drills})
    }


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    found = batches(*map(metafunc.config.getoption, ("--ci-only", "--drill")))
    if "drills" in metafunc.fixturenames:
        metafunc.parametrize("drills", found.values(), ids=found)


def test_every_alert_of_a_drill_fires_is_told_and_ends(
    stack: None, console: Console, drills: Sequence[Drill]
) -> None:
    results = run(console, drills)
    finish(console, results, keep=False)
    assert {result.drill.name: result.problem for result in results if result.problem} == {}
    told = {result.drill.name for result in results if result.timeline.notified_at is not None}
    held_back = {result.drill.name for result in results if result.timeline.held_back}
    assert told | held_back | UNTOLD == {drill.name for drill in drills} | UNTOLD
    for result in results:
        for panel in panels_that_it_fills(result.drill):
            poll_until(partial(fills, panel, result), f"data in {panel}", 60.0)


def panels_that_it_fills(drill: Drill) -> Sequence[Panel]:
    return [panel for panel, filled_by in EMPTY_WHEN_HEALTHY.items() if filled_by == drill.name]


def fills(panel: Panel, result: Result) -> bool | NotYet:
    """Whether every query of a panel that is empty in a healthy shop returned data before it was healed."""
    uid, title = panel
    dashboard = dashboards()[uid]
    moment = Moment(result.timeline.healed_at or time.time())
    asked = [Asked(values, moment) for values in asking.choices(dashboard, moment)]
    its_queries = [query for query in queries(dashboard) if query.panel == title]
    empty = [str(query) for query in its_queries if not any(each.answers(query) for each in asked)]
    return not empty or NotYet(empty)


# Whoever is told is told by mail, and it is the mail server that is away.
UNTOLD = {"mail-server-down"}


def test_nothing_is_left_of_any_drill(stack: None) -> None:
    assert active_faults.read() is None
    assert not faults_file().exists()
    states = {component.name: observe(component).state for component in known_components()}
    assert {name: state for name, state in states.items() if state is not State.READY} == {}
