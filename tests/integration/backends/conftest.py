from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.private_backends import PrivateBackends

Start = Callable[..., PrivateBackends]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the backends of these names: `start("otelcol", "loki")`."""
    running: list[PrivateBackends] = []

    def start(*names: str) -> PrivateBackends:
        running.append(PrivateBackends(tmp_path, names))
        return running[-1].__enter__()

    yield start
    for each in running:
        each.__exit__()
