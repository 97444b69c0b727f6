"""Whatever the journal says is on can be healed by whoever comes first."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from stackctl.drills import active_faults
from stackctl.drills.flags import Flag
from stackctl.drills.healing import heal
from stackctl.errors import StackError
from stackctl.paths import ROOT
from stackctl.run.stack import take_down
from stackctl.system.polling import poll_until

FLAGGED = {"payments-slow": {"kind": "flag", "flag": "payments-slow"}}
KILLED = {"inventory-down": {"kind": "kill", "component": "inventory"}}
BROKEN = {"poison-message": {"kind": "poison", "queue": "payments"}}  # lacks what it needs


def write(drills: Mapping[str, Mapping[str, Any]], hidden: bool = False) -> None:
    active_faults.write(active_faults.ActiveFaults(drills, hidden=hidden))


def annotations(state: Path) -> Sequence[Mapping[str, str]]:
    lines = (state / "logs" / "stackctl.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_nothing_is_to_be_healed_when_nothing_is_on() -> None:
    assert heal() == ()


def test_what_is_on_is_undone_annotated_and_forgotten(state: Path) -> None:
    write(FLAGGED | KILLED)
    Flag("payments-slow").inject("payments-slow", owner=None)
    assert heal() == ("inventory",)
    assert active_faults.read() is None
    assert not (state / "faults.json").exists()
    assert [(line["event.name"], line["drill.name"]) for line in annotations(state)] == [
        ("drill.healed", "payments-slow"),
        ("drill.healed", "inventory-down"),
    ]


def test_an_annotation_keeps_a_hidden_drill_secret(state: Path) -> None:
    write(FLAGGED, hidden=True)
    heal()
    assert "payments" not in (state / "logs" / "stackctl.jsonl").read_text(encoding="utf-8")


def test_what_cannot_be_healed_is_said_does_not_hold_up_the_rest_and_is_tried_again(state: Path) -> None:
    write({**BROKEN, **FLAGGED})
    Flag("payments-slow").inject("payments-slow", owner=None)
    with pytest.raises(StackError, match="poison-message"):
        heal()
    assert not (state / "faults.json").exists()
    assert active_faults.read() is not None


def test_a_journal_that_is_damaged_counts_as_none(state: Path) -> None:
    active_faults.folder().mkdir(parents=True)
    (active_faults.folder() / "active.json").write_text("{half", encoding="utf-8")
    assert active_faults.read() is None


def test_taking_the_stack_down_heals_what_is_on(state: Path) -> None:
    write(FLAGGED)
    Flag("payments-slow").inject("payments-slow", owner=None)
    take_down(Console(quiet=True))
    assert (active_faults.read(), (state / "faults.json").exists()) == (None, False)


def test_what_cannot_be_healed_does_not_keep_the_stack_up(capsys: pytest.CaptureFixture[str]) -> None:
    write(BROKEN)
    take_down(Console(width=200))
    said = capsys.readouterr().out
    assert "poison-message" in said and "./stack drill --heal" in said


DRILL = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # Whoever runs the tests may ignore it.
from stackctl.drills import active_faults
from stackctl.drills.flags import Flag
from stackctl.drills.watchdog_process import guarded
with guarded():
    fault = {"payments-slow": {"kind": "flag", "flag": "payments-slow"}}
    active_faults.write(active_faults.ActiveFaults(fault))
    Flag("payments-slow").inject("payments-slow", None)
    print("broken", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_drill_that_dies_is_healed_by_its_guard(state: Path, number: int) -> None:
    drill = subprocess.Popen([sys.executable, "-c", DRILL], cwd=ROOT, stdout=subprocess.PIPE, env=os.environ)
    assert drill.stdout is not None
    assert drill.stdout.readline() == b"broken\n"
    assert (state / "faults.json").exists()
    drill.send_signal(number)
    poll_until(lambda: not (state / "faults.json").exists(), "the guard", timeout=30.0, interval=0.05)
    poll_until(lambda: active_faults.read() is None, "the end of healing", timeout=10.0, interval=0.05)
    drill.wait(timeout=30)
    drill.stdout.close()
