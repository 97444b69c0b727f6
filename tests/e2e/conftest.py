"""One real stack for all end-to-end tests, in its own state folder, and one run of mixed traffic on it."""

import os
from collections.abc import Iterator

import pytest
from rich.console import Console

from stackctl import stack as whole_stack
from stackctl.traffic.running import run_traffic
from stackctl.traffic.runs import Run
from stackctl.verify.report import Report
from tests.e2e.followed import Followed, follow
from tests.e2e.reports import verified


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--chaos-orders",
        type=int,
        default=200,
        help="orders to place while services are killed (default: %(default)s)",
    )


@pytest.fixture(scope="session")
def console() -> Console:
    return Console(force_terminal=False)


@pytest.fixture(scope="session")
def stack(console: Console) -> Iterator[None]:
    if "GLASSHOUSE_STATE_DIR" not in os.environ:
        pytest.exit(
            "These tests need a state folder of their own. Run them by: ./stack test e2e", returncode=1
        )
    whole_stack.bring_up(console)
    yield
    whole_stack.take_down(console)


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
