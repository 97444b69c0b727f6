"""Empty databases of both kinds."""

from pathlib import Path

import pytest

from tests.databases import KINDS, SQLITE
from tests.postgres import PostgresServer


@pytest.fixture(params=KINDS)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Its URL."""
    if request.param == SQLITE:
        return f"sqlite:///{tmp_path}/new/service.db"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_database()
