"""The revisions of inventory and payments make the tables that their models describe."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine

from chassis.migrations import Revisions, upgrade
from chassis.migrations._revisions import tables_of


@pytest.mark.parametrize("service", ["apps.inventory", "apps.payments"])
def test_revisions_and_models_agree(tmp_path: Path, service: str) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    upgrade(url, Revisions.of(service))
    described = MetaData()
    for metadata in tables_of(service):
        for table in metadata.tables.values():
            table.to_metadata(described)
    engine = create_engine(url)
    with engine.connect() as connection:
        made = MigrationContext.configure(connection)
        assert compare_metadata(made, described) == []
    engine.dispose()
