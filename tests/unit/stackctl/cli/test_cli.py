"""The command line: help for everything, clean errors, the shells' exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from proof.ledger.runs import Run
from stackctl.cli.main import Commands, app
from stackctl.errors import StackError
from stackctl.paths import ROOT
from stackctl.settings.modes import BOTH_MODES
from stackctl.test_groups.groups import GROUPS

COMMANDS = (
    "demo",
    "up",
    "down",
    "status",
    "logs",
    "traffic",
    "record",
    "run",
    "verify",
    "trace",
    "mail",
    "dlq",
    "doctor",
    "test",
)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def failing() -> typer.Typer:
    """A command line like ours whose commands fail in every way."""
    failing = typer.Typer(cls=Commands, pretty_exceptions_enable=False)

    @failing.command()
    def mendable() -> None:
        raise StackError("port 9090 is [taken].", "kill 4711")

    @failing.command()
    def interrupted() -> None:
        raise KeyboardInterrupt

    return failing


def test_help_lists_every_command() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output

    assert [name for name in COMMANDS if f"│ {name} " not in shown] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    shown = CliRunner().invoke(app, [name, "--help"])

    assert shown.exit_code == 0
    assert f"Example: ./stack {name}" in shown.output


def test_commands_are_grouped() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output

    titles = ("The stack", "Traffic, and what came of it", "Break it, change it", "Work on it")
    assert [title for title in titles if f"─ {title} " not in shown] == []


@pytest.mark.parametrize("command", [*COMMANDS, "drill", "dlq list", "dlq replay", "deploy canary"])
def test_help_shows_the_mode_where_there_is_a_choice(command: str) -> None:
    name, *more = command.split()
    shown = CliRunner().invoke(app, [name, *more, "--help"]).output

    assert ("--mode" in shown) == (name in BOTH_MODES and command != "dlq")


def test_help_is_quick_because_nothing_heavy_is_imported_for_it() -> None:
    heavy = {"requests", "aiohttp", "psutil", "flask", "opentelemetry.sdk", "telemetry", "rich.progress"}
    program = f"import sys, stackctl.cli.main; print(*({heavy!r} & set(sys.modules)))"

    imported = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True)

    assert imported.stdout.decode().split() == []


def test_an_error_is_two_lines_without_a_stack_trace(failing: typer.Typer) -> None:
    result = CliRunner().invoke(failing, ["mendable"])

    assert result.exit_code == 1
    assert result.stderr == "stack: port 9090 is [taken].\nkill 4711\n"
    assert result.stdout == ""


def test_a_state_folder_that_is_a_file_is_named_without_a_stack_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "stack"
    in_the_way.write_text("a file")
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(in_the_way))

    result = CliRunner().invoke(app, ["down"])

    assert result.exit_code == 1
    assert result.stderr.startswith(f"stack: {in_the_way}: File exists.\n")
    assert "Traceback" not in result.stderr


def test_ctrl_c_is_one_line_and_the_exit_code_that_shells_expect(failing: typer.Typer) -> None:
    result = CliRunner().invoke(failing, ["interrupted"])

    assert result.exit_code == 130
    assert result.stderr == "Interrupted.\n"


def test_a_misspelt_command_is_a_usage_error() -> None:
    result = CliRunner().invoke(app, ["upp"])

    assert result.exit_code == 2
    assert "No such command 'upp'" in result.output


def test_a_misspelt_group_of_tests_is_named_with_those_that_exist() -> None:
    result = CliRunner().invoke(app, ["test", "units"])

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "stack: there is no group of tests named 'units'.",
        f"There are: {', '.join(GROUPS)}, all",
    ]


def test_logs_of_an_unknown_component_name_those_that_exist(state: Path) -> None:
    (state / "logs").mkdir()
    (state / "logs" / "users.log").write_text("hello\n")
    (state / "logs" / "users.jsonl").write_text("{}\n")

    result = CliRunner().invoke(app, ["logs", "user"])

    assert result.exit_code == 1
    assert result.stderr.splitlines() == ["stack: there is no log of 'user'.", "There are logs of: users"]


def test_logs_alone_lists_names(state: Path) -> None:
    (state / "logs").mkdir()
    for name in ("users.log", "users.jsonl", "loki.log"):
        (state / "logs" / name).touch()

    assert CliRunner().invoke(app, ["logs"]).output.split() == ["loki", "users"]


def test_verifying_an_app_that_nobody_has_sent_to_says_how_to_send(state: Path) -> None:
    result = CliRunner().invoke(app, ["verify", "billing"])
    assert result.exit_code == 1
    assert "No run of an app of yours" in result.output
    assert "./stack traffic --to URL" in result.output


def test_verifying_a_shop_run_under_the_name_of_an_app_is_refused(state: Path) -> None:
    Run("run-a", 1, 50, 60, "mixed", 1, started_at=1.0).save()
    result = CliRunner().invoke(app, ["verify", "billing", "--run", "run-a"])
    assert result.exit_code == 1
    assert "was sent to the shop" in result.output


def test_requests_of_an_app_need_its_address(state: Path) -> None:
    result = CliRunner().invoke(app, ["traffic", "--requests", "requests.yaml"])
    assert result.exit_code == 1
    assert "--to http://127.0.0.1:8080" in result.output
