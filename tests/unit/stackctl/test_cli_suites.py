"""`./stack test`: which groups run, with what, and what it says at the end."""

from collections.abc import Mapping, Sequence
from io import StringIO

import pytest
from rich.console import Console

from stackctl.suites import run_suites


class Modules:
    """Notes what is run; what begins like a key of `codes` ends with its exit code, all else with 0."""

    def __init__(self, codes: Mapping[str, int]) -> None:
        self._codes = codes
        self.ran: list[str] = []

    def run(self, module: Sequence[str], environment: Mapping[str, str]) -> int:
        self.ran.append(" ".join(module))
        return next((code for start, code in self._codes.items() if self.ran[-1].startswith(start)), 0)


@pytest.fixture
def output() -> StringIO:
    return StringIO()


@pytest.fixture
def console(output: StringIO) -> Console:
    return Console(file=output, width=100)


def test_arguments_after_the_group_are_pytests(console: Console) -> None:
    modules = Modules({})

    assert run_suites(console, ["unit", "-k", "request id", "-x"], modules.run) == 0
    assert modules.ran == ["pytest tests/unit -k request id -x"]


def test_the_integration_tests_are_also_those_of_the_services_on_postgresql(console: Console) -> None:
    modules = Modules({})

    assert run_suites(console, ["integration", "-x"], modules.run) == 0
    assert modules.ran == ["pytest tests/integration tests/unit/apps --database=postgresql -x"]


def test_linting_is_three_tools(console: Console) -> None:
    modules = Modules({})

    assert run_suites(console, ["lint"], modules.run) == 0
    assert modules.ran == ["ruff check --output-format=concise", "ruff format --check", "mypy"]


def test_linting_stops_at_the_first_tool_that_finds_something(console: Console) -> None:
    modules = Modules({"ruff format": 1})

    assert run_suites(console, ["lint"], modules.run) == 1
    assert modules.ran[-1] == "ruff format --check"


@pytest.mark.parametrize("arguments", [[], ["all"], ["-x"]])
def test_all_groups_are_run_until_one_fails(console: Console, output: StringIO, arguments: list[str]) -> None:
    modules = Modules({"pytest tests/unit": 2})

    assert run_suites(console, arguments, modules.run) == 2
    assert modules.ran[-1].startswith("pytest tests/unit")
    summary = [line.split()[:2] for line in output.getvalue().splitlines()[-6:]]
    assert summary == [
        ["lint", "passed"],
        ["unit", "failed"],
        ["config", "not"],
        ["rules", "not"],
        ["integration", "not"],
        ["e2e", "not"],
    ]


def test_a_group_in_which_no_test_matches_fails(console: Console) -> None:
    modules = Modules({"pytest": 5})

    assert run_suites(console, ["unit", "-k", "nothing"], modules.run) == 5
