"""Keys and passwords: made once, for nobody else's eyes."""

import stat
from pathlib import Path

import pytest

from stackctl.settings import credentials
from stackctl.settings.credentials import ADMIN_PASSWORD, JWT_SECRET


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    return tmp_path / "secrets"


def mode(path: Path) -> str:
    return stat.filemode(path.stat().st_mode)


def test_nothing_is_made_by_asking(folder: Path) -> None:
    assert credentials.read(JWT_SECRET) == ""
    assert not folder.exists()


def test_each_is_long_random_and_in_a_file_that_nobody_else_can_read(folder: Path) -> None:
    credentials.make_missing()

    made = {credentials.read(path.name) for path in folder.iterdir()}
    assert len(made) == len(list(folder.iterdir()))
    assert min(map(len, made)) >= 43
    assert {mode(path) for path in folder.iterdir()} == {"-rw-------"}
    assert mode(folder) == "drwx------"


def test_what_is_there_stays_and_what_is_missing_is_made(folder: Path) -> None:
    credentials.make_missing()
    key = credentials.read(JWT_SECRET)
    (folder / ADMIN_PASSWORD).unlink()

    credentials.make_missing()

    assert credentials.read(JWT_SECRET) == key
    assert credentials.read(ADMIN_PASSWORD)
