"""Alertmanager's login: one password, and files that say the same of it."""

import base64
import stat
from pathlib import Path

import bcrypt
import pytest
import yaml

from stackctl.settings import alertmanager_login, credentials
from stackctl.settings.alertmanager_login import AUTHORIZATION, PASSWORD, USER, WEB_CONFIG


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    return tmp_path / "secrets"


def assert_all_say_the_same() -> None:
    password = credentials.read(PASSWORD)
    assert len(password) >= 43
    assert base64.b64decode(credentials.read(AUTHORIZATION)).decode() == f"{USER}:{password}"
    assert alertmanager_login.header() == f"Basic {credentials.read(AUTHORIZATION)}"
    users = yaml.safe_load(credentials.read(WEB_CONFIG))["basic_auth_users"]
    assert bcrypt.checkpw(password.encode(), users[USER].encode())


def test_all_are_made_for_nobody_elses_eyes_also_in_a_folder_of_before(folder: Path) -> None:
    credentials.make_missing()
    assert alertmanager_login.header() == ""
    alertmanager_login.make_missing()
    assert_all_say_the_same()
    assert {stat.filemode(path.stat().st_mode) for path in folder.iterdir()} == {"-rw-------"}
    assert credentials.read(PASSWORD) not in credentials.read(WEB_CONFIG)


def test_what_is_there_stays_to_the_byte(folder: Path) -> None:
    alertmanager_login.make_missing()
    before = {path.name: path.read_text() for path in folder.iterdir()}
    alertmanager_login.make_missing()
    assert {path.name: path.read_text() for path in folder.iterdir()} == before


@pytest.mark.parametrize("gone", [PASSWORD, AUTHORIZATION, WEB_CONFIG])
def test_whatever_is_taken_away_is_made_again(folder: Path, gone: str) -> None:
    alertmanager_login.make_missing()
    (folder / gone).unlink()
    alertmanager_login.make_missing()
    assert_all_say_the_same()


def test_a_password_that_somebody_has_chosen_counts(folder: Path) -> None:
    alertmanager_login.make_missing()
    chosen = "correct horse battery staple of forty-three letters"
    (folder / PASSWORD).write_text(chosen)
    alertmanager_login.make_missing()
    assert credentials.read(PASSWORD) == chosen
    assert_all_say_the_same()
