"""The revisions of one service, as files: 0001_users.py, 0002_…, in a row without branches."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection, MetaData

# The version before the first revision.
NONE = "0000"


@dataclass(frozen=True)
class Revisions:
    folder: Path

    @classmethod
    def of(cls, service: str) -> "Revisions":
        """Those of a package like `apps.users`. It is not imported: that would take longer than the rest."""
        package, *rest = service.split(".")
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError(f"there is no package named {package!r}", name=package)
        return cls(Path(spec.submodule_search_locations[0], *rest, "migrations"))

    def __bool__(self) -> bool:
        return bool(self._files())

    @property
    def latest(self) -> str:
        return max((path.name.partition("_")[0] for path in self._files()), default=NONE)

    def config(self, connection: "Connection", tables: "Sequence[MetaData]" = ()) -> "Config":
        """What Alembic's commands want; chassis/migrations/env.py uses `connection` and `tables`."""
        from alembic.config import Config  # loads for half a second, and mostly there is nothing to do

        config = Config(attributes={"connection": connection, "tables": list(tables)})
        for name, value in {
            "script_location": Path(__file__).parent,
            "version_locations": self.folder,
            "path_separator": "newline",
            "file_template": "%%(rev)s_%%(slug)s",
        }.items():
            config.set_main_option(name, str(value))
        return config

    def _files(self) -> list[Path]:
        return list(self.folder.glob("[0-9]*_*.py"))


def tables_of(service: str) -> "Sequence[MetaData]":
    """What the service's models say: TABLES in its package `migrations`."""
    tables: Sequence[MetaData] = import_module(f"{service}.migrations").TABLES
    return tables
