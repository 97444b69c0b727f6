"""Pushing metrics: each process sends its prometheus-client registry by OTLP, under its own instance id.

Several workers behind one /metrics answer a scrape with the numbers of whichever worker was asked. When they
push, each is an instance with its own series, and their sum is exact: a worker that ends pushes once more.
"""

import _thread
import logging
import math
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.resources import Resource
from prometheus_client import CollectorRegistry

from glasshouse_telemetry._forks import weakly
from glasshouse_telemetry._resource import of_this_process
from glasshouse_telemetry.export.collection import Collection
from glasshouse_telemetry.export.delivery import Delivery
from glasshouse_telemetry.export.destinations import otlp_sender
from glasshouse_telemetry.export.exporters import exporters_named
from glasshouse_telemetry.export.otlp_metrics import Encoding, SeriesKey
from glasshouse_telemetry.export.outcome import Destination, Outcome, RequestSender
from glasshouse_telemetry.export.settings import QueueSettings, milliseconds

_log = logging.getLogger("telemetry.export")
_FORK_PATIENCE: Final = 0.5  # seconds for which a fork waits until what the child inherited is known
_LOOK_EVERY: Final = 0.01  # seconds, at what another thread or the end brings


@dataclass(frozen=True)
class PushSettings:
    """In seconds. `timeout` is for one push, collecting and all attempts to deliver it."""

    interval: float = 60.0
    timeout: float = 30.0

    @classmethod
    def from_env(cls) -> "PushSettings":
        return cls(
            milliseconds("OTEL_METRIC_EXPORT_INTERVAL", cls.interval),
            milliseconds("OTEL_METRIC_EXPORT_TIMEOUT", cls.timeout),
        )


@dataclass
class _Flush:
    """A push that somebody waits for."""

    deadline: float
    delivered: bool = False
    done: bool = False

    def wait(self) -> None:
        """By looking now and then: an event of a thread would not wake a greenlet."""
        while not self.done and (left := self.deadline - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_EVERY))


def start_metrics_push(
    registry: CollectorRegistry,
    resource: Resource,
    settings: PushSettings | None = None,
    *,
    begin: bool = True,
) -> "MetricsPush | None":
    """Push this registry if OTEL_METRICS_EXPORTER names `otlp`; otherwise it is only scraped.

    `begin`: start the thread now. A server that may fork its workers later calls `MetricsPush.begin()` with
    the first request instead: what forks should have no thread and no connection.
    """
    if "otlp" not in exporters_named("OTEL_METRICS_EXPORTER"):
        return None
    make_sender = otlp_sender("metrics")
    if make_sender is None:
        return None
    push = MetricsPush(registry, resource, make_sender, settings or PushSettings.from_env())
    if begin:
        push.begin()
    return push


class MetricsPush:
    """A thread that pushes every interval. No caller waits for a collector or a receiver without a limit.

    No lock is ever waited for: who wants something puts it into a queue. A forked child begins anew, at once.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        resource: Resource,
        make_sender: Callable[[], RequestSender],
        settings: PushSettings,
    ) -> None:
        self._resource = resource
        self._destination = Destination(
            make_sender=lambda: _OneRequest(make_sender()), size_of=len, name_of=lambda _: "", noun="metric"
        )
        self._settings = settings
        self._collection = Collection(registry)
        self._ended = False
        self._reset()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=weakly(self._begin_in_child))

    def begin(self) -> None:
        """Start the thread, if there is none yet. Cheap: may be called with every request."""
        if not self._runs:
            self._start(self._run)

    def force_flush(self, timeout: float = 5.0) -> bool:
        """Push now; False if that fails or takes longer than `timeout` seconds."""
        if self._ended:
            return False
        self.begin()
        return self._wait_for(_Flush(time.monotonic() + timeout))

    def shutdown(self, timeout: float = 5.0) -> None:
        """Push the last values, for at most `timeout` seconds, and stop."""
        if self._ended:
            return
        self._ended = True
        flush = _Flush(time.monotonic() + timeout)
        self._delivery.end(timeout)
        self.begin()
        if not self._runs:  # an interpreter that is about to end refused to start it
            flush.delivered = self._push_last(flush)
        else:
            self._wait_for(flush)
        if not flush.delivered:
            _log.warning("the last values of the metrics could not be pushed")

    def _reset(self) -> None:
        self._instance = of_this_process(self._resource)
        self._started = time.time_ns()
        self._known: frozenset[SeriesKey] = frozenset()
        self._starting = _thread.allocate_lock()  # only ever tried
        self._runs = False
        self._pushes_last = False
        give_up_after = min(self._settings.timeout, self._settings.interval)
        settings = QueueSettings(give_up_after=give_up_after)
        self._delivery = Delivery(self._destination, settings, self._pause)

    def _begin_in_child(self) -> None:
        if self._ended:
            return
        self._reset()
        if _thread.start_new_thread.__module__ != "_thread":  # greenlets, which must not be switched now
            self._collection.remember_inherited(math.inf)
            return
        ready = _Flush(time.monotonic() + _FORK_PATIENCE)
        self._start(lambda: self._run_in_child(ready))
        ready.wait()
        if not ready.done:
            self._ended = True  # it would count again what its parent counts
            _log.warning("no metrics are pushed by this process: what it inherited cannot be read")

    def _start(self, run: Callable[[], None]) -> None:
        if not self._starting.acquire(blocking=False):
            return
        # Made now, for gevent may have patched this process since the library was imported.
        self._flushes: queue.SimpleQueue[_Flush] = queue.SimpleQueue()
        try:
            _thread.start_new_thread(run, ())
        except RuntimeError:  # out of threads: the next request tries again
            self._starting.release()
        else:
            self._runs = True

    def _run_in_child(self, ready: _Flush) -> None:
        self._collection.remember_inherited(_FORK_PATIENCE / 2)
        ready.done = True
        if not self._ended:
            self._run()

    def _run(self) -> None:
        threading.current_thread().name = "telemetry-metrics"
        flushes, interval = self._flushes, self._settings.interval
        due = time.monotonic() + interval
        while flushes is self._flushes:  # a greenlet goes on in a forked child
            try:
                flush = flushes.get(timeout=max(0.0, due - time.monotonic()))
            except queue.Empty:
                self._push(time.monotonic() + min(interval, self._settings.timeout))
                due += interval * (1 + max(0.0, time.monotonic() - due) // interval)
                continue
            if self._ended:
                flush.delivered = self._push_last(flush)
                flush.done = True
                return
            flush.delivered = self._push(flush.deadline)
            flush.done = True

    def _wait_for(self, flush: _Flush) -> bool:
        self._flushes.put(flush)
        flush.wait()
        return flush.delivered

    def _push_last(self, flush: _Flush) -> bool:
        self._pushes_last = True
        delivered = self._push(flush.deadline)
        self._delivery.close()
        return delivered

    def _push(self, deadline: float) -> bool:
        try:
            with suppress_instrumentation():
                return self._push_until(deadline)
        except _Superseded:
            return False
        except Exception:
            _log.exception("metrics could not be pushed")
            return False

    def _push_until(self, deadline: float) -> bool:
        families = self._collection.collect(deadline - time.monotonic())
        encoding = Encoding(time.time_ns(), self._started, self._known)
        for request in encoding.requests(families, self._instance):
            if time.monotonic() >= deadline:
                return False
            if not self._delivery.deliver([request], settle=lambda outcome, requests: None).delivered:
                return False
        self._known = frozenset(encoding.cumulative)
        return True

    def _pause(self, seconds: float) -> None:
        """Before the next attempt. At the end newer values supersede those that were not delivered."""
        until = time.monotonic() + seconds
        while not self._ended and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_EVERY))
        if self._ended and not self._pushes_last:
            raise _Superseded


class _Superseded(Exception):
    pass


class _OneRequest:
    """Sends a batch of one."""

    def __init__(self, sender: RequestSender) -> None:
        self._sender = sender

    def send(self, batch: Sequence[bytes]) -> Outcome:
        return self._sender.send(batch[0])

    def close(self) -> None:
        self._sender.close()
