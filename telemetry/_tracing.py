"""The tracer provider: set up once per process, used by everything that asks OpenTelemetry for a tracer."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator

from telemetry import _requests
from telemetry._exporter import senders_wanted
from telemetry._metrics import instruments
from telemetry._processor import QueueSettings, SpanQueue
from telemetry._resource import describe_service, name_of

_SCOPE = "telemetry"
_lock = Lock()
_queues: list[SpanQueue] = []


@dataclass(frozen=True)
class Telemetry:
    """What was set up: the tracer for spans of one's own, and the way to end in order."""

    service_name: str
    tracer: trace.Tracer

    def force_flush(self, timeout: float = 5.0) -> bool:
        """Wait up to `timeout` seconds until all ended spans are delivered; False when some are not."""
        return all([queue.force_flush(int(timeout * 1000)) for queue in _queues])

    def shutdown(self, timeout: float = 5.0) -> None:
        """Deliver what is queued within `timeout` seconds and stop. Runs by itself when the interpreter exits."""
        for queue in _queues:
            queue.shutdown(timeout)


def start_tracing(
    *,
    service_name: str | None = None,
    service_version: str | None = None,
    id_generator: IdGenerator | None = None,
    peers: Mapping[str, str] | None = None,
) -> Telemetry:
    """Spans alone, for a program that is no Flask app.

    `id_generator` chooses trace and span ids (default: random), `peers` maps base URLs to service names. `requests` is
    observed. The first call in a process makes the provider; later ones use it as it is.
    """
    resource = describe_service(service_name, service_version)
    provider = provider_for(resource, id_generator)
    _requests.observe(peers)
    return Telemetry(name_of(resource), provider.get_tracer(_SCOPE))


def provider_for(resource: Resource, id_generator: IdGenerator | None = None) -> trace.TracerProvider:
    """The global provider: the one already there, or a new one with our queue in front of the exporters wanted."""
    with _lock:
        present = trace.get_tracer_provider()
        if isinstance(present, TracerProvider):
            return present
        provider = TracerProvider(resource=resource, id_generator=id_generator)
        trace.set_tracer_provider(provider)
        _add_queues(provider)
        return provider


def _add_queues(provider: TracerProvider) -> None:
    settings = QueueSettings.from_env()
    record = instruments()
    for make_sender in senders_wanted():
        queue = SpanQueue(make_sender, settings, record.spans_processed, record.spans_exported)
        _queues.append(queue)
        provider.add_span_processor(queue)
    record.queue_capacity.set(settings.capacity if _queues else 0)
    record.queue_size.set_function(lambda: sum(queue.size for queue in _queues))
