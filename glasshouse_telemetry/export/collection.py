"""Collecting a registry although collectors are other people's code, which may fail or never return."""

import copy
import logging
import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Final

from opentelemetry.instrumentation.utils import suppress_instrumentation
from prometheus_client import CollectorRegistry, Counter, Histogram, Metric, Summary
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from glasshouse_telemetry.export.otlp_metrics import SeriesKey, labels_of

_log = logging.getLogger("telemetry.export")
_PATIENCE: Final = 5.0  # seconds that one collector may take
_COUNTING: Final = (Counter, Histogram, Summary)  # what counts up, and is inherited by a forked child


class Collection:
    """Asks each collector in a thread that can be left behind. Used by one thread at a time."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._collecting: dict[Collector, threading.Thread] = {}  # by those that have not returned in time
        self._failing: set[Collector] = set()
        self._inherited: dict[SeriesKey, float] = {}
        self._forked_at = 0.0
        self._told_of_files = False

    def collect(self, timeout: float) -> list[Metric]:
        """All metrics that can be had. One collector that hangs takes a quarter of the time at most."""
        patience = max(0.0, min(_PATIENCE, timeout / 4))
        return [
            self._without_inherited(family) if isinstance(collector, _COUNTING) else family
            for collector, families in self._ask(self._collectors(), patience)
            for family in families
        ]

    def remember_inherited(self, timeout: float) -> None:
        """What counted before this process was forked is its parent's to push: take it off from now on."""
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            return  # prometheus-client itself begins from 0 in each process
        self._forked_at = time.time()
        counting = [each for each in self._collectors() if isinstance(each, _COUNTING)]
        inherited = dict(self._inherited)
        for _, families in self._ask(counting, timeout):
            for family in families:
                for sample in family.samples:
                    inherited[sample.name, labels_of(sample)] = sample.value
        self._inherited = inherited

    def _collectors(self) -> list[Collector]:
        found: Mapping[Collector, Any] | None = getattr(self._registry, "_collector_to_names", None)
        if found is None or type(self._registry).collect is not CollectorRegistry.collect:
            return [self._registry]
        collectors = [each for each in found if not isinstance(each, MultiProcessCollector)]
        if len(collectors) < len(found) and not self._told_of_files:
            self._told_of_files = True
            _log.warning("a MultiProcessCollector sums up processes that push for themselves: left out")
        return [_TargetInfo(self._registry), *collectors]

    def _ask(
        self, collectors: Sequence[Collector], patience: float
    ) -> Iterable[tuple[Collector, list[Metric]]]:
        waiting = [each for each in collectors if not self._is_collecting(each)]
        while waiting:
            answers: SimpleQueue[tuple[Collector, list[Metric] | BaseException]] = SimpleQueue()
            left_behind = threading.Event()
            thread = threading.Thread(
                target=_collect, args=(waiting, answers, left_behind), name="telemetry-collect", daemon=True
            )
            try:
                thread.start()
            except (
                RuntimeError
            ):  # the interpreter is about to end: nobody else's code, which might not return
                known = [each for each in waiting if type(each).__module__.startswith("prometheus_client")]
                _collect(known, answers, left_behind)
                waiting = known
            while waiting:
                try:
                    collector, families = answers.get(timeout=patience)
                except Empty:
                    left_behind.set()
                    self._collecting[waiting[0]] = thread
                    _log.warning("the collector %s has not returned: pushing without it", _name(waiting[0]))
                    waiting = waiting[1:]
                    break
                waiting = waiting[1:]
                if isinstance(families, BaseException):
                    self._note_failure(collector, families)
                else:
                    self._failing.discard(collector)
                    yield collector, families

    def _is_collecting(self, collector: Collector) -> bool:
        thread = self._collecting.get(collector)
        if thread is not None and not thread.is_alive():
            del self._collecting[collector]
            return False
        return thread is not None

    def _note_failure(self, collector: Collector, error: BaseException) -> None:
        if collector not in self._failing:
            self._failing.add(collector)
            _log.warning("the collector %s fails: pushing without it", _name(collector), exc_info=error)

    def _without_inherited(self, family: Metric) -> Metric:
        if not self._inherited:
            return family
        own = copy.copy(family)
        own.samples = [self._own(sample) for sample in family.samples]
        return own

    def _own(self, sample: Sample) -> Sample:
        if sample.name.endswith("_created"):
            return sample._replace(value=max(sample.value, self._forked_at))
        before = self._inherited.get((sample.name, labels_of(sample)), 0.0)
        exemplar = sample.exemplar
        if exemplar is not None and float(exemplar.timestamp or 0) < self._forked_at:
            exemplar = None
        # A value below the inherited one was reset since.
        value = sample.value - before if sample.value >= before else sample.value
        return sample._replace(value=value, exemplar=exemplar)


class _TargetInfo(Collector):
    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterable[Metric]:
        family = Metric("target", "Target metadata", "info")
        if labels := self._registry.get_target_info():
            family.add_sample("target_info", labels, 1)
        return [family]


def _collect(
    collectors: Sequence[Collector],
    answers: "SimpleQueue[tuple[Collector, list[Metric] | BaseException]]",
    left_behind: threading.Event,
) -> None:
    with suppress_instrumentation():
        for collector in collectors:
            if left_behind.is_set():
                return
            try:
                families = list(collector.collect())
            except BaseException as error:
                answers.put((collector, error))
            else:
                answers.put((collector, families))


def _name(collector: Collector) -> str:
    return f"{type(collector).__module__}.{type(collector).__qualname__}"
