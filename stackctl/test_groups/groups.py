"""The groups of checks that `./stack test` runs, in this order, up to the first that fails.

Without a group: what a newcomer runs. `all` is all but `tour` and `versions`, and what CI runs. There (when
CI is set) a skipped test and a group in which no test ran are failures. Everywhere a group with fewer tests
than its floor fails, unless arguments choose some of them, and so does a test that hangs (`timeout` in
pyproject.toml, or below).
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from stackctl import fetch
from stackctl.errors import StackError
from stackctl.paths import ROOT
from stackctl.run.backends import PROGRAMS
from stackctl.settings.saved_options import PARTS
from stackctl.test_groups import floors
from stackctl.test_groups.own_stack import Run, run_on_own_stack
from stackctl.test_groups.results import Counts, Result, print_results, read_counts

LINT = (("ruff", "check", "--output-format=concise"), ("ruff", "format", "--check"), ("mypy",))


@dataclass(frozen=True)
class Group:
    """`tests` goes to pytest, and `among_others` too when several groups are run.

    `programs` are needed beside those that run the stack; None: not even these. `parts`: on a stack of its
    own, with these in place of the embedded ones; None: on none.
    """

    tests: tuple[str, ...] = ()
    among_others: tuple[str, ...] = ()
    programs: tuple[str, ...] | None = None
    parts: tuple[str, ...] | None = None


_DEPLOYS = "tests/e2e/test_delivery.py"

# On a whole stack. A drill gives up by itself after some 16 minutes, and says at what.
_PATIENTLY = "--timeout=1200"

GROUPS: Mapping[str, Group] = {
    "lint": Group(),
    "unit": Group(("tests/unit",)),
    "config": Group(("tests/config",), programs=("actionlint", "kustomize")),
    # promtool needs a processor for minutes: each file of tests on whichever is free.
    "rules": Group(("tests/rules", "--numprocesses=2", "--dist=loadfile"), programs=()),
    "pages": Group(("tests/pages",)),
    # On the real backends: correlation, completeness, kills, a drill, a deployment.
    "tour": Group(
        (
            "tests/e2e/test_complete.py",
            "tests/e2e/test_correlation.py",
            "tests/e2e/test_other_traffic.py",
            "tests/e2e/test_chaos.py",
            f"{_DEPLOYS}::test_a_version_with_five_percent_of_errors_is_rolled_back",
            "tests/drills/test_drills.py",
            "--chaos-orders=50",
            "--drill=payments-declining",
            _PATIENTLY,
        ),
        programs=(),
        parts=(),
    ),
    # The services' tests once more, on the other kind of database.
    "integration": Group(
        ("tests/integration", "tests/unit/apps", "tests/unit/chassis", "--database=postgresql"),
        programs=(),
    ),
    # Slow, malformed and uninvited requests to services on ports of their own.
    "attacks": Group(("tests/attacks",)),
    "e2e": Group(("tests/e2e", f"--ignore={_DEPLOYS}", _PATIENTLY), programs=(), parts=()),
    "drills": Group(("tests/drills", _PATIENTLY), among_others=("--ci-only",), programs=(), parts=()),
    # The end-to-end tests for which it matters which database and which broker the shop is on.
    "parts": Group(
        (*(f"tests/e2e/test_{name}.py" for name in ("complete", "story", "chaos")), _PATIENTLY),
        programs=(),
        parts=PARTS,
    ),
    "deploys": Group((_DEPLOYS, _PATIENTLY), programs=(), parts=()),
    "containers": Group(("tests/containers", _PATIENTLY), programs=()),
    # Its newest versions are another set every day: by name only, for no change is to blame for a release.
    "versions": Group(("tests/versions", _PATIENTLY)),
}

NEWCOMERS = ("lint", "unit", "config", "rules", "tour")
ALL = tuple(name for name in GROUPS if name not in ("tour", "versions"))

_NO_TESTS_COLLECTED = 5
_SECONDS_TO_CLEAN_UP = 60


def run_module(module: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a Python module of this environment; when interrupted, let it clean up after itself first."""
    child = subprocess.Popen([sys.executable, "-m", *module], cwd=ROOT, env={**os.environ, **environment})
    try:
        return child.wait()
    except KeyboardInterrupt:  # The terminal has sent it to the child, too.
        with suppress(subprocess.TimeoutExpired):
            child.wait(_SECONDS_TO_CLEAN_UP)
        raise
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()


def run_groups(console: Console, arguments: Sequence[str], run: Run = run_module) -> int:
    """Run the groups that the first argument names; the rest goes to pytest. Returns an exit code."""
    names, extra = _parse(arguments)
    results: list[Result] = []
    for name in names:
        console.rule(name, align="left")
        results.append(_result(console, name, len(names) > 1, extra, run))
        if results[-1].code:
            break
    print_results(console, names, results)
    return _exit_code(results)


def _parse(arguments: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    if not arguments or arguments[0].startswith("-"):
        return NEWCOMERS, list(arguments)
    first, *rest = arguments
    if first == "all":
        return ALL, rest
    if first not in GROUPS:
        raise StackError(
            f"there is no group of tests named {first!r}.", f"There are: {', '.join(GROUPS)}, all"
        )
    return (first,), rest


def _result(console: Console, name: str, is_one_of_many: bool, extra: Sequence[str], run: Run) -> Result:
    began = time.monotonic()
    if name == "lint":
        code = next((code for tool in LINT if (code := run(tool, {}))), 0)
        return Result(name, code, time.monotonic() - began)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        more = [*(GROUPS[name].among_others if is_one_of_many else ()), *extra, f"--junit-xml={report}"]
        code = _run_group(console, GROUPS[name], more, run)
        counts = read_counts(report)
    seconds = time.monotonic() - began
    if code == _NO_TESTS_COLLECTED and extra and is_one_of_many:
        return Result(name, 0, seconds, Counts())  # The arguments choose tests of another group.
    result = Result(name, code, seconds, counts)
    if not extra:
        result = result.as_whole(floors.read()[name])
    return result.on_ci() if os.environ.get("CI") else result


def _run_group(console: Console, group: Group, more: Sequence[str], run: Run) -> int:
    if group.programs is not None:
        fetch.ensure((*PROGRAMS, "promtool", "amtool", *group.programs), console=console)
    tests = ("pytest", *group.tests, *more)
    return run(tests, {}) if group.parts is None else run_on_own_stack(console, tests, run, group.parts)


def _exit_code(results: Sequence[Result]) -> int:
    """Where arguments choose tests, some group must have had one."""
    if results[-1].code:
        return results[-1].code
    counted = [result.counts for result in results if result.counts is not None]
    return _NO_TESTS_COLLECTED if counted and not any(counts.total for counts in counted) else 0
