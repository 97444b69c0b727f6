"""Where the services' databases and the broker are, by what was chosen."""

from pathlib import Path

import pytest

from stackctl.errors import StackError
from stackctl.run import brokers, databases, external_services
from stackctl.run.components import Tier
from stackctl.settings import credentials
from stackctl.settings.saved_options import SavedOptions

OWN = SavedOptions(parts={"postgres": "", "rabbitmq": ""})
ELSEWHERE = SavedOptions(
    parts={
        "postgres": "postgresql://shop:p%40ss@db.example:6432/postgres?sslmode=require",
        "rabbitmq": "amqps://shop:secret@mq.example/%2F",
    }
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    credentials.make_missing(*external_services.credential_names(OWN))
    return tmp_path


def test_embedded_parts_are_files_of_this_stack(state: Path) -> None:
    assert databases.url_of("users", SavedOptions()) == f"sqlite:///{state}/data/users/users.db"
    assert brokers.url(SavedOptions()) == f"sqlite:///{state}/data/broker/broker.db"
    assert external_services.components(SavedOptions()) == []


def test_on_our_own_server_each_service_has_a_database_a_user_and_a_password() -> None:
    urls = [databases.url_of(service, OWN) for service in databases.SERVICES]
    passwords = {url.split(":")[2].split("@")[0] for url in urls}

    assert urls[0].startswith("postgresql+psycopg://glasshouse_users:")
    assert urls[0].endswith("@127.0.0.1:5432/glasshouse_users")
    assert len(passwords) == len(databases.SERVICES)
    assert min(map(len, passwords)) >= 43


def test_on_another_server_only_the_database_is_ours() -> None:
    assert databases.url_of("users", ELSEWHERE) == (
        "postgresql+psycopg://shop:p%40ss@db.example:6432/glasshouse_users?sslmode=require"
    )
    assert brokers.url(ELSEWHERE) == "amqps://shop:secret@mq.example/%2F"


def test_what_runs_elsewhere_is_no_component_and_needs_no_program_and_no_password() -> None:
    assert external_services.components(ELSEWHERE) == []
    assert external_services.credential_names(ELSEWHERE) == ()
    external_services.require_installed(ELSEWHERE)


def test_our_own_are_stopped_after_all_that_use_them() -> None:
    assert {each.name: each.tier for each in external_services.components(OWN)} == {
        "postgres": Tier.BACKEND,
        "rabbitmq": Tier.BACKEND,
    }


def test_the_brokers_password_is_in_its_url_and_in_nobodys_command_line() -> None:
    password = credentials.read(brokers.PASSWORD)

    assert f"://glasshouse:{password}@127.0.0.1:5672/" in brokers.url(OWN)
    assert all(password not in " ".join(each.argv) for each in external_services.components(OWN))


def test_what_is_not_installed_is_named_with_its_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    for part, (package, _) in list(external_services.PACKAGES.items()):
        monkeypatch.setitem(external_services.PACKAGES, part, (package, lambda: None))

    with pytest.raises(StackError, match="not installed: postgresql, rabbitmq-server") as refusal:
        external_services.require_installed(OWN)

    assert refusal.value.hint is not None
    assert refusal.value.hint.startswith("apt-get install postgresql rabbitmq-server\n")
