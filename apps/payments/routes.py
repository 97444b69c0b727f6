"""HTTP for payments: parse, one call, render."""

from apiflask import APIBlueprint
from flask import url_for

from apps.payments.card_processor import PEER
from apps.payments.lifecycle import Status
from apps.payments.payments import (
    AmountDiffers,
    InvalidTransition,
    OrderCancelled,
    PaymentNotFound,
    Payments,
)
from apps.payments.schemas import (
    AuthorizationBody,
    CancellationBody,
    PaymentPageResponse,
    PaymentQuery,
    PaymentResponse,
)
from chassis.errors import UpstreamFailed
from chassis.idempotency import idempotent
from chassis.openapi import raises
from chassis.service import resolve

blueprint = APIBlueprint("payments", __name__)

PROCESSOR_FAILED = UpstreamFailed(PEER, "")


@blueprint.post("/payments")
@raises(AmountDiffers(), OrderCancelled(), PROCESSOR_FAILED)
@idempotent
@blueprint.input(AuthorizationBody)
@blueprint.output(PaymentResponse, status_code=201)
def authorize_payment(json_data: AuthorizationBody) -> tuple[PaymentResponse, int, dict[str, str]]:
    payment = resolve(Payments).authorize(json_data.order_id, json_data.amount_cents, json_data.card_token)
    location = url_for(".get_payment", payment_id=payment.id)
    return PaymentResponse.model_validate(payment), 201, {"Location": location}


@blueprint.get("/payments")
@blueprint.input(PaymentQuery, location="query")
@blueprint.output(PaymentPageResponse)
def search_payments(query_data: PaymentQuery) -> PaymentPageResponse:
    page = resolve(Payments).search(query_data.order_id, query_data.page_request())
    return PaymentPageResponse.model_validate(page)


@blueprint.get("/payments/<payment_id>")
@raises(PaymentNotFound())
@blueprint.output(PaymentResponse)
def get_payment(payment_id: str) -> PaymentResponse:
    return PaymentResponse.model_validate(resolve(Payments).get(payment_id))


@blueprint.post("/payments/<payment_id>/capture")
@raises(PaymentNotFound(), InvalidTransition(Status.DECLINED, Status.CAPTURED), PROCESSOR_FAILED)
@idempotent
@blueprint.output(PaymentResponse)
def capture_payment(payment_id: str) -> PaymentResponse:
    return PaymentResponse.model_validate(resolve(Payments).capture(payment_id))


@blueprint.post("/payments/<payment_id>/refund")
@raises(PaymentNotFound(), InvalidTransition(Status.DECLINED, Status.REFUNDED), PROCESSOR_FAILED)
@idempotent
@blueprint.output(PaymentResponse)
def refund_payment(payment_id: str) -> PaymentResponse:
    return PaymentResponse.model_validate(resolve(Payments).refund(payment_id))


@blueprint.post("/payments/cancellations")
@raises(PROCESSOR_FAILED)
@idempotent
@blueprint.input(CancellationBody)
@blueprint.output(PaymentResponse)
def cancel_payment_of_order(json_data: CancellationBody) -> PaymentResponse:
    """Whatever the order has paid is given back; what it has not, it will not."""
    return PaymentResponse.model_validate(resolve(Payments).cancel_for_order(json_data.order_id))
