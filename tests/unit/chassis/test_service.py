"""What every service has from the start."""

import pytest
from apiflask import APIFlask

from chassis.database import has_committed
from chassis.errors import TransactionLost
from chassis.service import new_service


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> APIFlask:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    return new_service("probe", "1.0.0")


def test_a_part_of_a_path_may_be_any_text_but_nul(app: APIFlask) -> None:
    @app.get("/things/<name>")
    def thing(name: str) -> str:
        return name

    client = app.test_client()
    assert client.get("/things/%E2%98%83%20%27--").text == "☃ '--"
    assert client.get("/things/a%00b").status_code == 404


@pytest.mark.parametrize(("lost", "status", "begun"), [(0, 200, 1), (2, 200, 3), (3, 503, 3)])
def test_a_request_whose_transaction_is_lost_is_begun_again_a_few_times(
    app: APIFlask, lost: int, status: int, begun: int
) -> None:
    tries: list[None] = []

    @app.post("/things")
    def add() -> str:
        tries.append(None)
        if len(tries) <= lost:
            raise TransactionLost("lost")
        return "done"

    assert app.test_client().post("/things").status_code == status
    assert len(tries) == begun


def test_a_request_that_has_committed_something_is_not_begun_again(app: APIFlask) -> None:
    tries: list[None] = []

    @app.post("/things")
    def add() -> str:
        tries.append(None)
        has_committed.set(True)  # as Database does
        raise TransactionLost("lost")

    for _ in range(2):
        assert app.test_client().post("/things").status_code == 503
    assert len(tries) == 2


@pytest.mark.parametrize(("told", "version"), [("2", "2"), ("", "1.0.0")])
def test_who_deploys_names_the_version(monkeypatch: pytest.MonkeyPatch, told: str, version: str) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    monkeypatch.setenv("SERVICE_VERSION", told)
    app = new_service("probe", "1.0.0")

    exposition = app.test_client().get("/metrics").text
    assert f'service_version="{version}"' in exposition
