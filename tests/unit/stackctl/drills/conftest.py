"""A state folder of its own for each test."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    (tmp_path / "GLASSHOUSE.txt").touch()  # it is known by this
    return tmp_path
