"""Holds what a drill needs as long as its owner lives.

`python -m stackctl.drills.holder_process NAME --owner PID`
"""

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import requests
from sqlalchemy import create_engine, text

from stackctl import ports
from stackctl.drills import disk_filler
from stackctl.drills.catalogue import find
from stackctl.drills.holder_spec import LONGEST_SECONDS, HeldLock, HeldSpace, StaleSamples
from stackctl.run import databases
from stackctl.settings import saved_options
from stackctl.system.interrupts import raise_when_terminated

ShouldContinue = Callable[[], bool]

_SAMPLES_EVERY_SECONDS = 1.0
_SAMPLES = 20


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m stackctl.drills.holder_process", description=__doc__)
    parser.add_argument("drill")
    parser.add_argument("--owner", type=int)
    options = parser.parse_args()
    raise_when_terminated()
    hold(find(options.drill).injection, _until(options.owner))


def hold(injection: object, should_continue: ShouldContinue) -> None:
    match injection:
        case HeldLock():
            _hold_lock(injection, should_continue)
        case HeldSpace():
            disk_filler.fill(injection.full_in_s, injection.most, should_continue)
        case StaleSamples():
            _send_stale_samples(injection, should_continue)
        case _:
            sys.exit("This drill holds nothing.")


def _until(owner: int | None) -> ShouldContinue:
    end = time.monotonic() + LONGEST_SECONDS
    process = psutil.Process(owner) if owner is not None else None
    return lambda: time.monotonic() < end and (process is None or process.is_running())


def _hold_lock(lock: HeldLock, should_continue: ShouldContinue) -> None:
    """On SQLite the write lock of the file, on PostgreSQL that of the table: readers go on, writers wait."""
    engine = create_engine(databases.url_of(lock.service, saved_options.load()), connect_args=_patient(lock))
    on_sqlite = engine.dialect.name == "sqlite"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while should_continue():
            connection.execute(text("BEGIN IMMEDIATE" if on_sqlite else "BEGIN"))
            if not on_sqlite:
                connection.execute(text(f"LOCK TABLE {lock.table} IN EXCLUSIVE MODE"))
            time.sleep(lock.hold_s)
            connection.execute(text("ROLLBACK"))
            time.sleep(lock.pause_s)


def _patient(lock: HeldLock) -> dict[str, Any]:
    return (
        {"timeout": 30} if databases.url_of(lock.service, saved_options.load()).startswith("sqlite") else {}
    )


def _send_stale_samples(stale: StaleSamples, should_continue: ShouldContinue) -> None:
    with requests.Session() as session:
        session.trust_env = False
        while should_continue():
            session.post(ports.url(ports.OTLP_HTTP, "/v1/metrics"), json=_stale(stale), timeout=10)
            time.sleep(_SAMPLES_EVERY_SECONDS)


def _stale(stale: StaleSamples) -> dict[str, Any]:
    """Gauges as OTLP has them in JSON."""
    then = datetime.now(UTC) - timedelta(hours=stale.hours)
    at = str(int(then.timestamp() * 1e9))
    points = [
        {
            "asInt": "1",
            "timeUnixNano": at,
            "attributes": [{"key": "n", "value": {"stringValue": str(number)}}],
        }
        for number in range(_SAMPLES)
    ]
    metric = {"name": "shop.clock.drill", "gauge": {"dataPoints": points}}
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "wrong-clock"}}]}
    return {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}]}


if __name__ == "__main__":
    main()
