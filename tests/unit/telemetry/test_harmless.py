"""Observing may fail; what is observed may not."""

from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import create_engine, text

import glasshouse_telemetry as telemetry
from glasshouse_telemetry import _safe_call as _harmless
from glasshouse_telemetry._safe_call import safe_call
from glasshouse_telemetry.libraries import http_call as _http_call
from glasshouse_telemetry.libraries import requests as _requests
from glasshouse_telemetry.libraries import sqlalchemy as _sqlalchemy
from tests.unit.telemetry.test_observed_requests import session


def broken(*_: object) -> Any:
    raise RuntimeError("a mistake of ours")


def test_a_failure_is_none_and_is_reported_no_more_than_once_a_minute(
    monkeypatch: pytest.MonkeyPatch, lines: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(_harmless, "_quiet_until", 0.0)

    assert safe_call(broken) is None
    assert safe_call(broken) is None
    assert [line["exception.message"] for line in lines] == ["a mistake of ours"]


def test_what_works_is_handed_through() -> None:
    assert safe_call(divmod, 7, 2) == (3, 1)


def test_a_call_is_made_though_it_cannot_be_observed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http_call, "current_operations", broken)
    _requests.observe()

    assert session()[0].get("http://users:5001/").status_code == 200

    _requests.stop_observing()
    assert requests.Session.send.__module__ == "requests.sessions"


def test_a_statement_is_run_though_it_cannot_be_observed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/users.db")
    telemetry.instrument_sqlalchemy(engine)
    monkeypatch.setattr(_sqlalchemy, "describe", broken)

    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()
