"""gRPC for inventory: parse, one call, render."""

from collections.abc import Callable

import grpc

from apps.inventory import messages
from apps.inventory.inventory import Inventory
from apps.inventory.proto import inventory_pb2 as pb2
from apps.inventory.proto import inventory_pb2_grpc as pb2_grpc
from apps.inventory.schemas import LevelModel, OrderModel, ProductsModel, ReserveModel
from chassis.grpc_requests import parse

SERVICE = pb2.DESCRIPTOR.services_by_name["InventoryService"].full_name


class InventoryServicer(pb2_grpc.InventoryServiceServicer):
    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    def Reserve(self, request: pb2.ReserveRequest, context: grpc.ServicerContext) -> pb2.ReserveResponse:
        asked = parse(ReserveModel, request)
        reservation = self._inventory.reserve(asked.order_id, asked.quantities())
        return pb2.ReserveResponse(reservation=messages.of_reservation(reservation))

    def Release(self, request: pb2.ReleaseRequest, context: grpc.ServicerContext) -> pb2.ReleaseResponse:
        reservation = self._inventory.release(parse(OrderModel, request).order_id)
        return pb2.ReleaseResponse(reservation=messages.of_reservation(reservation))

    def Confirm(self, request: pb2.ConfirmRequest, context: grpc.ServicerContext) -> pb2.ConfirmResponse:
        reservation = self._inventory.confirm(parse(OrderModel, request).order_id)
        return pb2.ConfirmResponse(reservation=messages.of_reservation(reservation))

    def GetReservation(
        self, request: pb2.GetReservationRequest, context: grpc.ServicerContext
    ) -> pb2.GetReservationResponse:
        reservation = self._inventory.get(parse(OrderModel, request).order_id)
        return pb2.GetReservationResponse(reservation=messages.of_reservation(reservation))

    def GetStock(self, request: pb2.GetStockRequest, context: grpc.ServicerContext) -> pb2.GetStockResponse:
        levels = self._inventory.levels(parse(ProductsModel, request).product_ids)
        return pb2.GetStockResponse(levels=map(messages.of_level, levels))

    def SetStock(self, request: pb2.SetStockRequest, context: grpc.ServicerContext) -> pb2.SetStockResponse:
        asked = parse(LevelModel, request)
        level = self._inventory.set_available(asked.product_id, asked.available)
        return pb2.SetStockResponse(level=messages.of_level(level))


def add_to(inventory: Inventory) -> Callable[[grpc.Server], None]:
    return lambda server: pb2_grpc.add_InventoryServiceServicer_to_server(
        InventoryServicer(inventory), server
    )
