"""How many requests are being served, counted when somebody asks."""

from collections import Counter
from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from glasshouse_telemetry import names


class ActiveRequests(Collector):
    """A request adds itself and takes itself away: one operation on a dict each, which nobody can split."""

    def __init__(self) -> None:
        self._methods: dict[int, str] = {}
        self._seen: set[str] = set()

    def begin(self, request: object, method: str) -> None:
        self._methods[id(request)] = method
        self._seen.add(method)

    def end(self, request: object) -> None:
        self._methods.pop(id(request), None)

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return [self._family()]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        counts = Counter(list(self._methods.values()))
        family = self._family()
        for method in sorted(self._seen):
            family.add_metric([method], counts[method])
        return [family]

    def _family(self) -> GaugeMetricFamily:
        labels = (names.label(names.HTTP_REQUEST_METHOD),)
        return GaugeMetricFamily(
            names.HTTP_SERVER_ACTIVE_REQUESTS, "HTTP requests being served", labels=labels
        )
