"""One real stack for all drills."""

import pytest

from tests.whole_stack import console, stack

__all__ = ["console", "stack"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--ci-only", action="store_true", help="run the drills that have in_ci, not all")
    parser.addoption("--drill", metavar="NAME", help="run this drill only")
