"""All missing revisions in one transaction: a database is at one version or at another, never in between."""

from chassis.migrations._revisions import Revisions
from chassis.migrations._tables import changing_tables, connect, version


def upgrade(url: str, revisions: Revisions) -> None:
    """Apply what is missing. Of several processes that do so at once, one does and the others wait for it."""
    engine = connect(url)
    with engine.connect() as connection:
        if version(connection) >= revisions.latest:
            return
    with changing_tables(engine) as connection:
        if version(connection) < revisions.latest:  # or another process was faster
            from alembic import command  # loads for half a second, and mostly there is nothing to do

            command.upgrade(revisions.config(connection), "head")
