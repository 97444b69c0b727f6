"""A state folder of its own for each test, and components that are small Python scripts on random ports."""

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from stackctl import ports
from stackctl.run import port_conflicts, supervisor
from stackctl.run.components import Component, Tier
from stackctl.system.polling import poll_until

STUB = Path(__file__).with_name("stub.py")

MakeStub = Callable[..., Component]


class RecordedSteps:
    """Remembers what it was told, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def begin(self, name: str, doing: str) -> None:
        self.told.append((name, doing))

    def finish(self, name: str, outcome: str) -> None:
        self.told.append((name, outcome))


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The state folder; whatever still runs for it when the test ends is ended."""
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path / "state"))
    yield tmp_path / "state"
    supervisor.sweep(grace=0)


@pytest.fixture
def steps() -> RecordedSteps:
    return RecordedSteps()


@pytest.fixture
def stub(state: Path) -> MakeStub:
    """Describe a component: `stub("users", "never-ready")`."""

    def make(name: str, *behaviours: str, tier: Tier = Tier.BACKEND, port: int | None = None) -> Component:
        port = port or free_port()
        argv = (sys.executable, str(STUB), str(port), *behaviours)
        return Component(name, argv, ports.url(port), (port,), tier=tier)

    return make


def free_port() -> int:
    """Outside of the range from which the kernel takes ports for outgoing connections."""
    return next(
        port for port in iter(lambda: random.randrange(20000, 30000), 0) if port_conflicts.is_free(port)
    )


@pytest.fixture
def bystander_port() -> int:
    return free_port()


@pytest.fixture
def bystander(bystander_port: int) -> Iterator[psutil.Process]:
    """Somebody else's process, with a port of its own."""
    with subprocess.Popen([sys.executable, str(STUB), str(bystander_port)]) as process:
        poll_until(lambda: not port_conflicts.is_free(bystander_port), "the bystander's port")
        yield psutil.Process(process.pid)
        process.kill()
