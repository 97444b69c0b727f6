"""What tests/config/test_migrations.py finds on SQLite holds on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, inspect
from sqlalchemy.exc import ProgrammingError

from chassis.migrations import Revisions, upgrade
from tests.postgres import PostgresServer
from tests.revisions import SERVICES, differences

REVISION = """
from alembic import op
revision = "{number:04}"
down_revision = {previous}
def upgrade() -> None:
    op.execute("{statement}")
"""


def revisions(folder: Path, *statements: str) -> Revisions:
    for number, statement in enumerate(statements, start=1):
        previous = f'"{number - 1:04}"' if number > 1 else None
        text = REVISION.format(number=number, previous=previous, statement=statement)
        (folder / f"{number:04}_test.py").write_text(text)
    return Revisions(folder)


def tables(url: str) -> set[str]:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return set(inspect(connection).get_table_names())


@pytest.mark.parametrize("service", SERVICES)
def test_revisions_make_what_the_models_describe(postgres_server: PostgresServer, service: str) -> None:
    url = postgres_server.new_database()
    upgrade(url, Revisions.of(f"apps.{service}"))
    assert differences(url, service) == []


def test_what_fails_in_the_middle_has_changed_nothing(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    url = postgres_server.new_database()
    with pytest.raises(ProgrammingError):
        upgrade(url, revisions(tmp_path, "CREATE TABLE visits (id int)", "INSERT INTO nowhere VALUES (1)"))
    assert tables(url) == set()


def test_many_can_upgrade_a_new_database_at_once(postgres_server: PostgresServer, tmp_path: Path) -> None:
    url = postgres_server.new_database()
    made = revisions(tmp_path, "CREATE TABLE visits (id int)", "SELECT pg_sleep(0.2)")
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: upgrade(url, made), range(6)))
    assert tables(url) == {"alembic_version", "visits"}
