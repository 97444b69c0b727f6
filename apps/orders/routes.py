"""HTTP for orders: parse, one call, render."""

from apiflask import APIBlueprint
from flask import url_for

from apps.orders.orders import Orders
from apps.orders.schemas import OrderAnswer, OrderBody, OrderPageAnswer, OrderQuery, StatusBody
from chassis.service import provided

blueprint = APIBlueprint("orders", __name__)


@blueprint.post("/orders")
@blueprint.input(OrderBody)
@blueprint.output(OrderAnswer, status_code=201)
@blueprint.doc(responses=[502, 504])
def place_order(json_data: OrderBody) -> tuple[OrderAnswer, int, dict[str, str]]:
    order = provided(Orders).place(json_data.user_id, json_data.lines())
    return OrderAnswer.model_validate(order), 201, {"Location": url_for(".get_order", order_id=order.id)}


@blueprint.get("/orders")
@blueprint.input(OrderQuery, location="query")
@blueprint.output(OrderPageAnswer)
def search_orders(query_data: OrderQuery) -> OrderPageAnswer:
    return OrderPageAnswer.model_validate(
        provided(Orders).search(query_data.search(), query_data.page_request())
    )


@blueprint.get("/orders/<order_id>")
@blueprint.output(OrderAnswer)
def get_order(order_id: str) -> OrderAnswer:
    return OrderAnswer.model_validate(provided(Orders).get(order_id))


@blueprint.patch("/orders/<order_id>")
@blueprint.input(StatusBody)
@blueprint.output(OrderAnswer)
@blueprint.doc(responses=[409])
def change_order_status(order_id: str, json_data: StatusBody) -> OrderAnswer:
    return OrderAnswer.model_validate(provided(Orders).change_status(order_id, json_data.status))
