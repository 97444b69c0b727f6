"""One real stack for all end-to-end tests, in its own state folder, and one run of mixed traffic on it."""

import pytest
from rich.console import Console

from proof.ledger.runs import Run
from proof.verify.report import Report
from stackctl.shop_scenarios.traffic import run_traffic
from tests.e2e.followed import Followed, follow
from tests.e2e.reports import verified
from tests.whole_stack import console, stack

__all__ = ["console", "followed", "report", "run", "stack"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--chaos-orders",
        type=int,
        default=200,
        help="orders to place while services are killed (default: %(default)s)",
    )


DASHBOARDS = pytest.StashKey[list[tuple[str, int, int, int]]]()


@pytest.fixture(scope="session")
def figures(request: pytest.FixtureRequest) -> list[tuple[str, int, int, int]]:
    """What is known of each dashboard (test_dashboards.py); a table of it stands below the results."""
    return request.config.stash.setdefault(DASHBOARDS, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not (rows := config.stash.get(DASHBOARDS, [])):
        return
    terminalreporter.section("dashboards after traffic")
    _, *numbers = zip(*rows, strict=True)
    total = ("all", *(sum(map(int, column)) for column in numbers))
    for row in (("dashboard", "panels", "queries", "with data"), *rows, total):
        terminalreporter.write_line("{:<16}{:>8}{:>10}{:>12}".format(*row))


@pytest.fixture(scope="session")
def run(stack: None, console: Console) -> Run:
    return run_traffic(console, rate=25, duration=12, seed=1)


@pytest.fixture(scope="session")
def report(run: Run) -> Report:
    return verified(run)


@pytest.fixture(scope="session")
def followed(run: Run, report: Report) -> Followed:
    """An order that was confirmed, and all that came of it."""
    return follow(run)
