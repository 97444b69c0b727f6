"""The outcome of `verify` and its JSON form.

The JSON object has:
- `ok`: nothing is missing and nothing is duplicated
- `run`: {run_id, seed, rate, duration, profile, started_at, ended_at, interrupted}, times in epoch seconds
- `app`: the service name of your own app; empty when it is the shop that was verified
- `not_checked`: [{signal, name, reason}]: what cannot be known of this app; it says nothing about `ok`
- `requests`: {sent, answered, unanswered, unexpected}
- `checks`: [{signal, name, expected, found, missing, duplicated, lost, ok, findings}]; `lost` is what is not
  there because its process ended before it had handed it over: it is expected, but not missing
- in each check `findings`: [{defect, subject, detail, query}], at most 100
- `all_traces_kept`: false when a sampler drops some; a trace that is wholly absent is then not missing
- `restarted`: services of which a process ended meanwhile and another took its place
- `other_traffic`: requests that the run did not send and that are on the same counters:
  {requests, calls: [{operation, status, count}]}
- `other_runs`: ids of runs that sent requests at the same time; theirs are part of the other traffic
- `freshness`: {traces, logs, metrics}, each {probes, timed_out, p50, p95, max} in seconds
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from proof.expectations import Served
from proof.ledger.rows import Row
from proof.ledger.runs import Run
from proof.verify.findings import Check, NotChecked
from proof.verify.freshness import Freshness

_MOST_FINDINGS = 100


@dataclass(frozen=True)
class Requests:
    """The ledger's rows by outcome. What got no answer is told apart: the backends owe nothing for it."""

    sent: int
    answered: int
    unanswered: int
    unexpected: int


def requests_in(rows: Sequence[Row]) -> Requests:
    answered = [row for row in rows if row.answered]
    return Requests(
        sent=len(rows),
        answered=len(answered),
        unanswered=len(rows) - len(answered),
        unexpected=sum(not row.as_expected for row in answered),
    )


@dataclass(frozen=True)
class Report:
    run: Run
    requests: Requests
    checks: tuple[Check, ...]
    freshness: Mapping[str, Freshness]
    restarted: frozenset[str] = frozenset()
    all_traces_kept: bool = True
    # Requests that clients sent meanwhile, but not the run.
    other_traffic: Mapping[Served, int] = field(default_factory=dict)
    # Runs that sent requests at the same time.
    others: tuple[str, ...] = ()
    # The service name of an app that is not the shop.
    app: str = ""
    not_checked: tuple[NotChecked, ...] = ()

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)

    @property
    def lost(self) -> int:
        return sum(check.lost for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        header = ("run_id", "seed", "rate", "duration", "profile", "started_at", "ended_at", "interrupted")
        return {
            "ok": self.ok,
            "run": {name: getattr(self.run, name) for name in header},
            "app": self.app,
            "requests": asdict(self.requests),
            "not_checked": [asdict(one) for one in self.not_checked],
            "all_traces_kept": self.all_traces_kept,
            "restarted": sorted(self.restarted),
            "other_traffic": {
                "requests": sum(self.other_traffic.values()),
                "calls": [
                    {"operation": call.operation, "status": call.status, "count": count}
                    for call, count in sorted(self.other_traffic.items())
                ],
            },
            "other_runs": list(self.others),
            "checks": [check_as_json(check) for check in self.checks],
            "freshness": {signal: asdict(freshness) for signal, freshness in self.freshness.items()},
        }


def check_as_json(check: Check) -> dict[str, Any]:
    whole = asdict(check) | {"ok": check.ok}
    return whole | {"findings": [asdict(finding) for finding in check.findings[:_MOST_FINDINGS]]}
