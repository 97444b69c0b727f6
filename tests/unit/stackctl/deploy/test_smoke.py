"""A new instance is asked by us before anybody else asks it."""

from pathlib import Path

import pytest
from flask import Response

from stackctl.deploy.smoke import PATHS, ROUNDS, smoke_test
from stackctl.errors import StackError
from stackctl.settings import credentials
from stackctl.settings.discovery import BEHIND_GATEWAY
from tests.unit.chassis.fake_servers import fake_server


def test_every_service_that_can_be_deployed_can_be_tested() -> None:
    assert set(PATHS) == set(BEHIND_GATEWAY)


def test_all_its_paths_are_asked_for() -> None:
    with fake_server() as server:
        smoke = smoke_test("users", server.url.removeprefix("http://"))

    assert (smoke.requests, smoke.failures) == (2 * ROUNDS, ())
    assert {seen.target for seen in server.seen} == set(PATHS["users"])
    smoke.require_at_most(0)


def test_it_shows_the_token_that_services_demand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    credentials.make_missing()
    with fake_server() as server:
        smoke_test("users", server.url.removeprefix("http://"))

    token = credentials.read(credentials.SERVICE_TOKEN)
    assert {seen.header("X-Service-Token") for seen in server.seen} == {token}


def test_one_failure_is_too_many_for_a_switch_and_few_enough_for_a_canary() -> None:
    with fake_server() as server:
        answers = iter([Response(status=500), *(Response(status=200) for _ in range(1000))])
        server.answer = lambda: next(answers)
        smoke = smoke_test("users", server.url.removeprefix("http://"))

    assert len(smoke.failures) == 1
    smoke.require_at_most(0.5)
    with pytest.raises(StackError, match="1 of 80 requests") as raised:
        smoke.require_at_most(0)
    assert raised.value.hint and "answered 500" in raised.value.hint
