"""`./stack test`: which groups run, with what, and what it says at the end."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from stackctl import fetch
from stackctl.run.external_services import PACKAGES
from stackctl.test_groups import floors, groups
from stackctl.test_groups.groups import GROUPS, run_groups
from stackctl.test_groups.own_stack import run_on_own_stack
from stackctl.test_groups.results import read_counts

PASSED = '<testcase name="passes"/>'
SKIPPED = '<testcase name="skips"><skipped type="pytest.skip" message="no rabbitmq"/></testcase>'
XFAILED = '<testcase name="xfails"><skipped type="pytest.xfail" message="known"/></testcase>'


class Modules:
    """Notes what is run; what begins like a key of `codes` ends with its exit code, all else with 0.

    Pytest reports the same tests each time.
    """

    def __init__(self, codes: Mapping[str, int], tests: str = PASSED) -> None:
        self._codes = codes
        self._tests = tests
        self.ran: list[str] = []

    def run(self, module: Sequence[str], environment: Mapping[str, str]) -> int:
        shown = [part for part in module if not part.startswith("--junit-xml=")]
        self.ran.append(" ".join(shown))
        for part in set(module) - set(shown):
            Path(part.partition("=")[2]).write_text(
                f"<testsuites><testsuite>{self._tests}</testsuite></testsuites>"
            )
        return next((code for start, code in self._codes.items() if self.ran[-1].startswith(start)), 0)


@pytest.fixture(autouse=True)
def elsewhere_than_on_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture(autouse=True)
def no_programs_are_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "ensure", lambda *_, **__: {})


@pytest.fixture(autouse=True)
def floor_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floors, "read", lambda: dict.fromkeys(GROUPS, 2))


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


@pytest.mark.parametrize(
    ("arguments", "rest"),
    [
        ([], "config rules tour"),
        (["-x"], "config rules tour"),
        (["all"], "config rules pages integration attacks e2e drills parts deploys containers"),
    ],
)
def test_groups_are_run_until_one_fails(
    console: Console, output: StringIO, arguments: list[str], rest: str
) -> None:
    modules = Modules({"pytest tests/unit": 2})

    assert run_groups(console, arguments, modules.run) == 2
    assert modules.ran[-1].startswith("pytest tests/unit")
    assert table(output) == [
        ["lint", "passed"],
        ["unit", "failed"],
        *([group, "not"] for group in rest.split()),
        ["total", "1"],
    ]


def table(output: StringIO) -> list[list[str]]:
    lines = output.getvalue().splitlines()
    [header] = [number for number, line in enumerate(lines) if line.startswith("group")]
    return [line.split()[:2] for line in lines[header + 1 :] if not line.startswith("unit:")]


def test_the_table_has_tests_skips_and_seconds(console: Console, output: StringIO) -> None:
    assert run_groups(console, ["unit"], Modules({}, PASSED * 3 + SKIPPED + XFAILED).run) == 0
    [line] = [line for line in output.getvalue().splitlines() if line.startswith("unit")][-1:]
    assert line.split() == ["unit", "passed", "4", "1", "0"]


def test_a_group_in_which_no_test_matches_fails(console: Console) -> None:
    modules = Modules({"pytest": 5}, "")

    assert run_groups(console, ["unit", "-k", "nothing"], modules.run) == 5


def test_arguments_that_match_no_test_of_any_group_fail(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "NEWCOMERS", ("unit", "integration"))

    assert run_groups(console, ["-k", "typo"], Modules({"pytest": 5}, "").run) == 5


def test_arguments_may_choose_tests_of_one_group_among_several(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "NEWCOMERS", ("lint", "integration", "unit"))

    class OnlyInUnit(Modules):
        def run(self, module: Sequence[str], environment: Mapping[str, str]) -> int:
            self._tests = PASSED if "tests/unit" in module else ""
            return super().run(module, environment)

    assert run_groups(console, ["-k", "one"], OnlyInUnit({"pytest tests/integration": 5}).run) == 0


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
@pytest.mark.parametrize("tests", [PASSED * 2 + SKIPPED, ""])
def test_on_ci_a_skipped_test_and_a_group_without_tests_are_failures(
    console: Console, output: StringIO, monkeypatch: pytest.MonkeyPatch, tests: str, ci: str, code: int
) -> None:
    monkeypatch.setenv("CI", ci)

    found = run_groups(console, ["unit"], Modules({}, tests).run)

    assert found == (code if tests else 1)
    assert ("skips (no rabbitmq)" in output.getvalue()) == bool(ci and tests)


def test_on_ci_a_test_that_is_expected_to_fail_has_run(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")

    assert run_groups(console, ["unit"], Modules({}, XFAILED * 2).run) == 0


@pytest.mark.parametrize("group", ["unit", "integration", "containers"])
@pytest.mark.parametrize(("tests", "code"), [("", 1), (PASSED, 1), (PASSED * 2, 0), (PASSED + SKIPPED, 0)])
def test_a_whole_group_with_fewer_tests_than_its_floor_fails(
    console: Console, output: StringIO, group: str, tests: str, code: int
) -> None:
    """Also when pytest is content, as where tests are only collected or no longer run again on PostgreSQL."""
    assert run_groups(console, [group], Modules({}, tests).run) == code
    assert ("too few tests" in output.getvalue()) == bool(code)


def test_a_group_below_its_floor_is_the_last_of_many(console: Console, output: StringIO) -> None:
    assert run_groups(console, ["all"], Modules({}).run) == 1
    assert table(output)[:3] == [["lint", "passed"], ["unit", "failed"], ["config", "not"]]


def test_chosen_tests_may_be_fewer_than_the_floor(console: Console) -> None:
    assert run_groups(console, ["unit", "-k", "passes"], Modules({}).run) == 0


def test_what_pytest_itself_reports_is_read(tmp_path: Path) -> None:
    """The JUnit XML above is written by hand: this is pytest's."""
    (tmp_path / "test_it.py").write_text(
        "import pytest\ndef test_a(): pass\n@pytest.mark.xfail\ndef test_b(): assert False\n"
        "@pytest.mark.skip(reason='why')\ndef test_c(): pass\n"
    )
    report = tmp_path / "junit.xml"
    command = (
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--junit-xml={report}",
        tmp_path,
    )
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    counts = read_counts(report)
    assert counts is not None
    assert (counts.total, counts.ran, counts.skipped) == (3, 2, ("test_c (why)",))
