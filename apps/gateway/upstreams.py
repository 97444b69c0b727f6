"""The services behind the gateway, as the registry has them at present."""

import json
from collections.abc import Callable, Iterator
from threading import Lock
from typing import TypeVar

from pydantic import BaseModel, ValidationError

import glasshouse_telemetry as telemetry
from apps.gateway import metrics
from apps.gateway.settings import Settings
from chassis.balancing import Balancer, Instance
from chassis.errors import UpstreamFailed, UpstreamRefused
from chassis.health_checks import HealthChecker, ReadinessProbe
from chassis.http_client import Timeouts
from chassis.http_errors import UpstreamUnavailable
from chassis.registry import Registry, RegistryFile, Versions
from chassis.retry import RetrySettings
from chassis.transport import Call, HttpResponse, HttpTransport
from chassis.upstream import Upstream, UpstreamSettings

Model = TypeVar("Model", bound=BaseModel)


class Upstreams:
    """Shared by all threads. `registry` gives the same object as long as nothing has changed."""

    def __init__(
        self,
        registry: Callable[[], Registry],
        open_upstream: Callable[[str, Versions], Upstream],
        probe: Callable[[str], bool],
        probe_interval_s: float,
    ) -> None:
        self._current = registry
        self._open = open_upstream
        self._lock = Lock()
        self._registry: Registry = {}
        self._upstreams: dict[str, Upstream] = {}
        self._prober = HealthChecker(self.instances, probe, probe_interval_s)
        self._follow_registry()

    def send(self, service: str, call: Call) -> HttpResponse:
        """Any status is an answer. Raises UpstreamUnavailable, UpstreamTimeout or UpstreamFailed."""
        self._prober.start()
        self._follow_registry()
        upstream = self._upstreams.get(service)
        if upstream is None:
            raise UpstreamUnavailable(service, "it is not in the registry")
        return upstream.send(call)

    def ask(self, service: str, call: Call, model: type[Model]) -> Model:
        """The answer as `model`; raises UpstreamRefused for a 4xx, and what `send` raises."""
        answer = self.send(service, call)
        if 400 <= answer.status < 500:
            raise UpstreamRefused(service, answer.status, _error_code(answer))
        if answer.status != 200:
            raise UpstreamFailed(service, f"answered {answer.status}")
        try:
            return model.model_validate_json(answer.body)
        except ValidationError:
            # Without its cause: that quotes the answer, and what is logged must hold no personal data.
            raise UpstreamFailed(service, f"its answer is no {model.__name__}") from None

    def instances(self) -> Iterator[Instance]:
        self._follow_registry()
        for upstream in list(self._upstreams.values()):
            yield from upstream.balancer.instances

    def close(self) -> None:
        self._prober.stop()
        with self._lock:
            self._apply({})

    def _follow_registry(self) -> None:
        """What is known of services and instances that stay is kept."""
        if self._current() is self._registry:
            return
        with self._lock:
            registry = self._current()
            self._apply(registry)
            self._registry = registry

    def _apply(self, registry: Registry) -> None:
        for service in self._registry.keys() - registry.keys():
            del self._upstreams[service]
        for service, versions in registry.items():
            upstream = self._upstreams.get(service)
            if upstream is None:
                self._upstreams[service] = upstream = self._open(service, versions)
            else:
                upstream.balancer.update(versions)
            for name, version in versions.items():
                metrics.watch(upstream.balancer, service, name)
                telemetry.start_tracing(peers=dict.fromkeys(version.instances, service))
        for gone in _names(self._registry) - _names(registry):
            metrics.forget(*gone)


def open_upstreams(settings: Settings) -> Upstreams:
    file = RegistryFile(settings.registry_file) if settings.registry_file else None
    registry = file.current if file else lambda: settings.services
    return Upstreams(registry, opener(settings), ReadinessProbe(), settings.health_check_interval_s)


def opener(settings: Settings) -> Callable[[str, Versions], Upstream]:
    timeouts = Timeouts(settings.connect_timeout_s, settings.read_timeout_s)
    limits = UpstreamSettings(timeouts, RetrySettings(deadline_s=settings.deadline_s))

    def opened(service: str, versions: Versions) -> Upstream:
        balancer = Balancer(service, versions, settings.calls_per_instance)
        transport = HttpTransport(service, settings.calls_per_instance)
        return Upstream(service, balancer, transport, metrics.UpstreamMetrics(), limits)

    return opened


def _names(registry: Registry) -> set[tuple[str, str]]:
    return {(service, version) for service, versions in registry.items() for version in versions}


def _error_code(answer: HttpResponse) -> str:
    """The `error.code` of an answer of our own services; "" when something else has answered."""
    try:
        return str(json.loads(answer.body)["error"]["code"])
    except (ValueError, LookupError, TypeError):
        return ""
