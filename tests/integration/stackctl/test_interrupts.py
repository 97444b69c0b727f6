"""An `up` that is interrupted half way leaves nothing behind."""

import base64
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from stackctl.paths import ROOT
from stackctl.run import pidfiles, port_conflicts, processes
from stackctl.run.components import Component
from stackctl.system.polling import poll_until

MakeStub = Callable[..., Component]

# What `./stack up` does with its components, with a short grace period.
PROGRAM = """
import base64, pickle, signal, sys
from rich.console import Console
from stackctl.run.steps import LiveSteps
from stackctl.system.interrupts import raise_when_terminated
from stackctl.run.supervisor import bring_up

signal.signal(signal.SIGINT, signal.default_int_handler)  # Whoever runs the tests may ignore these.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
raise_when_terminated()
with LiveSteps(Console()) as steps:
    bring_up(pickle.loads(base64.b64decode(sys.argv[1])), steps, grace=1)
"""


@contextmanager
def an_up_of(components: Sequence[Component]) -> Iterator[subprocess.Popen[bytes]]:
    """Run it as a process of its own, and wait until it has started them all and they listen."""
    argv = [sys.executable, "-c", PROGRAM, base64.b64encode(pickle.dumps(components)).decode()]
    with subprocess.Popen(argv, cwd=ROOT) as up:
        ports = [port for component in components for port in component.ports]
        poll_until(lambda: not any(map(port_conflicts.is_free, ports)), "the start of the stubs", timeout=10)
        yield up


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_up_leaves_no_process(stub: MakeStub, number: signal.Signals) -> None:
    with an_up_of([stub("users", "has-child"), stub("loki", "never-ready")]) as up:
        up.send_signal(number)

        assert up.wait(timeout=10) != 0

    assert processes.marked() == {}
    assert list(pidfiles.read_all()) == []


def test_a_second_ctrl_c_does_not_stop_the_clean_up(stub: MakeStub) -> None:
    with an_up_of([stub("users"), stub("loki", "never-ready", "ignores-term")]) as up:
        up.send_signal(signal.SIGINT)
        poll_until(lambda: set(processes.marked().values()) == {"loki"}, "the end of users", timeout=10)
        up.send_signal(signal.SIGINT)

        assert up.wait(timeout=10) != 0

    assert processes.marked() == {}


def test_what_was_up_outlives_the_command_that_started_it(stub: MakeStub) -> None:
    with an_up_of([stub("users"), stub("loki")]) as up:
        assert up.wait(timeout=10) == 0

    assert set(processes.marked().values()) == {"users", "loki"}
