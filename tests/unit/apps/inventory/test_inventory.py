"""The inventory service through its client, over gRPC."""

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from apps.inventory.client import (
    InventoryClient,
    OutOfStock,
    Reservation,
    ReservationDiffers,
    ReservationEnded,
    ReservationNotFound,
    StockLevel,
)
from apps.inventory.proto import inventory_pb2 as pb2
from apps.inventory.proto.inventory_pb2_grpc import InventoryServiceStub
from apps.inventory.stock import Status
from chassis.grpc_client import GrpcClient
from chassis.grpc_errors import CallRefused
from chassis.grpc_server import GrpcServer
from chassis.service import resolve
from stackctl.paths import ROOT


def stocked(client: InventoryClient, available: int = 10) -> str:
    return client.set_available(str(uuid4()), available).product_id


def level(client: InventoryClient, product_id: str) -> tuple[int, int, int]:
    (found,) = client.levels([product_id])
    return found.available, found.reserved, found.sold


def an_order() -> str:
    return str(uuid4())


def test_what_is_reserved_is_no_longer_available(client: InventoryClient) -> None:
    order_id, compass, hammock = an_order(), stocked(client), stocked(client)
    items = {compass: 3, hammock: 10}
    assert client.reserve(order_id, items) == Reservation(order_id, Status.RESERVED, items)
    assert client.reservation(order_id) == Reservation(order_id, Status.RESERVED, items)
    assert (level(client, compass), level(client, hammock)) == ((7, 3, 0), (0, 10, 0))


def test_what_is_confirmed_is_sold(client: InventoryClient) -> None:
    order_id, product_id = an_order(), stocked(client)
    client.reserve(order_id, {product_id: 3})
    assert client.confirm(order_id).status is Status.CONFIRMED
    assert level(client, product_id) == (7, 0, 3)


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_what_is_released_is_available_again(client: InventoryClient, is_confirmed: bool) -> None:
    order_id, product_id = an_order(), stocked(client)
    client.reserve(order_id, {product_id: 3})
    if is_confirmed:
        client.confirm(order_id)
    assert client.release(order_id).status is Status.RELEASED
    assert level(client, product_id) == (10, 0, 0)


def test_an_order_gets_all_or_nothing_and_is_told_what_lacks(client: InventoryClient) -> None:
    plenty, scarce, unknown = stocked(client), stocked(client, 2), str(uuid4())
    with pytest.raises(OutOfStock) as refusal:
        client.reserve(an_order(), {plenty: 1, scarce: 3, unknown: 1})
    assert refusal.value.fields == {scarce: "3 wanted, 2 available", unknown: "unknown product"}
    assert (level(client, plenty), level(client, scarce)) == ((10, 0, 0), (2, 0, 0))


def test_a_refusal_stands_although_there_is_enough_later(client: InventoryClient) -> None:
    order_id, product_id = an_order(), stocked(client, 2)
    for _ in range(2):
        with pytest.raises(OutOfStock) as refusal:
            client.reserve(order_id, {product_id: 3})
        assert refusal.value.fields == {product_id: "3 wanted, 2 available"}
        client.set_available(product_id, 10)
    assert level(client, product_id) == (10, 0, 0)
    client.reserve(an_order(), {product_id: 3})


def test_what_is_asked_for_twice_happens_once(client: InventoryClient) -> None:
    order_id, product_id = an_order(), stocked(client)
    reserved = [client.reserve(order_id, {product_id: 3}) for _ in range(2)]
    assert (reserved[0], level(client, product_id)) == (reserved[1], (7, 3, 0))
    confirmed = [client.confirm(order_id) for _ in range(2)]
    assert (confirmed[0], level(client, product_id)) == (confirmed[1], (7, 0, 3))
    assert client.reserve(order_id, {product_id: 3}) == confirmed[0]
    released = [client.release(order_id) for _ in range(2)]
    assert (released[0], level(client, product_id)) == (released[1], (10, 0, 0))


def test_an_order_cannot_ask_again_for_something_else(client: InventoryClient) -> None:
    order_id, product_id = an_order(), stocked(client)
    client.reserve(order_id, {product_id: 3})
    with pytest.raises(ReservationDiffers):
        client.reserve(order_id, {product_id: 4})
    assert level(client, product_id) == (7, 3, 0)


def test_a_release_that_comes_first_stands(client: InventoryClient) -> None:
    order_id, product_id = an_order(), stocked(client)
    assert client.release(order_id) == Reservation(order_id, Status.RELEASED, {})
    with pytest.raises(ReservationEnded):
        client.reserve(order_id, {product_id: 3})
    assert level(client, product_id) == (10, 0, 0)


def test_what_was_released_is_not_confirmed(client: InventoryClient) -> None:
    order_id, product_id = an_order(), stocked(client)
    client.reserve(order_id, {product_id: 3})
    client.release(order_id)
    with pytest.raises(ReservationEnded):
        client.confirm(order_id)
    assert level(client, product_id) == (10, 0, 0)


def test_there_is_nothing_to_release_of_an_order_that_was_refused(client: InventoryClient) -> None:
    order_id, product_id = an_order(), stocked(client, 2)
    with pytest.raises(OutOfStock):
        client.reserve(order_id, {product_id: 3})
    assert client.release(order_id).status is Status.REJECTED
    with pytest.raises(ReservationEnded):
        client.confirm(order_id)
    assert level(client, product_id) == (2, 0, 0)


def test_an_order_that_has_reserved_nothing_is_not_found(client: InventoryClient) -> None:
    with pytest.raises(ReservationNotFound):
        client.confirm(an_order())
    with pytest.raises(ReservationNotFound):
        client.reservation(an_order())


def test_a_level_that_is_set_leaves_alone_what_is_reserved_or_sold(client: InventoryClient) -> None:
    order_id, product_id = an_order(), stocked(client)
    client.reserve(order_id, {product_id: 3})
    assert client.set_available(product_id, 100) == StockLevel(product_id, 100, 3, 0)
    client.confirm(order_id)
    assert client.set_available(product_id, 0) == StockLevel(product_id, 0, 0, 3)


def test_levels_come_in_the_order_asked_for_and_a_product_without_any_has_none(
    client: InventoryClient,
) -> None:
    first, second, new = stocked(client, 1), stocked(client, 2), str(uuid4())
    assert client.levels([second, new, first]) == [
        StockLevel(second, 2),
        StockLevel(new, 0),
        StockLevel(first, 1),
    ]


ITEM = pb2.Item(product_id="a", quantity=1)


@pytest.mark.parametrize(
    ("method", "request_", "field"),
    [
        ("Reserve", pb2.ReserveRequest(items=[ITEM]), "order_id"),
        ("Reserve", pb2.ReserveRequest(order_id="a b", items=[ITEM]), "order_id"),
        ("Reserve", pb2.ReserveRequest(order_id="x" * 65, items=[ITEM]), "order_id"),
        ("Reserve", pb2.ReserveRequest(order_id="o"), "items"),
        ("Reserve", pb2.ReserveRequest(order_id="o", items=[ITEM, ITEM]), "items"),
        (
            "Reserve",
            pb2.ReserveRequest(
                order_id="o", items=[pb2.Item(product_id=str(n), quantity=1) for n in range(51)]
            ),
            "items",
        ),
        ("Reserve", pb2.ReserveRequest(order_id="o", items=[pb2.Item(quantity=1)]), "items.0.product_id"),
        ("Reserve", pb2.ReserveRequest(order_id="o", items=[pb2.Item(product_id="a")]), "items.0.quantity"),
        (
            "Reserve",
            pb2.ReserveRequest(order_id="o", items=[ITEM, pb2.Item(product_id="b", quantity=-1)]),
            "items.1.quantity",
        ),
        (
            "Reserve",
            pb2.ReserveRequest(order_id="o", items=[pb2.Item(product_id="a", quantity=1001)]),
            "items.0.quantity",
        ),
        ("Release", pb2.ReleaseRequest(), "order_id"),
        ("Confirm", pb2.ConfirmRequest(order_id="\x00"), "order_id"),
        ("GetReservation", pb2.GetReservationRequest(order_id="é"), "order_id"),
        ("GetStock", pb2.GetStockRequest(), "product_ids"),
        ("GetStock", pb2.GetStockRequest(product_ids=["a"] * 101), "product_ids"),
        ("GetStock", pb2.GetStockRequest(product_ids=["a", "b c"]), "product_ids.1"),
        ("SetStock", pb2.SetStockRequest(available=1), "product_id"),
        ("SetStock", pb2.SetStockRequest(product_id="a", available=-1), "available"),
        ("SetStock", pb2.SetStockRequest(product_id="a", available=1_000_000_001), "available"),
    ],
)
def test_a_request_that_cannot_be_is_refused(
    peer: GrpcClient, method: str, request_: Any, field: str
) -> None:
    with pytest.raises(CallRefused) as refusal:
        peer.call(getattr(InventoryServiceStub(peer.channel), method), request_)
    assert refusal.value.answer_code == "validation_failed"
    assert list(refusal.value.answer_fields) == [field]


def test_the_example_of_the_documentation_works(
    inventory_app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "docs" / "grpc.md").read_text(encoding="utf-8")
    example = text.split("```python\n")[1].split("```")[0] + "peer.close()"
    exec(example.replace(":50055", f":{resolve(GrpcServer, inventory_app).port}"), {})
    assert capsys.readouterr().out == "{'compass': '8 wanted, 7 available'}\n"


def test_http_is_for_health_and_metrics_only(inventory_app: Flask) -> None:
    http = inventory_app.test_client()
    statuses = [http.get(path).status_code for path in ("/healthz", "/readyz", "/metrics", "/stock")]
    assert statuses == [200, 200, 200, 404]
