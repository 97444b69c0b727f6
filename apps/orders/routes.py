"""HTTP for orders: parse, one call, render."""

import re
from collections.abc import Mapping

from apiflask import APIBlueprint
from flask import request, url_for
from opentelemetry import trace
from werkzeug.exceptions import PreconditionFailed

from apps.orders.history_repository import HistoryRepository
from apps.orders.order import (
    AmountTooLarge,
    CardMissing,
    InvalidTransition,
    Order,
    OrderHasChanged,
    OrderNotFound,
    Status,
    UnknownProduct,
    UnknownUser,
)
from apps.orders.orders import Orders
from apps.orders.schemas import (
    HistoryPageResponse,
    HistoryQuery,
    OrderBody,
    OrderPageResponse,
    OrderQuery,
    OrderResponse,
    StatusBody,
)
from apps.orders.settings import Settings
from chassis.errors import UpstreamFailed, UpstreamTimeout
from chassis.idempotency import HEADER, idempotent
from chassis.openapi import accepts_header, raises, returns_header
from chassis.service import resolve

blueprint = APIBlueprint("orders", __name__)

NEIGHBOURS_FAIL = (UpstreamFailed("products", ""), UpstreamTimeout("users", ""))
ETAG = ("ETag", "The version of the order.", '"1"', r'^"[0-9]+"$')
VERSIONS = r'^(\*|"[0-9]+"(, "[0-9]+")*)$'
IF_MATCH = ("If-Match", "The versions that are meant; when the present one is none, 412.", '"1"', VERSIONS)


@blueprint.post("/orders")
@raises(UnknownUser(), UnknownProduct([0]), CardMissing(), AmountTooLarge(), *NEIGHBOURS_FAIL)
@returns_header(*ETAG)
@idempotent
@blueprint.input(OrderBody)
@blueprint.output(OrderResponse, status_code=201)
def place_order(json_data: OrderBody) -> tuple[OrderResponse, int, Mapping[str, str]]:
    order_request = json_data.order_request(resolve(Settings).default_card_token, request.headers.get(HEADER))
    order = resolve(Orders).place(order_request)
    headers = {"Location": url_for(".get_order", order_id=order.id), **_etag(order)}
    return OrderResponse.model_validate(order), 201, headers


@blueprint.get("/orders")
@blueprint.input(OrderQuery, location="query")
@blueprint.output(OrderPageResponse)
def search_orders(query_data: OrderQuery) -> OrderPageResponse:
    return OrderPageResponse.model_validate(
        resolve(Orders).search(query_data.search(), query_data.page_request())
    )


@blueprint.get("/orders/history")
@blueprint.input(HistoryQuery, location="query")
@blueprint.output(HistoryPageResponse)
def get_history(query_data: HistoryQuery) -> HistoryPageResponse:
    """What a user has ordered, newest first; a copy that is a little behind."""
    page = resolve(HistoryRepository).of_user(query_data.user_id, query_data.page_request())
    return HistoryPageResponse.model_validate(page)


@blueprint.get("/orders/<order_id>")
@raises(OrderNotFound())
@accepts_header(*IF_MATCH)
@returns_header(*ETAG)
@blueprint.output(OrderResponse)
@blueprint.doc(responses=[412])
def get_order(order_id: str) -> tuple[OrderResponse, int, Mapping[str, str]]:
    order = resolve(Orders).get(order_id)
    if not _is_expected(order):
        raise PreconditionFailed(OrderHasChanged().message)
    return OrderResponse.model_validate(order), 200, _etag(order)


@blueprint.patch("/orders/<order_id>")
@raises(OrderNotFound(), InvalidTransition(Status.SHIPPED, Status.PENDING))
@accepts_header(*IF_MATCH)
@returns_header(*ETAG)
@blueprint.input(StatusBody)
@blueprint.output(OrderResponse)
@blueprint.doc(responses=[412])
def change_order_status(order_id: str, json_data: StatusBody) -> tuple[OrderResponse, int, Mapping[str, str]]:
    try:
        order = resolve(Orders).change_status(order_id, json_data.status, _is_expected)
    except OrderHasChanged as error:
        raise PreconditionFailed(error.message) from error
    return OrderResponse.model_validate(order), 200, _etag(order)


def _is_expected(order: Order) -> bool:
    """Whether it is a version that the client's If-Match names; without one, every version is.

    Werkzeug's parser leaves out what it cannot read, so that a change meant to be conditional would not be.
    """
    named = request.headers.get("If-Match")
    return named in (None, "*") or f'"{order.version}"' in re.split(r"\s*,\s*", named)


def _etag(order: Order) -> Mapping[str, str]:
    """Also says on the request's span which order it was about, so that it can be followed."""
    trace.get_current_span().set_attribute("order.id", order.id)
    return {"ETag": f'"{order.version}"'}
