"""Other traffic: requests that services answered while a run lasted, and that the run did not send.

Somebody clicks through the shop, another run sends, Alertmanager delivers an alert: all of it is on the same
counters. The access lines tell it apart, by trace ids that the run does not know, and so counters are
reconciled exactly with both: what the run sent and what the lines say of others.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from glasshouse_telemetry import names
from proof.expectations import Counted, Served, handled
from proof.verify.logs import access_lines
from proof.verify.tasks import HANDLED, Task, tasks_in_lines
from stackctl.query import Line

# A line and its count are not written at the same moment, and clocks may differ a little.
MARGIN_SECONDS = 2.0

T = TypeVar("T", Served, Counted)


@dataclass(frozen=True)
class CountingPeriod:
    """For one service: when its instances' counters were read first and last, in seconds since the epoch.

    Between `all_from` and `first_end` each instance counts for the run; before `start` and after `last_end`
    none does.
    """

    start: float
    all_from: float
    first_end: float
    last_end: float

    def surely_has(self, at: float) -> bool:
        return self.all_from + MARGIN_SECONDS < at < self.first_end - MARGIN_SECONDS

    def may_have(self, at: float) -> bool:
        return self.start - MARGIN_SECONDS < at < self.last_end + MARGIN_SECONDS


@dataclass(frozen=True)
class OtherTraffic:
    """`calls` were surely counted; `perhaps` came so close to a reading that nobody can say."""

    calls: Counter[Served] = field(default_factory=Counter)
    perhaps: Counter[Served] = field(default_factory=Counter)
    events: Counter[Counted] = field(default_factory=Counter)
    events_perhaps: Counter[Counted] = field(default_factory=Counter)
    # Events that were handled for others, by the order or user that they are about; sure or not.
    tasks: Mapping[str, Sequence[tuple[Task, bool]]] = field(default_factory=dict)

    # All that was served between the first reading and the last one.
    served: Counter[Served] = field(default_factory=Counter)

    def requests(self, entry: str) -> Counter[Served]:
        """Those that clients sent, as the service sees them that they send to."""
        return Counter({call: amount for call, amount in self.served.items() if call.service == entry})


def find_other_traffic(
    lines: Iterable[Line],
    our_traces: Collection[str],
    our_keys: Collection[str],
    periods: Mapping[str, CountingPeriod],
    perhaps_ours: Collection[Served] = (),
    entry: str = "",
) -> OtherTraffic:
    """Pick what others have caused out of the lines of all services.

    Args:
        our_traces: the ids of all traces that the run knows, of its requests and of what followed them.
        our_keys: the orders and users of the run: whatever is handled for them is no other traffic.
        periods: when each service's counters were read.
        perhaps_ours: calls that the run may have caused in traces that it does not know, because only some
            are kept. They are of others only in a trace that began at the service `entry`.
    """
    listed = list(lines)
    tasks = list(tasks_in_lines(listed))
    ours = {*our_traces, *(task.trace_id for task in tasks if task.key in our_keys)}
    services: dict[str, set[str]] = {}
    for line in listed:
        services.setdefault(line.fields.get(names.TRACE_ID, ""), set()).add(line.service)
    sure, perhaps, within = Counter[Served](), Counter[Served](), Counter[Served]()
    for line in listed:
        trace_id = line.fields.get(names.TRACE_ID, "")
        period = periods.get(line.service)
        if period is None or trace_id in ours:
            continue
        for calls in access_lines([line]).values():
            is_clear = not any(call.with_any_status() in perhaps_ours for call in calls)
            if is_clear or entry in services[trace_id]:
                _sort(calls, line.time_ns / 1e9, period, sure, perhaps)
                if period.start <= line.time_ns / 1e9 <= period.last_end:
                    within.update(calls)
    events, events_perhaps = Counter[Counted](), Counter[Counted]()
    by_key: dict[str, list[tuple[Task, bool]]] = {}
    for task in tasks:
        period = periods.get(task.step.service)
        if period is None or task.key in our_keys or task.outcome != HANDLED or not period.may_have(task.at):
            continue
        one = Counter([handled(task.step.service, task.step.queue, task.step.event)])
        _sort(one, task.at, period, events, events_perhaps)
        by_key.setdefault(task.key, []).append((task, period.surely_has(task.at)))
    return OtherTraffic(sure, perhaps, events, events_perhaps, by_key, within)


def _sort(
    found: Counter[T], at: float, period: CountingPeriod, sure: Counter[T], perhaps: Counter[T]
) -> None:
    if period.surely_has(at):
        sure.update(found)
    elif period.may_have(at):
        perhaps.update(found)
