"""The revisions of every service: in a row, true to its models, and kind to the databases that there are."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chassis.migrations import Revisions, upgrade
from stackctl.paths import ROOT
from tests.revisions import SERVICES, differences

BEFORE = sorted(Path(__file__).parent.glob("before_revisions/*.sql"))


def test_every_service_that_has_a_database_has_revisions() -> None:
    settings = ROOT.glob("apps/*/settings.py")
    assert [path.parent.name for path in sorted(settings) if "database_url" in path.read_text()] == SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_revisions_make_what_the_models_describe(service: str, tmp_path: Path) -> None:
    """When this fails: python -m chassis.migrations apps.<service> revision "What changes"."""
    url = f"sqlite:///{tmp_path}/new.db"
    upgrade(url, Revisions.of(f"apps.{service}"))
    assert differences(url, service) == []


@pytest.mark.parametrize("service", SERVICES)
def test_revisions_are_numbered_without_a_gap(service: str) -> None:
    files = sorted(ROOT.glob(f"apps/{service}/migrations/[0-9]*.py"))
    numbers = [path.name[:5] for path in files]
    assert numbers == [f"{number:04}_" for number in range(1, len(files) + 1)]
    for path, number in zip(files, numbers, strict=True):
        previous = int(number[:4]) - 1
        parent = f'"{previous:04}"' if previous else "None"
        assert f'revision = "{number[:4]}"\ndown_revision = {parent}\n' in path.read_text(), path


@pytest.mark.parametrize("script", BEFORE, ids=lambda path: path.stem)
def test_a_database_from_before_there_were_revisions_keeps_its_rows(script: Path, tmp_path: Path) -> None:
    service, file = script.stem, tmp_path / "old.db"
    with closing(sqlite3.connect(file)) as old:
        old.executescript(script.read_text())
        before = old.execute(f"SELECT id, created_at FROM {service}").fetchall()
    upgrade(f"sqlite:///{file}", Revisions.of(f"apps.{service}"))
    assert differences(f"sqlite:///{file}", service) == []
    with closing(sqlite3.connect(file)) as new:
        assert new.execute(f"SELECT id, created_at FROM {service}").fetchall() == before != []
