"""Revisions on SQLite: applied once, whole or not at all, and nothing that was there gets lost."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from filelock import FileLock
from sqlalchemy.exc import OperationalError

from chassis.migrations import Revisions, upgrade

REVISION = '''"""Number {number}."""

import sqlalchemy as sa
from alembic import op

revision = "{number:04}"
down_revision = {previous}


def upgrade() -> None:
    {body}
'''
VISITS = 'op.create_table("visits", sa.Column("id", sa.Integer, primary_key=True))'
GUESTS = (
    'visit = sa.ForeignKey("visits.id", ondelete="CASCADE")'
    '; op.create_table("guests", sa.Column("visit_id", sa.Integer, visit))'
    '; op.bulk_insert(sa.table("visits", sa.column("id")), [{"id": 7}])'
    '; op.bulk_insert(sa.table("guests", sa.column("visit_id")), [{"visit_id": 7}])'
)
ANEW = (
    'batch = op.batch_alter_table("visits", recreate="always")\n'
    '    with batch as visits: visits.add_column(sa.Column("label", sa.Text))'
)

Write = Callable[..., Revisions]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new" / "visits.db"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Revisions with these bodies, in a folder of their own."""
    folder = tmp_path / "migrations"
    folder.mkdir()

    def write(*bodies: str) -> Revisions:
        for number, body in enumerate(bodies, start=1):
            previous = f'"{number - 1:04}"' if number > 1 else None
            text = REVISION.format(number=number, previous=previous, body=body)
            (folder / f"{number:04}_test.py").write_text(text)
        return Revisions(folder)

    return write


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def tables(file: Path) -> set[object]:
    return {name for (name,) in rows(file, "SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_a_new_database_gets_every_revision_in_order(file: Path, write: Write) -> None:
    upgrade(f"sqlite:///{file}", write(VISITS, GUESTS))
    assert tables(file) == {"alembic_version", "visits", "guests"}
    assert rows(file, "SELECT version_num FROM alembic_version") == [("0002",)]


def test_only_what_is_missing_is_applied(file: Path, write: Write) -> None:
    upgrade(f"sqlite:///{file}", write(VISITS))
    for _ in range(2):
        upgrade(f"sqlite:///{file}", write(VISITS, GUESTS))
    assert rows(file, "SELECT id FROM visits") == [(7,)]


def test_what_fails_in_the_middle_has_changed_nothing(file: Path, write: Write) -> None:
    with pytest.raises(OperationalError):
        upgrade(f"sqlite:///{file}", write(VISITS, GUESTS, 'op.execute("INSERT INTO nowhere VALUES (1)")'))
    assert tables(file) == set()


def test_a_table_that_is_made_anew_keeps_the_rows_that_refer_to_it(file: Path, write: Write) -> None:
    upgrade(f"sqlite:///{file}", write(VISITS, GUESTS, ANEW))
    assert rows(file, "SELECT id, label FROM visits") == [(7, None)]
    assert rows(file, "SELECT visit_id FROM guests") == [(7,)]


def test_a_revision_that_leaves_a_row_without_what_it_refers_to_is_refused(file: Path, write: Write) -> None:
    upgrade(f"sqlite:///{file}", write(VISITS, GUESTS))
    with pytest.raises(ValueError, match="guests"):
        upgrade(f"sqlite:///{file}", write(VISITS, GUESTS, 'op.execute("DELETE FROM visits")'))
    assert rows(file, "SELECT id FROM visits") == [(7,)]


def test_many_can_upgrade_a_new_database_at_once(file: Path, write: Write) -> None:
    revisions = write(VISITS, GUESTS)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: upgrade(f"sqlite:///{file}", revisions), range(6)))
    assert rows(file, "SELECT id FROM visits") == [(7,)]


def test_whoever_upgrades_waits_for_another_who_does(file: Path, write: Write) -> None:
    file.parent.mkdir()
    second = Thread(target=upgrade, args=(f"sqlite:///{file}", write(VISITS)))
    with FileLock(f"{file}.lock"):
        second.start()
        second.join(timeout=0.1)
        assert second.is_alive()
    second.join(timeout=10)
    assert "visits" in tables(file)


def test_a_database_that_is_newer_than_the_code_is_left_as_it_is(
    file: Path, write: Write, tmp_path: Path
) -> None:
    upgrade(f"sqlite:///{file}", write(VISITS, GUESTS))
    (tmp_path / "migrations" / "0002_test.py").unlink()
    upgrade(f"sqlite:///{file}", Revisions(tmp_path / "migrations"))
    assert rows(file, "SELECT version_num FROM alembic_version") == [("0002",)]


def test_a_service_without_a_database_has_no_revisions(tmp_path: Path) -> None:
    assert not Revisions(tmp_path / "migrations")


def test_a_service_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        Revisions.of("nowhere.users")
