"""JSON for clients, gRPC for inventory: through a circuit, as every service is reached."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from apps.gateway.settings import Settings
from apps.inventory.client import InventoryClient, StockLevel
from chassis.circuit import Circuit
from chassis.facts import UpstreamRefused
from chassis.grpc_errors import CallRefused
from chassis.grpc_peers import GrpcPeer
from chassis.grpc_requests import RequestInvalid


class Inventory(Protocol):
    def levels(self, product_ids: Sequence[str]) -> Sequence[StockLevel]: ...

    def set_available(self, product_id: str, available: int) -> StockLevel: ...


class Stock:
    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._circuit = Circuit("inventory")

    def level(self, product_id: str) -> StockLevel:
        """Raises RequestInvalid; a product that never had stock has none."""
        with self._asking():
            return self._inventory.levels([product_id])[0]

    def set_available(self, product_id: str, available: int) -> StockLevel:
        """Raises RequestInvalid."""
        with self._asking():
            return self._inventory.set_available(product_id, available)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            with self._circuit.guard(answers=(UpstreamRefused,)):
                yield
        except CallRefused as refusal:
            if refusal.answer_code != RequestInvalid.code:
                raise
            blame = {"product_id": "; ".join(refusal.answer_fields.values())}
            raise RequestInvalid("The request is not valid.", blame) from None


def connect(settings: Settings) -> Inventory:
    return InventoryClient(GrpcPeer("inventory", settings.inventory_target, settings.inventory_timeout_s))
