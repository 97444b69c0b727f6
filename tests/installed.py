"""Programs that tests need and not every machine has."""

import os

import pytest


def require(complaint: str | None) -> None:
    """Skip for what is missing here, as the complaint has it. Nothing is skipped on CI: there it fails."""
    if complaint is None:
        return
    if os.environ.get("CI"):
        pytest.fail(complaint)
    pytest.skip(complaint)
