"""What a version is judged by, in PromQL: the gateway's own metrics, for it sees what its clients see.

An instance that is down counts nothing; the gateway counts that it could not be reached, that it took too
long and what it answered, by version, on one scrape: both versions are always seen at the same moment.
`version` is the registry's name of it (`v2`); its telemetry calls itself `service.version=2`.
"""

# What came of an attempt when the version is to blame. An open circuit is about the service as a whole.
ERRORS = ("5xx", "timeout", "unreached", "failed")
NOT_SENT = "circuit_open"

_REQUESTS = "gateway_requests_total"
_DURATIONS = "gateway_request_duration_seconds"


def requests_by_outcome(service: str) -> str:
    """Whole counts since the gateway has started: a test needs numbers, not rates."""
    return f'sum by (version, outcome) ({_REQUESTS}{{service="{service}",outcome!="{NOT_SENT}"}})'


def durations_by_bucket(service: str) -> str:
    return f'sum by (version, le) ({_DURATIONS}_bucket{{service="{service}"}})'


def seconds_in_all(service: str) -> str:
    return f'sum by (version) ({_DURATIONS}_sum{{service="{service}"}})'


def last_scrape(service: str) -> str:
    """When the gateway was asked last, in seconds since the epoch."""
    return f'max(timestamp({_REQUESTS}{{service="{service}"}}))'


def last_scrape_of(address: str) -> str:
    """When this instance was asked last, if it has answered then.

    Of anything but a plain series, timestamp() is the moment of the query.
    """
    up = f'up{{instance="{address}"}}'
    return f"timestamp({up}) and {up} == 1"


def requests(service: str, version: str, window: str) -> str:
    """How many were sent to this version in the last `window` (as PromQL writes it: 2m)."""
    return f"sum(increase({_requests(service, version)}[{window}]))"


def errors(service: str, version: str, window: str) -> str:
    failed = _requests(service, version, f'outcome=~"{"|".join(ERRORS)}"')
    return f"sum(increase({failed}[{window}]))"


def error_ratio(service: str, version: str, window: str) -> str:
    return f"{errors(service, version, window)} / {requests(service, version, window)}"


def duration_quantile(service: str, version: str, quantile: float, window: str) -> str:
    buckets = f'{_DURATIONS}_bucket{{service="{service}",version="{version}"}}'
    return f"histogram_quantile({quantile:g}, sum by (le) (rate({buckets}[{window}])))"


def mean_duration(service: str, version: str, window: str) -> str:
    labels = f'{{service="{service}",version="{version}"}}[{window}]'
    return f"sum(rate({_DURATIONS}_sum{labels})) / sum(rate({_DURATIONS}_count{labels}))"


def error_score(service: str, version: str, reference: str, window: str) -> str:
    """The z of the score test of two error ratios, for who judges in PromQL alone.

    From 3.1 on the version's is larger at one in a thousand. An approximation: needs some ten errors in both
    together (A. Agresti, Categorical Data Analysis, section 3.1). No data when there is no error.
    """
    sent, compared = requests(service, version, window), requests(service, reference, window)
    failed = f"({errors(service, version, window)} + {errors(service, reference, window)})"
    pooled = f"({failed} / ({sent} + {compared}))"
    difference = f"({error_ratio(service, version, window)} - {error_ratio(service, reference, window)})"
    return f"{difference} / sqrt({pooled} * (1 - {pooled}) * (1 / {sent} + 1 / {compared})) and {failed} > 0"


def served(service: str, version: str, window: str) -> str:
    """All that a version has counted, by outcome, even when it is gone by now."""
    return f"sum by (outcome) (max_over_time({_requests(service, version)}[{window}]))"


def traffic(service: str, window: str) -> str:
    return f'sum(increase({_REQUESTS}{{service="{service}"}}[{window}]))'


def exemplars(service: str, version: str) -> str:
    """A selector: the requests to this version whose traces are known."""
    return f'{_DURATIONS}_bucket{{service="{service}",version="{version}"}}'


def _requests(service: str, version: str, *more: str) -> str:
    labels = (f'service="{service}"', f'version="{version}"', *(more or (f'outcome!="{NOT_SENT}"',)))
    return f"{_REQUESTS}{{{','.join(labels)}}}"
