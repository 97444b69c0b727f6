"""A state folder with the databases of the shop in it, as the services have made them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stackctl.paths import ROOT
from stackctl.run import databases
from stackctl.settings.saved_options import SavedOptions


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def products_file(state: Path) -> Path:
    return _migrated(state, "products")


@pytest.fixture
def orders_file(state: Path) -> Path:
    return _migrated(state, "orders")


def _migrated(state: Path, service: str) -> Path:
    environment = {**os.environ, "DATABASE_URL": databases.url_of(service, SavedOptions())}
    command = (sys.executable, "-m", "chassis.migrations", f"apps.{service}")
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return state / "data" / service / f"{service}.db"
