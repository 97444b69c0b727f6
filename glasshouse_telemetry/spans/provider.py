"""The tracer provider: set up once per process, for everybody who asks OpenTelemetry for a tracer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator

from glasshouse_telemetry import libraries as _libraries
from glasshouse_telemetry import names
from glasshouse_telemetry._resource import describe_service, name_of
from glasshouse_telemetry.export.destinations import destinations_wanted
from glasshouse_telemetry.export.outcome import Destination
from glasshouse_telemetry.export.queue import SpanQueue
from glasshouse_telemetry.export.settings import QueueSettings
from glasshouse_telemetry.logs.output import output
from glasshouse_telemetry.metrics.instruments import instruments

_lock = Lock()
_queues: list[SpanQueue] = []


@dataclass(frozen=True)
class Telemetry:
    """What was set up: a tracer for spans of one's own, and the way to an orderly end."""

    service_name: str
    tracer: trace.Tracer

    def force_flush(self, timeout: float = 5.0) -> bool:
        """Wait up to `timeout` seconds until no span is queued; False when some still are."""
        flushed = [queue.force_flush(int(timeout * 1000)) for queue in _queues]
        return all(flushed)

    def shutdown(self, timeout: float = 5.0) -> None:
        """Deliver what is queued, within `timeout` seconds, and stop. Happens by itself at exit."""
        for queue in _queues:
            queue.shutdown(timeout)


def start_tracing(
    *,
    service_name: str | None = None,
    service_version: str | None = None,
    peers: Mapping[str, str] | None = None,
    id_generator: IdGenerator | None = None,
) -> Telemetry:
    """Spans alone, for a program that is no Flask app; its calls are observed, too.

    `peers`: base URLs of services and their names.
    `id_generator`: chooses trace and span ids (default: random).
    The first call in a process makes the provider, later ones use it as it is.
    """
    resource = describe_service(service_name, service_version)
    tracer = tracer_of(provider_for(resource, id_generator))
    _libraries.observe(peers)
    return Telemetry(name_of(resource), tracer)


def provider_for(
    resource: Resource,
    id_generator: IdGenerator | None = None,
    destinations: Sequence[Destination] | None = None,
) -> trace.TracerProvider:
    """The global provider: the one that is there already, or a new one with a queue per exporter wanted."""
    with _lock:
        present = trace.get_tracer_provider()
        if isinstance(present, TracerProvider):
            return present
        provider = TracerProvider(resource=resource, id_generator=id_generator)
        _add_queues(provider, destinations_wanted() if destinations is None else destinations)
        trace.set_tracer_provider(provider)
        return provider


def tracer_of(provider: trace.TracerProvider) -> trace.Tracer:
    return provider.get_tracer(names.SCOPE)


def _add_queues(provider: TracerProvider, destinations: Sequence[Destination]) -> None:
    settings = QueueSettings.from_env()
    record = instruments()
    for each in destinations:
        queue = SpanQueue(each, settings, record.spans_processed, record.spans_exported, output.settle)
        provider.add_span_processor(queue)
        _queues.append(queue)
    record.queue_capacity.set(settings.capacity * len(_queues))
    record.queue_size.set_function(lambda: sum(queue.size for queue in _queues))
