"""The tracer provider: set up once per process, for everybody who asks OpenTelemetry for a tracer."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from logging import getLogger
from threading import RLock
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Sampler

from glasshouse_telemetry import names
from glasshouse_telemetry._exit import at_exit
from glasshouse_telemetry._resource import describe_service, name_of
from glasshouse_telemetry.export.destinations import destinations_wanted
from glasshouse_telemetry.export.outcome import Destination
from glasshouse_telemetry.export.queue import SpanQueue
from glasshouse_telemetry.export.settings import QueueSettings
from glasshouse_telemetry.logs.output import output
from glasshouse_telemetry.metrics.instruments import instruments

_log = getLogger("telemetry")
# OpenTelemetry's configuration specification; the SDK knows these.
_STANDARD_SAMPLERS: Final = frozenset(
    prefix + name for prefix in ("", "parentbased_") for name in ("always_on", "always_off", "traceidratio")
)


@dataclass(frozen=True)
class Telemetry:
    """What was set up: a tracer for spans of one's own, and the way to an orderly end."""

    service_name: str
    tracer: trace.Tracer

    def force_flush(self, timeout: float = 5.0) -> bool:
        """Wait up to `timeout` seconds until lines are written and spans delivered; False if some are not."""
        from glasshouse_telemetry.export import pushes

        spans = [queue.force_flush(int(timeout * 1000)) for queue in _queues]
        return all([output.flush(timeout), *spans, pushes.flush(timeout)])

    def shutdown(self, timeout: float = 5.0) -> None:
        """Deliver what is queued, within `timeout` seconds, and stop. Happens by itself at exit."""
        output.flush(timeout)
        for queue in _queues:
            queue.shutdown(timeout)


def start_tracing(
    *,
    service_name: str | None = None,
    service_version: str | None = None,
    peers: Mapping[str, str] | None = None,
    id_generator: IdGenerator | None = None,
) -> Telemetry:
    """Spans alone, for a program that is no Flask app; its calls and statements are observed.

    `peers`: base URLs of services and their names.
    `id_generator`: chooses trace and span ids (default: random).
    The first call in a process makes the provider, later ones use it as it is.
    """
    from glasshouse_telemetry.export.pushes import start_metrics
    from glasshouse_telemetry.libraries import observe_libraries

    resource = describe_service(service_name, service_version)
    tracer = tracer_of(provider_for(resource, id_generator))
    observe_libraries(peers)
    start_metrics(instruments().registry, resource)
    return Telemetry(name_of(resource), tracer)


def provider_for(
    resource: Resource,
    id_generator: IdGenerator | None = None,
    destinations: Sequence[Destination] | None = None,
) -> trace.TracerProvider:
    """The provider for the service that the resource names.

    The global one, if somebody has set it: another SDK's, or the app's own. Else a new one, with a queue for
    each exporter that is wanted. A second service in the process gets one of its own, on the same queues.
    """
    global _ours
    present = trace.get_tracer_provider()
    if isinstance(present, trace.ProxyTracerProvider):
        with _creating:
            present = trace.get_tracer_provider()
            if isinstance(present, trace.ProxyTracerProvider):
                _ours = _new_provider(resource, id_generator, destinations)
                trace.set_tracer_provider(_ours)
                return _ours
    if present is _ours and isinstance(present, TracerProvider):
        return _of_service(present, resource)
    return present


def deliver_left() -> None:
    """What killed processes have left in a spool. Starts a thread: to be called after a server's forks."""
    for queue in _queues:
        queue.deliver_left()


def tracer_of(provider: trace.TracerProvider) -> trace.Tracer:
    return provider.get_tracer(names.SCOPE)


_creating: Final = RLock()
_ours: TracerProvider | None = None
_siblings: Final[dict[str, TracerProvider]] = {}
_queues: Final[list[SpanQueue]] = []


def _new_provider(
    resource: Resource, id_generator: IdGenerator | None, destinations: Sequence[Destination] | None
) -> TracerProvider:
    provider = TracerProvider(
        sampler=_sampler_named(os.environ.get("OTEL_TRACES_SAMPLER", "").strip()),
        resource=resource,
        id_generator=id_generator
        or _id_generator_named(os.environ.get("OTEL_PYTHON_ID_GENERATOR", "").strip()),
        shutdown_on_exit=False,
    )
    settings = QueueSettings.from_env()
    record = instruments()
    for each in destinations_wanted() if destinations is None else destinations:
        queue = SpanQueue(each, settings, record.spans_processed, record.spans_exported, output.settle_all)
        provider.add_span_processor(queue)
        _queues.append(queue)
    record.span_queue.capacity = settings.capacity * len(_queues)
    record.span_queue.size = lambda: sum(queue.size for queue in _queues)
    record.before_reading(output.settle_all)
    at_exit(_shut_down)
    return provider


def _shut_down() -> None:
    if _ours is not None:
        _ours.shutdown()


def _of_service(provider: TracerProvider, resource: Resource) -> TracerProvider:
    name = name_of(resource)
    if name == name_of(provider.resource):
        return provider
    found = _siblings.get(name)
    if found is None:
        try:
            private: Any = provider
            found = TracerProvider(
                sampler=private.sampler,
                resource=resource,
                shutdown_on_exit=False,
                active_span_processor=private._active_span_processor,
                id_generator=private.id_generator,
                span_limits=private._span_limits,
            )
        except (AttributeError, TypeError):  # an SDK of another version: one name for the whole process
            return provider
        _siblings[name] = found
    return found


def _sampler_named(name: str) -> Sampler | None:
    """An installed sampler; None leaves the choice to the SDK."""
    if not name or name.lower() in _STANDARD_SAMPLERS:
        return None
    for entry_point in entry_points(group="opentelemetry_traces_sampler", name=name):
        try:
            sampler = entry_point.load()(os.environ.get("OTEL_TRACES_SAMPLER_ARG", ""))
            if isinstance(sampler, Sampler):
                return sampler
        except Exception as error:
            _log.warning("the sampler %r cannot be used: %s", name, error)
    return None


def _id_generator_named(name: str) -> IdGenerator | None:
    if not name or name == "random":
        return None
    for entry_point in entry_points(group="opentelemetry_id_generator", name=name):
        try:
            generator = entry_point.load()()
            if isinstance(generator, IdGenerator):
                return generator
        except Exception as error:
            _log.warning("the id generator %r cannot be used: %s", name, error)
    _log.warning("OTEL_PYTHON_ID_GENERATOR names %r, which is not installed: ids are random", name)
    return None
