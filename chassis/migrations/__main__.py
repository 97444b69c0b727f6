"""The command line: bring a service's database up to date, or write the next revision."""

import argparse
import logging
import sys
import tempfile
from importlib import import_module

from chassis.environment import InvalidSetting
from chassis.migrations._revisions import Revisions, tables_of
from chassis.migrations._tables import changing_tables, connect
from chassis.migrations._upgrade import upgrade


def main() -> None:
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    logging.getLogger("chassis").setLevel(logging.INFO)
    parser = argparse.ArgumentParser("python -m chassis.migrations", description=__doc__)
    parser.add_argument("service", help="its package, such as apps.users")
    commands = parser.add_subparsers(dest="command", help="upgrade when nothing is said")
    commands.add_parser("upgrade", help="apply what is missing in the database of the service's settings")
    commands.add_parser("revision", help="write the next one").add_argument("message")
    chosen = parser.parse_args()
    if chosen.command == "revision":
        write_revision(chosen.service, chosen.message)
    elif revisions := Revisions.of(chosen.service):
        try:
            upgrade(_database_url(chosen.service), revisions)
        except InvalidSetting as error:
            sys.exit(f"{chosen.service}: {error}")


def write_revision(service: str, message: str) -> None:
    """What the models have and the revisions do not, found on a database that is made for it."""
    from alembic import command

    revisions = Revisions.of(service)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/scratch.db"
        upgrade(url, revisions)
        with changing_tables(connect(url)) as connection:
            command.revision(
                revisions.config(connection, tables_of(service)),
                message,
                autogenerate=True,
                rev_id=f"{int(revisions.latest) + 1:04}",
            )


def _database_url(service: str) -> str:
    return str(import_module(f"{service}.settings").Settings.from_env().database_url)


if __name__ == "__main__":
    main()
