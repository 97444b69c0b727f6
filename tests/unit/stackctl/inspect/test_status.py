"""What `./stack status` shows."""

import json
from io import StringIO

import pytest
from rich.console import Console

from stackctl.inspect.status import document, duration, show
from stackctl.run.observations import Observation, State

READY = Observation("users", State.READY, (5001,), "this repository", 4711, 101_000_000, 192.0)
DEAD = Observation("loki", State.DEAD, (3100, 9096), "PATH", note="The last that it wrote: out of memory")
STOPPED = Observation("jaeger", State.STOPPED, (16686,), "not here yet")


@pytest.fixture
def output() -> StringIO:
    return StringIO()


@pytest.fixture
def table(output: StringIO) -> list[list[str]]:
    show(Console(file=output, width=200), [READY, DEAD, STOPPED])
    return [line.split() for line in output.getvalue().splitlines()]


def test_a_row_has_all_that_one_asks_for(table: list[list[str]]) -> None:
    assert table[1] == [
        "users",
        "ready",
        "4711",
        "101",
        "MB",
        "3",
        "min",
        "12",
        "s",
        "5001",
        "this",
        "repository",
    ]


def test_what_does_not_run_has_no_pid_memory_or_uptime(table: list[list[str]]) -> None:
    assert table[2] == ["loki", "dead", "3100", "9096", "PATH"]
    assert table[3] == ["jaeger", "stopped", "16686", "not", "here", "yet"]


def test_memory_has_a_total(table: list[list[str]]) -> None:
    assert table[4] == ["all", "101", "MB"]


def test_why_something_died_is_below_the_table(table: list[list[str]]) -> None:
    assert table[5] == ["loki:", "The", "last", "that", "it", "wrote:", "out", "of", "memory"]


def test_output_that_is_no_terminal_has_no_control_codes(table: list[list[str]], output: StringIO) -> None:
    assert "\x1b" not in output.getvalue()


def test_the_document_for_programs_says_the_same() -> None:
    shown = json.loads(json.dumps(document([READY, DEAD])))

    assert shown["ready"] is False
    assert shown["memory_bytes"] == 101_000_000
    assert shown["components"][0] == {
        "name": "users",
        "state": "ready",
        "ports": [5001],
        "source": "this repository",
        "pid": 4711,
        "memory_bytes": 101_000_000,
        "uptime_seconds": 192.0,
        "note": "",
    }


def test_all_is_ready_only_when_each_is() -> None:
    assert document([READY])["ready"] is True
    assert document([READY, STOPPED])["ready"] is False


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.9, "59 s"), (192, "3 min 12 s"), (7500, "2 h 5 min")]
)
def test_a_duration_shows_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text
