"""The instruments that orders owns."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

import glasshouse_telemetry as telemetry
from apps.orders.order import Reason, Status
from chassis.errors import DatabaseUnavailable

reached = Counter(
    "shop_orders", "Orders that reached a status; PENDING counts the orders placed.", ["status"]
)
refused = Counter(
    "shop_orders_refused", "Orders that could not be placed, by the code of the error.", ["reason"]
)
cancelled = Counter("shop_orders_cancelled", "Orders that were cancelled, by why.", ["reason"])
value = Histogram(
    "shop_order_value_cents",
    "Total of an order when it was placed, in cents.",
    buckets=(1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000),
)
saga_duration = Histogram(
    "shop_saga_duration_seconds",
    "From placing an order to its being confirmed or cancelled, by the outcome.",
    ["outcome"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600),
)
compensations = Counter("shop_saga_compensations", "What was given back for a cancelled order.", ["step"])
nudges = Counter("shop_saga_nudges", "Orders that were stuck and whose saga was set going again.", ["step"])
step_failures = Counter("shop_saga_step_failures", "Steps of the coordinator to be tried again.", ["step"])

# There from the start: the first of a kind is an increase too.
for _status in Status:
    reached.labels(_status)
for _reason in Reason:
    cancelled.labels(_reason)
for _step in ("payment", "stock"):
    compensations.labels(_step)
for _outcome in ("confirmed", *Reason):
    saga_duration.labels(_outcome)
for _step in ("authorize", "reserve", "capture", "sell", "give_back", "release"):
    nudges.labels(_step)
    step_failures.labels(_step)


def decided(outcome: str, seconds: float) -> None:
    """The trace of an order is that of its confirmation or cancellation, too."""
    saga_duration.labels(outcome).observe(seconds, telemetry.exemplar())


class StateCollector(Collector):
    """What the database knows, read when the metrics are scraped: all instances say the same."""

    def __init__(self) -> None:
        self._stuck: Callable[[], Mapping[str, int]] | None = None
        self._history_lag_s: Callable[[], float] | None = None

    def read_from(
        self, stuck: Callable[[], Mapping[str, int]] | None, history_lag_s: Callable[[], float] | None
    ) -> None:
        """From now on; None: from nowhere."""
        self._stuck, self._history_lag_s = stuck, history_lag_s

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Asked when it is registered, before there is anything to read."""
        return []

    def collect(self) -> Iterable[GaugeMetricFamily]:
        try:
            stuck = self._stuck() if self._stuck else None
            lag_s = self._history_lag_s() if self._history_lag_s else None
        except DatabaseUnavailable:
            return  # a gap says more than an old number
        if stuck is not None:
            yield _by_step(stuck)
        if lag_s is not None:
            yield GaugeMetricFamily(
                "shop_order_history_lag_seconds", "Age of the oldest change that the history lacks.", lag_s
            )


def _by_step(stuck: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "shop_orders_stuck", "Orders that have waited too long for a step of their saga.", labels=["step"]
    )
    for step, number in stuck.items():
        family.add_metric([step], number)
    return family


state = StateCollector()
REGISTRY.register(state)
