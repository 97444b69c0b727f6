"""Counters as they stood at each instance's first scrape after all was over, and their exemplars."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from proof.expectations import BUSINESS, EVENT_COUNTERS, RISING, Counted, Served, ends_among
from proof.verify.async_steps import allowed_calls_of_step, expected_calls_of_step
from proof.verify.counter_baselines import CounterBaseline, counter_baselines
from proof.verify.exemplars import BUCKETS, reconcile_exemplars, sample_trace_ids
from proof.verify.expected_calls import ExpectedCalls, expected_calls_of
from proof.verify.log_files import lines_of_services
from proof.verify.metrics import increases, reconcile_calls_served, reconcile_counts
from proof.verify.other_traffic import MARGIN_SECONDS, CountingPeriod, OtherTraffic, find_other_traffic
from proof.verify.restarts import Restarts, find_restarts
from proof.verify.retry_until_complete import Checks
from proof.verify.run_context import RunContext, scraped_until
from stackctl.query import Jaeger, Line, Prometheus, Series
from stackctl.shop_scenarios import GATEWAY, SERVICES, calls_of, saga_mode_of
from stackctl.shop_scenarios.other_orders import OtherOrders, other_orders

# Prometheus keeps exemplars in a ring and forgets them sooner than samples; those of an old run may be gone.
_EXEMPLARS_KEPT_SECONDS = 3600.0

# Who was not scraped for three times, while others were, is there no more.
_GONE_SECONDS = 15.0

# How often each is scraped (otel-collector/config.yaml).
_SCRAPE_SECONDS = 5.0

_JOBS = f'job=~"{"|".join(SERVICES)}"'


class CounterChecks:
    """Reconciles counters with what the run sent and with what the services' lines tell of others.

    Args:
        nudged: how often an order was announced again.
        tries: what tasks without effect may have called.
        our_traces: the ids of all traces of the run.
        all_kept: whether the run knows all of its traces.
        lines: the services' lines between two moments, in seconds since the epoch.
    """

    def __init__(
        self,
        context: RunContext,
        nudged: Mapping[str, int],
        tries: Sequence[ExpectedCalls],
        prometheus: Prometheus,
        our_traces: Collection[str] = (),
        all_kept: bool = True,
        lines: Callable[[float, float], Iterable[Line]] = lines_of_services,
    ) -> None:
        self._context = context
        self._tries = tries
        self._our_traces = {*our_traces, *(row.trace_id for row in context.rows)}
        self._all_kept = all_kept
        self._lines = lines
        self.others = OtherTraffic()
        self.other_orders = OtherOrders()
        self.restarts = Restarts()
        self._prometheus = prometheus
        self._mode = saga_mode_of(context.run)
        # Events of an order that was stuck may be told again; what they tell of happens once all the same.
        self._perhaps = context.outcomes.perhaps(nudged)
        self._perhaps_new = context.outcomes.perhaps({})

    def __call__(self) -> Checks:
        # Looked for anew: traces and lines may have been whole before the last process was scraped at all.
        self.restarts = find_restarts(self._prometheus, self._context.whole.start, self._context.whole.end)
        last_scrapes, fading = self._last_scrapes()
        rose = self._rises(last_scrapes)
        # Nothing is lost as long as an instance may be gone: its counts are taken when it surely is.
        lossy = self.restarts.services.difference(fading)
        self._find_others(last_scrapes)
        return (
            reconcile_calls_served(self._demands(), rose, lossy, self.others),
            reconcile_counts("metrics", "events published and handled", *self._events(rose), lossy),
            reconcile_counts("outcomes", "business counters", *self._gains(rose), lossy),
        )

    def _demands(self) -> Iterator[ExpectedCalls]:
        yield from (expected_calls_of(row, calls_of, self.restarts) for row in self._context.rows)
        yield from (expected_calls_of_step(one) for one in self._context.expected_steps)
        yield from (allowed_calls_of_step(one) for one in self._perhaps.expected_steps(self._mode))
        yield from self._tries

    def _events(self, rose: Counter[Counted]) -> tuple[Counter[Counted], Counter[Counted], Counter[Counted]]:
        """Demanded, allowed, found."""
        expected = self._context.outcomes.events(self._mode) + self.others.events
        allowed = self._perhaps.events(self._mode) + self.others.events_perhaps
        return (
            expected + self.other_orders.published(self._mode),
            allowed + self.other_orders.perhaps_published(self._mode),
            ends_among(rose, EVENT_COUNTERS),
        )

    def _gains(self, rose: Counter[Counted]) -> tuple[Counter[Counted], Counter[Counted], Counter[Counted]]:
        outcomes = self._context.outcomes
        allowed = self._perhaps_new.gains() + outcomes.uncertain_gains() + self.other_orders.perhaps_gains()
        return outcomes.gains() + self.other_orders.gains(), allowed, ends_among(rose, BUSINESS)

    def _find_others(self, last_scrapes: Mapping[tuple[str, str], float]) -> None:
        periods = self._periods(last_scrapes)
        if not periods:
            return
        start = min(period.start for period in periods.values())
        end = max(period.last_end for period in periods.values())
        self.others = find_other_traffic(
            self._lines(start - MARGIN_SECONDS, end + MARGIN_SECONDS),
            self._our_traces,
            self._context.outcomes.keys,
            periods,
            () if self._all_kept else self._calls_of_steps(),
            GATEWAY,
        )
        self.other_orders = other_orders(self.others.tasks, self._mode)

    def _calls_of_steps(self) -> frozenset[Served]:
        return frozenset(
            call.served.with_any_status()
            for one in (*self._context.expected_steps, *self._perhaps.expected_steps(self._mode))
            for call in one.step.calls
        )

    def _periods(self, last_scrapes: Mapping[tuple[str, str], float]) -> Mapping[str, CountingPeriod]:
        """For each service: a process that joined counts for the run only from then on."""
        begin = self._context.run.counted_from or self._context.run.started_at
        periods = {}
        for service in {service for _, service in last_scrapes}:
            ends = [end for (_, job), end in last_scrapes.items() if job == service]
            joined = [one.at for one in self._context.joined if (one.address, service) in last_scrapes]
            periods[service] = CountingPeriod(begin, max([begin, *joined]), min(ends), max(ends))
        return periods

    def _rises(self, last_scrapes: Mapping[tuple[str, str], float]) -> Counter[Counted]:
        until = {instance: end for (instance, _), end in last_scrapes.items()}
        series = self._samples(f'{{__name__=~"{"|".join(sorted(RISING))}",{_JOBS}}}')
        return increases(series, self._begun, until)

    def _begun(self, instance: str) -> Sequence[CounterBaseline]:
        return counter_baselines(instance, self._context.run.baseline, self._context.joined, self.restarts)

    def _last_scrapes(self) -> tuple[Mapping[tuple[str, str], float], Collection[str]]:
        """By instance and service; and the services that may have an instance that is gone.

        `up` has a sample for every scrape, even of an instance whose counters have not begun. Of one that is
        gone (a version that was rolled back) the last scrape before that tells all.
        """
        over = self._context.whole.end
        scrapes = {
            (series.labels["instance"], series.labels["job"]): [time for time, up in series.samples if up]
            for series in self._samples(f"up{{{_JOBS}}}")
        }
        now = max((times[-1] for times in scrapes.values() if times), default=0.0)
        ends, fading = {}, set()
        for (instance, job), times in scrapes.items():
            if not times or not self._took_part(instance, times[0]):
                continue
            end = min((time for time in times if time >= over), default=times[-1])
            if end >= over or now - end > _GONE_SECONDS:
                ends[instance, job] = end
            else:
                fading.add(job)
        return ends, fading

    def _took_part(self, instance: str, first_seen: float) -> bool:
        """An instance that came after all was over has counted nothing of the run."""
        over = self._context.whole.end
        joined = [one.at for one in self._context.joined if one.address == instance]
        there = min(joined, default=first_seen - _SCRAPE_SECONDS)
        return instance in self._context.run.baseline or there < over

    def _samples(self, selector: str) -> list[Series]:
        window = self._context.whole
        return self._prometheus.raw_samples(selector, window.start, scraped_until(window.end))


class ExemplarChecks:
    def __init__(self, context: RunContext, prometheus: Prometheus, jaeger: Jaeger) -> None:
        self._window = context.whole
        self._prometheus = prometheus
        self._jaeger = jaeger

    def __call__(self) -> Checks:
        exemplars = self._prometheus.exemplars(f"{BUCKETS}{{{_JOBS}}}", self._window.start, self._window.end)
        trace_ids = sample_trace_ids(exemplars)
        recent = time.time() - self._window.end < _EXEMPLARS_KEPT_SECONDS
        found = self._jaeger.traces(trace_ids)
        return (reconcile_exemplars(trace_ids, found, self._jaeger, some_expected=recent),)
