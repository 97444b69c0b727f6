"""JSON for clients, gRPC for inventory: through a circuit, as every service is reached."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from apps.gateway import metrics
from apps.gateway.settings import Settings
from apps.inventory.client import InventoryClient, StockLevel
from chassis.circuit import Circuit
from chassis.errors import UpstreamFailed, UpstreamRefused
from chassis.grpc_client import GrpcClient
from chassis.grpc_errors import CallRefused
from chassis.grpc_requests import RequestInvalid
from chassis.http_errors import UpstreamUnavailable
from chassis.retry import Retries, RetrySettings

PEER = "inventory"

T = TypeVar("T")


class Inventory(Protocol):
    def levels(self, product_ids: Sequence[str]) -> Sequence[StockLevel]: ...

    def set_available(self, product_id: str, available: int) -> StockLevel: ...


class Stock:
    def __init__(self, inventory: Inventory, retries: Retries) -> None:
        self._inventory = inventory
        self._retries = retries
        self._circuit = Circuit(PEER)
        metrics.retries.labels(PEER)  # there from the start: the first one is an increase too

    def level(self, product_id: str) -> StockLevel:
        """Raises RequestInvalid; a product that never had stock has none."""
        return self._ask(lambda: self._inventory.levels([product_id])[0])

    def set_available(self, product_id: str, available: int) -> StockLevel:
        """Raises RequestInvalid."""
        return self._ask(lambda: self._inventory.set_available(product_id, available))

    def _ask(self, call: Callable[[], T]) -> T:
        """Each of its calls may be repeated: twice has the same effect as once."""
        deadline, attempts = self._retries.begin(), 0
        while True:
            attempts += 1
            try:
                with _blaming_the_product(), self._circuit.guard(answers=(UpstreamRefused,)):
                    return call()
            except (UpstreamRefused, UpstreamUnavailable):
                raise
            except UpstreamFailed:
                if not self._retries.again(attempts, deadline):
                    raise
                metrics.retries.labels(PEER).inc()


@contextmanager
def _blaming_the_product() -> Iterator[None]:
    try:
        yield
    except CallRefused as refusal:
        if refusal.answer_code != RequestInvalid.code:
            raise
        blame = {"product_id": "; ".join(refusal.answer_fields.values())}
        raise RequestInvalid("The request is not valid.", blame) from None


def open_stock(settings: Settings, inventory: Inventory | None = None) -> Stock:
    if inventory is None:
        peer = GrpcClient(PEER, settings.inventory_target, settings.inventory_timeout_s)
        inventory = InventoryClient(peer)
    return Stock(inventory, Retries(RetrySettings(deadline_s=settings.deadline_s)))
