"""Freshness is the time from a response until a query finds it."""

import json
from dataclasses import replace
from pathlib import Path
from threading import Event

from proof.ledger.rows import Row
from proof.traffic.clock import Clock
from proof.verify.freshness import FreshnessProbes, Measurement, measure, probes, read_freshness
from stackctl.query import Jaeger, Loki, Prometheus
from tests.unit.proof.builders import row
from tests.unit.stackctl.fake_backend import Params, fake_backend


def just_answered() -> Row:
    return replace(row("user_get"), done_at=Clock().now())


def test_a_request_that_is_found_is_measured_from_its_response() -> None:
    one = just_answered()
    answers = iter([False, True])
    measured = measure("logs", lambda row: next(answers), one)
    assert measured.trace_id == one.trace_id
    assert measured.seconds is not None and 0.1 <= measured.seconds < 5


def test_each_signal_measures_requests_that_were_just_answered(tmp_path: Path) -> None:
    asked, written = Event(), tmp_path / "freshness.jsonl"

    def found(one: Row) -> bool:
        asked.set()
        return True

    probing = FreshnessProbes({"logs": found}, written, longest_pause=0.01)
    probing.start()
    while not asked.is_set():
        probing.offer(row("user_get", 500))
        probing.offer(just_answered())
    probing.finish(timeout=5)
    assert json.loads(written.read_text().splitlines()[0])["signal"] == "logs"


def test_probes_that_wait_for_a_request_end_when_the_run_does(tmp_path: Path) -> None:
    probing = FreshnessProbes({"logs": lambda row: True}, tmp_path / "freshness.jsonl", longest_pause=0.0)
    probing.start()
    probing.finish(timeout=5)
    assert not (tmp_path / "freshness.jsonl").exists()


def test_measurements_are_summed_up_by_signal(tmp_path: Path) -> None:
    path = tmp_path / "freshness.jsonl"
    measured = [Measurement("logs", "a", seconds) for seconds in (0.1, 0.2, 0.3, None)]
    path.write_text("".join(json.dumps(vars(one)) + "\n" for one in measured))
    logs = read_freshness(path)["logs"]
    assert (logs.probes, logs.timed_out, logs.p50, logs.p95, logs.max) == (4, 1, 0.2, 0.3, 0.3)
    assert read_freshness(path)["traces"].probes == 0


def test_a_run_without_probes_has_no_freshness(tmp_path: Path) -> None:
    assert read_freshness(tmp_path / "none")["metrics"].p50 is None


def test_a_metric_is_fresh_when_it_was_scraped_after_the_response() -> None:
    one = just_answered()
    scrapes = iter([one.done_at - 1, one.done_at + 1])

    def answer(path: str, params: Params) -> object:
        result = [{"metric": {}, "value": [0, str(next(scrapes))]}]
        return {"data": {"resultType": "vector", "result": result}}

    with fake_backend(answer) as url:
        in_prometheus = probes(Jaeger(url), Loki(url), Prometheus(url))["metrics"]
        assert [in_prometheus(one), in_prometheus(one)] == [False, True]


def test_traces_are_not_probed_when_they_are_sampled() -> None:
    asks = probes(Jaeger("http://x"), Loki("http://x"), Prometheus("http://x"), all_traces_kept=False)
    assert set(asks) == {"logs", "metrics"}
