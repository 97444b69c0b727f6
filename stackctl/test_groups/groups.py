"""The groups of checks that `./stack test` runs, in this order, up to the first that fails."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from rich.console import Console

from stackctl import fetch
from stackctl.errors import StackError
from stackctl.paths import ROOT
from stackctl.run.backends import PROGRAMS
from stackctl.settings.saved_options import PARTS
from stackctl.test_groups.own_stack import Run, run_on_own_stack

LINT = (("ruff", "check", "--output-format=concise"), ("ruff", "format", "--check"), ("mypy",))
GROUPS = ("lint", "unit", "config", "rules", "integration", "e2e", "drills", "parts", "deploys", "containers")
_DEPLOYS = "tests/e2e/test_delivery.py"

# What a group runs beside its own folder: the services' tests once more, on the other kind of database.
_ALSO = {"integration": ("tests/unit/apps", "tests/unit/chassis", "--database=postgresql")}

# The end-to-end tests for which it matters which database and which broker the shop is on.
_ON_PARTS = tuple(f"tests/e2e/test_{name}.py" for name in ("complete", "story", "chaos"))

# These run the real programs.
_NEED_PROGRAMS = {"config", "rules", "e2e", "drills", "parts", "deploys", "containers"}

# Among all groups the drills that are quick; all of them when the group is asked for by its name.
_QUICK_DRILLS = "--ci-only"
_CHECKERS = {"config": ("actionlint", "kustomize")}
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
    """Run the group that the first argument names (or all); the rest goes to pytest. Returns an exit code."""
    groups, extra = _parse(arguments)
    results: list[tuple[str, int, float]] = []
    for group in groups:
        console.rule(group, align="left")
        began = time.monotonic()
        code = _run_group(console, group, _also_wanted(group, groups, extra), run)
        if code == _NO_TESTS_COLLECTED and extra and len(groups) > 1:
            code = 0  # The arguments choose tests of another group.
        results.append((group, code, time.monotonic() - began))
        if code:
            break
    _summarise(console, groups, results)
    return results[-1][1]


def _parse(arguments: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    first, rest = (arguments[0], list(arguments[1:])) if arguments else ("all", [])
    if first.startswith("-"):
        return GROUPS, list(arguments)
    if first not in ("all", *GROUPS):
        known = ", ".join(GROUPS)
        raise StackError(f"there is no group of tests named {first!r}.", f"There are: {known}, all")
    return (GROUPS if first == "all" else (first,)), rest


def _run_group(console: Console, group: str, extra: Sequence[str], run: Run) -> int:
    if group == "lint":
        return next((code for tool in LINT if (code := run(tool, {}))), 0)
    if group in _NEED_PROGRAMS:
        fetch.ensure((*PROGRAMS, "promtool", "amtool", *_CHECKERS.get(group, ())), console=console)
    if group == "e2e":
        return run_on_own_stack(console, ("pytest", "tests/e2e", f"--ignore={_DEPLOYS}", *extra), run)
    if group == "deploys":
        return run_on_own_stack(console, ("pytest", _DEPLOYS, *extra), run)
    if group == "drills":
        return run_on_own_stack(console, ("pytest", "tests/drills", *extra), run)
    if group == "parts":
        return run_on_own_stack(console, ("pytest", *_ON_PARTS, *extra), run, PARTS)
    return run(("pytest", f"tests/{group}", *_ALSO.get(group, ()), *extra), {})


def _also_wanted(group: str, groups: Sequence[str], extra: Sequence[str]) -> Sequence[str]:
    return [_QUICK_DRILLS, *extra] if group == "drills" and len(groups) > 1 else extra


def _summarise(console: Console, groups: Sequence[str], results: Sequence[tuple[str, int, float]]) -> None:
    console.rule(align="left")
    for group, code, seconds in results:
        verdict = "[green]passed[/]" if code == 0 else f"[bold red]failed[/] (exit code {code})"
        console.print(f"{group:<12} {verdict} in {seconds:.0f} s")
    for group in groups[len(results) :]:
        console.print(f"{group:<12} [dim]not run[/]")
