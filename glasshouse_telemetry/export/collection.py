"""Collecting a registry although collectors are other people's code, which may fail or never return."""

import copy
import logging
import math
import os
import queue
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from opentelemetry.instrumentation.utils import suppress_instrumentation
from prometheus_client import CollectorRegistry, Counter, Histogram, Metric, Summary
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from glasshouse_telemetry.export.otlp_metrics import SeriesKey, labels_of

_log = logging.getLogger("telemetry.export")
_PATIENCE: Final = 5.0  # seconds that one collector may take
_OURS: Final = "glasshouse_telemetry"
_CUMULATIVE: Final = frozenset({"counter", "histogram", "summary"})  # what a forked child inherits


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
            self._without_inherited(family) if _counts_by_itself(collector) else family
            for collector, families in self._ask(self._collectors(), patience)
            for family in families
        ]

    def remember_inherited(self, timeout: float) -> None:
        """What counted before this process was forked is its parent's to push: take it off from now on.

        A lock that another thread held at the fork stays locked here, so each reading may take `timeout`
        seconds. An infinite one has everything read by the thread that calls.
        """
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            return  # prometheus-client itself begins from 0 in each process
        self._forked_at = time.time()
        counting = [each for each in self._collectors() if _counts_by_itself(each)]
        inherited = dict(self._inherited)
        for _, families in self._ask(counting, timeout):
            for family in filter(_is_cumulative, families):
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
        """What each answers. The collectors that follow one that hangs are asked by another thread."""
        waiting = [each for each in collectors if not self._is_collecting(each)]
        while waiting:
            asking = _Asking(waiting)
            waiting = asking.begin(in_thread=patience < math.inf)
            while waiting:
                collector, *waiting = waiting
                try:
                    answer = asking.answers.get(timeout=min(patience, _PATIENCE))
                except queue.Empty:
                    asking.left_behind = True
                    self._collecting[collector] = asking
                    _log.warning("the collector %s has not returned: pushing without it", _name(collector))
                    break
                if isinstance(answer, BaseException):
                    self._note_failure(collector, answer)
                else:
                    self._failing.discard(collector)
                    yield collector, answer

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
        if not (self._inherited and _is_cumulative(family)):
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


class _Asking(threading.Thread):
    """Asks collectors one after the other, until it is left behind."""

    def __init__(self, collectors: Sequence[Collector]) -> None:
        super().__init__(name="telemetry-collect", daemon=True)
        self.answers: queue.SimpleQueue[list[Metric] | BaseException] = queue.SimpleQueue()
        self.left_behind = False
        self._collectors = list(collectors)

    def begin(self, *, in_thread: bool) -> list[Collector]:
        """Whom it asks."""
        if in_thread:
            try:
                self.start()
            except RuntimeError:  # Python 3.12 starts none at its end
                in_thread = False
                if threading.current_thread() is threading.main_thread():  # other people's might never return
                    self._collectors = [each for each in self._collectors if _is_known(each)]
        if not in_thread:
            self.run()
        return self._collectors

    def run(self) -> None:
        with suppress_instrumentation():
            for collector in self._collectors:
                if self.left_behind:
                    return
                try:
                    self.answers.put(list(collector.collect()))
                except BaseException as error:
                    self.answers.put(error)


def _is_cumulative(family: Metric) -> bool:
    return family.type in _CUMULATIVE


def _counts_by_itself(collector: Collector) -> bool:
    """Rather than tell what something else counts: the process, the garbage collector, a database."""
    return isinstance(collector, Counter | Histogram | Summary) or _package(collector) == _OURS


def _is_known(collector: Collector) -> bool:
    return _package(collector) in ("prometheus_client", _OURS)


def _package(collector: Collector) -> str:
    return type(collector).__module__.partition(".")[0]


def _name(collector: Collector) -> str:
    return f"{type(collector).__module__}.{type(collector).__qualname__}"
