"""What a service's revisions make of a database, held against what its models say."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Inspector, MetaData, NullPool, create_engine, inspect

from chassis.migrations._revisions import tables_of
from stackctl.paths import ROOT

SERVICES = sorted(path.parent.name for path in ROOT.glob("apps/*/migrations"))


def differences(url: str, service: str) -> list[object]:
    described = MetaData()
    for metadata in tables_of(f"apps.{service}"):
        for table in metadata.tables.values():
            table.to_metadata(described)
    with create_engine(url, poolclass=NullPool).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return [*compare_metadata(context, described), *_differing_checks(described, inspect(connection))]


def _differing_checks(described: MetaData, made: Inspector) -> list[object]:
    """Alembic leaves these out."""
    expected = {
        (name, constraint.name)
        for name, table in described.tables.items()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    found = {(name, check["name"]) for name in described.tables for check in made.get_check_constraints(name)}
    return list(expected ^ found)
