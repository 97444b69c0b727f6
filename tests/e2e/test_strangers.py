"""Whoever reaches the ports of the running services without their token reads and changes nothing."""

import pytest
import requests

from apps.inventory.client import InventoryClient
from chassis.grpc_client import GrpcClient
from chassis.grpc_errors import CallRefused
from stackctl import ports
from stackctl.settings import credentials

READS = ("users", "products", "orders", "payments")


@pytest.mark.parametrize("service", READS)
def test_a_service_answers_only_who_has_its_token(stack: None, service: str) -> None:
    url = ports.url(ports.SERVICES[service], f"/{service}?limit=1")

    def status(headers: dict[str, str]) -> int:
        return requests.get(url, headers=headers, timeout=10).status_code

    assert status({}) == 401
    assert status(dict(credentials.service_headers())) == 200
    assert (
        requests.post(ports.url(ports.SERVICES[service], f"/{service}"), json={}, timeout=10).status_code
        == 401
    )


def test_stock_is_changed_by_nobody_without_the_token(stack: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SERVICE_TOKEN", raising=False)
    stranger = GrpcClient("inventory", ports.address(ports.INVENTORY_GRPC), 5.0)
    try:
        with pytest.raises(CallRefused):
            InventoryClient(stranger).set_available("p1", 5)
    finally:
        stranger.close()
