"""The instruments that inventory owns. Products are no labels: there are too many of them."""

from collections.abc import Callable, Iterable

from prometheus_client import REGISTRY, Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.inventory.stock import Pool, Status, StockTotals
from chassis.errors import DatabaseUnavailable

reached = Counter("shop_reservations", "Reservations that reached a status.", ["status"])
for _status in Status:
    reached.labels(_status)  # there from the start: the first reservation of a kind is an increase too


class StockCollector(Collector):
    """How much there is, read when the metrics are scraped: all instances of the service say the same."""

    def __init__(self) -> None:
        self._read: Callable[[], StockTotals] | None = None

    def read_from(self, read: Callable[[], StockTotals] | None) -> None:
        """From now on; None: from nowhere."""
        self._read = read

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Asked when it is registered, before there is anything to read."""
        return []

    def collect(self) -> Iterable[GaugeMetricFamily]:
        try:
            totals = self._read() if self._read else None
        except DatabaseUnavailable:
            totals = None  # a gap says more than an old number
        return _families(totals) if totals else []


def _families(totals: StockTotals) -> Iterable[GaugeMetricFamily]:
    units = GaugeMetricFamily(
        "shop_stock_units", "Units of all products, by where they are.", labels=["pool"]
    )
    for pool in Pool:
        units.add_metric([pool], getattr(totals, pool))
    yield units
    yield GaugeMetricFamily("shop_stock_products", "Products that have a stock level.", totals.products)
    yield GaugeMetricFamily(
        "shop_stock_products_out", "Products of which no unit is available.", totals.out_of_stock
    )


stock = StockCollector()
REGISTRY.register(stock)
