"""One engine with all images, and on it one stack by the real docker-compose.yml, for all these tests."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers import engine as engines
from tests.containers import images, programs
from tests.containers.engine import Engine
from tests.containers.running import Stack
from tests.installed import require


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    require(engines.not_installed())
    if reason := engines.not_allowed():
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="glasshouse-engine-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        started = Engine(folder, programs.plugged_in(folder / "settings"))
        try:
            started.start()
            images.make_all(started)
            yield started
        finally:
            started.stop()


@pytest.fixture(scope="session")
def stack(engine: Engine) -> Iterator[Stack]:
    """Up, and everything healthy."""
    stack = Stack(engine)
    try:
        stack.up()
        yield stack
    finally:
        stack.down()
