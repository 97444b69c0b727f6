"""Fixtures: the real stack, all of it, in a state folder of its own (./stack test gives it one)."""

import os
from collections.abc import Iterator

import pytest
from rich.console import Console

from stackctl.run import stack as whole_stack


@pytest.fixture(scope="session")
def console() -> Console:
    return Console(force_terminal=False)


@pytest.fixture(scope="session")
def stack(console: Console) -> Iterator[None]:
    if "GLASSHOUSE_STATE_DIR" not in os.environ:
        pytest.exit("These tests need a state folder of their own: ./stack test GROUP gives it", returncode=1)
    whole_stack.bring_up(console)
    yield
    whole_stack.take_down(console)
