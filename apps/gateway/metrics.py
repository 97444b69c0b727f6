"""The instruments that gateway owns."""

from prometheus_client import Counter, Gauge, Histogram

import glasshouse_telemetry as telemetry
from chassis.balancing import Balancer, Instance

requests = Counter(
    "gateway_requests",
    "Requests sent to an instance, each attempt by itself, by what came of it.",
    ["service", "version", "outcome"],
)
durations = Histogram(
    "gateway_request_duration_seconds",
    "How long an instance took, each attempt by itself.",
    ["service", "version"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
)
retries = Counter("gateway_retries", "Requests sent again after a failure.", ["service"])
instances = Gauge("gateway_instances", "Instances in the registry.", ["service", "version"])
healthy = Gauge("gateway_instances_healthy", "Instances that get requests.", ["service", "version"])
weights = Gauge(
    "gateway_version_weight", "Share of a version, relative to the others.", ["service", "version"]
)

tokens_issued = Counter("gateway_tokens_issued", "Access tokens issued.")
auth_failures = Counter("gateway_auth_failures", "Requests refused for who sent them.", ["reason"])
rate_limited = Counter("gateway_rate_limited", "Requests refused because there were too many.", ["limit"])
rate_limit_unchecked = Counter(
    "gateway_rate_limit_unchecked", "Requests let through because the storage of the limits did not answer."
)
partial_answers = Counter("gateway_partial_answers", "Overviews without one of their parts.", ["missing"])

OUTCOMES = ("2xx", "3xx", "4xx", "5xx", "timeout", "unreached", "failed", "circuit_open")
AUTH_FAILURES = (
    "missing",
    "malformed",
    "expired",
    "not_yet_valid",
    "bad_signature",
    "bad_credentials",
    "forbidden",
)
for _reason in AUTH_FAILURES:  # there from the start: the first of a kind is an increase too
    auth_failures.labels(_reason)


class UpstreamMetrics:
    """Counts the attempts that upstreams report."""

    def attempted(self, service: str, version: str, outcome: str, seconds: float) -> None:
        requests.labels(service, version, outcome).inc()
        if outcome != "circuit_open":
            durations.labels(service, version).observe(seconds, telemetry.exemplar())

    def retried(self, service: str) -> None:
        retries.labels(service).inc()


def watch(balancer: Balancer, service: str, version: str) -> None:
    """All series of a version from the start: the first failure is an increase too."""

    def instances_of() -> list[Instance]:
        return [instance for instance in balancer.instances if instance.version == version]

    instances.labels(service, version).set_function(lambda: len(instances_of()))
    healthy.labels(service, version).set_function(lambda: sum(each.healthy for each in instances_of()))
    weights.labels(service, version).set_function(lambda: balancer.weight(version))
    durations.labels(service, version)
    retries.labels(service)
    for outcome in OUTCOMES:
        requests.labels(service, version, outcome)


def forget(service: str, version: str) -> None:
    """Versions come and go; their series must not pile up."""
    for outcome in OUTCOMES:
        requests.remove(service, version, outcome)
    for metric in (durations, instances, healthy, weights):
        metric.remove(service, version)
