"""`./stack test`: which groups run, with what, and what it says at the end."""

from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from stackctl.run.external_services import PACKAGES
from stackctl.test_groups.groups import run_groups
from stackctl.test_groups.own_stack import run_on_own_stack


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

    assert run_groups(console, ["unit", "-k", "request id", "-x"], modules.run) == 0
    assert modules.ran == ["pytest tests/unit -k request id -x"]


def test_the_integration_tests_are_also_those_of_the_services_on_postgresql(console: Console) -> None:
    modules = Modules({})

    assert run_groups(console, ["integration", "-x"], modules.run) == 0
    [ran] = modules.ran
    assert ran == "pytest tests/integration tests/unit/apps tests/unit/chassis --database=postgresql -x"


def test_the_shop_on_real_parts_is_tried_on_a_stack_of_its_own(
    console: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    modules = Modules({})

    assert run_on_own_stack(console, ("pytest", "tests/e2e"), modules.run, ("postgres", "rabbitmq")) == 0
    assert modules.ran == [
        "stackctl down --clean",
        "stackctl up --with postgres,rabbitmq",
        "pytest tests/e2e",
        "stackctl down",
    ]


def test_when_that_stack_does_not_come_up_nothing_is_tried_and_nothing_is_left(
    console: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    modules = Modules({"stackctl up": 1})

    assert run_on_own_stack(console, ("pytest", "tests/e2e"), modules.run, ("postgres",)) == 1
    assert modules.ran[-2:] == ["stackctl up --with postgres", "stackctl down"]


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_without_the_programs_real_parts_are_not_tried_but_on_ci_that_is_a_failure(
    console: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ci: str, code: int
) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("CI", ci)
    monkeypatch.setitem(PACKAGES, "postgres", ("postgresql", lambda: None))
    modules = Modules({"stackctl up": 1})

    assert run_on_own_stack(console, ("pytest", "tests/e2e"), modules.run, ("postgres",)) == code
    assert bool(modules.ran) == bool(ci)


def test_linting_is_three_tools(console: Console) -> None:
    modules = Modules({})

    assert run_groups(console, ["lint"], modules.run) == 0
    assert modules.ran == ["ruff check --output-format=concise", "ruff format --check", "mypy"]


def test_linting_stops_at_the_first_tool_that_finds_something(console: Console) -> None:
    modules = Modules({"ruff format": 1})

    assert run_groups(console, ["lint"], modules.run) == 1
    assert modules.ran[-1] == "ruff format --check"


@pytest.mark.parametrize("arguments", [[], ["all"], ["-x"]])
def test_all_groups_are_run_until_one_fails(console: Console, output: StringIO, arguments: list[str]) -> None:
    modules = Modules({"pytest tests/unit": 2})

    assert run_groups(console, arguments, modules.run) == 2
    assert modules.ran[-1].startswith("pytest tests/unit")
    summary = [line.split()[:2] for line in output.getvalue().splitlines()[-10:]]
    assert summary == [
        ["lint", "passed"],
        ["unit", "failed"],
        ["config", "not"],
        ["rules", "not"],
        ["integration", "not"],
        ["e2e", "not"],
        ["drills", "not"],
        ["parts", "not"],
        ["deploys", "not"],
        ["containers", "not"],
    ]


def test_a_group_in_which_no_test_matches_fails(console: Console) -> None:
    modules = Modules({"pytest": 5})

    assert run_groups(console, ["unit", "-k", "nothing"], modules.run) == 5
