"""The ways in which people run drills, as they type them."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stackctl.drills import active_faults
from stackctl.drills.catalogue import find
from stackctl.paths import ROOT, faults_file
from stackctl.run import pidfiles
from stackctl.system.interrupts import INTERRUPTED
from stackctl.system.polling import poll_until

# Before it injects, a drill may wait for alerts of an earlier one, and shows traffic how it normally is.
BEGINS_WITHIN = 400.0


def drill(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), cwd=ROOT, capture_output=True, text=True)


def command(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "stackctl", "drill", *arguments)


@contextmanager
def begun(output: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with output.open("wb") as file:
        process = subprocess.Popen(command(*arguments), cwd=ROOT, stdout=file, stderr=subprocess.STDOUT)
    try:
        poll_until(lambda: active_faults.read() is not None, "the injection", BEGINS_WITHIN)
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def test_what_is_hidden_is_told_only_when_asked_for_and_ctrl_c_heals_it(stack: None, tmp_path: Path) -> None:
    hidden = find("payments-declining")
    with begun(tmp_path / "output", "--hide", hidden.name) as process:
        poll_until(lambda: "Something is wrong" in (tmp_path / "output").read_text(), "the task")
        told = " ".join(drill("--reveal").stdout.split())
        assert hidden.name in told
        assert " ".join(hidden.cause.split()) in told
    assert process.returncode == INTERRUPTED
    assert hidden.name not in (tmp_path / "output").read_text()
    assert active_faults.read() is None
    assert not faults_file().exists()
    nothing = drill("--reveal")
    assert (nothing.returncode, "no drill is on" in nothing.stdout + nothing.stderr) == (1, True)


def test_what_is_kept_stays_broken_until_it_is_healed(stack: None) -> None:
    """A program reads of it in JSON."""
    kept = drill("mail-server-down", "--keep", "--json")
    assert kept.returncode == 0, kept.stderr
    (result,) = json.loads(kept.stdout)
    assert (result["name"], result["ok"]) == ("mail-server-down", True)
    assert result["detected_s"] > 0
    assert active_faults.read() is not None
    assert drill("--heal").returncode == 0
    assert active_faults.read() is None
    poll_until(lambda: pidfiles.running("mail") is not None, "the mail server to be back")
    assert "No drill is on." in drill("--heal").stdout
