"""`./stack verify --steps`: whoever watches a verification reads it line by line."""

import json
import time
from collections.abc import Callable
from threading import Event

import pytest
from rich.console import Console

from proof.ledger.runs import Run
from proof.verify import run as verify_run
from proof.verify.findings import Check
from proof.verify.report import Report, Requests
from proof.verify.retry_until_complete import Checks, retry_until_complete, told

CHECKS = [(Check("logs", "lines", 5, 5 - missing, missing, 0),) for missing in (2, 0)]


def test_every_attempt_is_a_line_and_the_report_the_last(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run("run-a", 1, 50, 60, "mixed", 3, 100.0, 101.0)

    def verify(
        run_id: str | None, timeout: float, on_state: object, on_checks: Callable[[Checks], None]
    ) -> Report:
        answers = iter(CHECKS)
        checks = retry_until_complete(
            told(lambda: next(answers), on_checks), time.monotonic() + 5, lambda state: None, Event(), 0.001
        )
        return Report(run, Requests(5, 5, 0, 0), checks, {})

    monkeypatch.setattr(verify_run, "load_run", lambda run_id: run)
    monkeypatch.setattr(verify_run, "verify_run", verify)
    monkeypatch.setattr(verify_run, "announce", lambda report: None)
    assert verify_run.run_verify(Console(), steps=True)

    first, second, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert [check["found"] for check in (*first["checks"], *second["checks"])] == [3, 5]
    assert last["report"]["ok"] and last["report"]["checks"][0]["found"] == 5
