"""A good version is promoted, a bad one rolled back, and a switch costs no request: on the real stack."""

import json
import os
import re
import signal
import time
from collections.abc import Iterator, Mapping

import pytest
from rich.console import Console

from proof.ledger.rows import Row, read_ledger
from proof.ledger.runs import Run, load_run
from stackctl import ports
from stackctl.deploy import commands, queries
from stackctl.deploy.analysis import Limits
from stackctl.errors import StackError
from stackctl.paths import faults_file
from stackctl.query import Jaeger, Prometheus
from stackctl.run.readiness import answers
from stackctl.settings import saved_options
from stackctl.settings.rollouts import Release, Rollout
from stackctl.system.polling import poll_until
from tests.e2e.reports import defects, verified
from tests.e2e.running import pids
from tests.e2e.sending import begin_traffic

# Enough for what is looked for here, and soon there.
LIMITS = Limits(shares=(25, 50), least_seconds=10, least_requests=150)
RATE = 60
# Requests per second during a switch: where a machine refuses some of so many anyway, fewer show the same.
RATES = (100, 50, 25)
NEW_PORT = 5902


@pytest.fixture
def said() -> Console:
    return Console(force_terminal=False, record=True, width=200)


@pytest.fixture(autouse=True)
def no_faults() -> Iterator[None]:
    yield
    faults_file().unlink(missing_ok=True)


def only_in(version: str, fault: str, value: Mapping[str, float]) -> None:
    flag = {"state": "on", "value": value, "when": {"service.version": version}}
    faults_file().write_text(json.dumps({fault: flag}))


def canary(said: Console, version: str) -> bool:
    return commands.canary(said, "products", Release(version), LIMITS, RATE, "browse")


def trace_in(text: str) -> str:
    found = re.search(r"\./stack trace ([0-9a-f]{32})", text)
    assert found, text
    return found[1]


def client_spans_to_the_new_version(trace_id: str) -> int:
    spans = Jaeger().trace(trace_id)
    return sum(span.kind == "client" and span.attributes.get("server.port") == NEW_PORT for span in spans)


def ports_that_answered(rows: list[Row]) -> set[int]:
    """Of the instances of products that the gateway asked."""
    traces = Jaeger().traces(row.trace_id for row in rows if row.kind == "product_list")
    return {
        int(span.attributes["server.port"])
        for spans in traces.values()
        for span in spans
        if span.service == "gateway" and span.attributes.get("service.peer.name") == "products"
    }


def test_a_version_with_five_percent_of_errors_is_rolled_back(stack: None, said: Console) -> None:
    only_in("bad", "products-error-burst", {"ratio": 0.08})
    before, began = saved_options.load().rollout("products"), time.time()

    assert not canary(said, "bad")

    text = said.export_text()
    assert "products vbad rolled back: it is worse" in text
    assert client_spans_to_the_new_version(trace_in(text)) > 0
    assert saved_options.load().rollout("products") == before
    assert "products-vbad" not in pids()
    window = f"{round(time.time() - began)}s"
    served = {
        one.labels["outcome"]: one.samples[-1][1]
        for one in Prometheus().instant(queries.served("products", "vbad", window))
    }
    assert served["5xx"] > 0
    score = Prometheus().value(queries.error_score("products", "vbad", before.stable.name, window))
    assert score is not None and score > 3.1


def test_a_version_that_is_100_milliseconds_slower_is_rolled_back(stack: None, said: Console) -> None:
    only_in("slow", "products-slow", {"seconds": 0.1})

    assert not canary(said, "slow")

    text = said.export_text()
    assert "products vslow rolled back: it is worse" in text
    assert "on average" in text or "took more than" in text
    assert client_spans_to_the_new_version(trace_in(text)) > 0


def test_a_good_version_is_promoted_and_every_request_is_seen(stack: None, said: Console) -> None:
    assert canary(said, "2")

    text = said.export_text()
    assert "products v2 promoted" in text
    assert "Prometheus has not seen its last counts" not in text
    assert saved_options.load().rollout("products") == Rollout(Release("2"))
    assert "products-v2" not in pids()
    assert answers(ports.url(ports.SERVICES["products"], "/readyz"))
    assert not answers(ports.url(NEW_PORT, "/readyz"))
    report = verified(load_run())
    assert defects(report) == []
    assert report.ok
    assert (report.lost, report.requests.unanswered) == (0, 0)


def test_a_switch_to_and_fro_at_100_requests_per_second_costs_none(stack: None, said: Console) -> None:
    for rate in RATES:
        old, new = saved_options.load().rollout("products").stable, Release(f"3.{rate}")
        began = time.time()
        run = switched_to_and_fro(said, new, rate)
        rows = read_ledger(run.ledger)
        assert {failures(version, began) for version in (old, new)} == {0}
        assert ports_that_answered(rows) == {5002, NEW_PORT}
        if all(row.as_expected for row in rows):
            report = verified(run)
            assert defects(report) == []
            assert report.ok
            return
    # None of them has reached an instance: the gateway lets no more wait for one than it can answer.
    refuse_or_skip(f"this machine is too busy for {RATES[-1]} requests per second")


def failures(release: Release, since: float) -> float:
    """Requests that were sent to this version and came to nothing."""
    window = f"{round(time.time() - since)}s"
    return Prometheus().value(queries.errors("products", release.name, window)) or 0.0


def refuse_or_skip(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def switched_to_and_fro(said: Console, release: Release, rate: int) -> Run:
    """Orders are placed, too: they make calls from service to service."""
    sending = begin_traffic(rate, seconds=180)
    commands.bluegreen(said, "products", release)
    with pytest.raises(StackError, match="beside v"):
        commands.bluegreen(said, "products", Release("4"))
    commands.roll_back(said, "products")
    commands.bluegreen(said, "products", release)
    commands.finish(said, "products")
    sending.process.send_signal(signal.SIGINT)
    sending.wait()
    assert saved_options.load().rollout("products").stable == release
    return load_run(sending.run.run_id)


def test_the_registered_version_is_what_prometheus_tells_of_the_target(stack: None) -> None:
    version = saved_options.load().rollout("products").stable.version
    query = f'target_info{{job="products",service_version="{version}"}}'
    poll_until(lambda: bool(Prometheus().instant(query)), f"{query} in Prometheus", 30)
