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
    PaymentAnswer,
    PaymentPageAnswer,
    PaymentQuery,
)
from chassis.facts import UpstreamFailed
from chassis.idempotency import idempotent
from chassis.openapi import states
from chassis.service import provided

blueprint = APIBlueprint("payments", __name__)

PROCESSOR_FAILED = UpstreamFailed(PEER, "")


@blueprint.post("/payments")
@states(AmountDiffers(), OrderCancelled(), PROCESSOR_FAILED)
@idempotent
@blueprint.input(AuthorizationBody)
@blueprint.output(PaymentAnswer, status_code=201)
def authorize_payment(json_data: AuthorizationBody) -> tuple[PaymentAnswer, int, dict[str, str]]:
    payment = provided(Payments).authorize(json_data.order_id, json_data.amount_cents, json_data.card_token)
    location = url_for(".get_payment", payment_id=payment.id)
    return PaymentAnswer.model_validate(payment), 201, {"Location": location}


@blueprint.get("/payments")
@blueprint.input(PaymentQuery, location="query")
@blueprint.output(PaymentPageAnswer)
def search_payments(query_data: PaymentQuery) -> PaymentPageAnswer:
    page = provided(Payments).search(query_data.order_id, query_data.page_request())
    return PaymentPageAnswer.model_validate(page)


@blueprint.get("/payments/<payment_id>")
@states(PaymentNotFound())
@blueprint.output(PaymentAnswer)
def get_payment(payment_id: str) -> PaymentAnswer:
    return PaymentAnswer.model_validate(provided(Payments).get(payment_id))


@blueprint.post("/payments/<payment_id>/capture")
@states(PaymentNotFound(), InvalidTransition(Status.DECLINED, Status.CAPTURED), PROCESSOR_FAILED)
@idempotent
@blueprint.output(PaymentAnswer)
def capture_payment(payment_id: str) -> PaymentAnswer:
    return PaymentAnswer.model_validate(provided(Payments).capture(payment_id))


@blueprint.post("/payments/<payment_id>/refund")
@states(PaymentNotFound(), InvalidTransition(Status.DECLINED, Status.REFUNDED), PROCESSOR_FAILED)
@idempotent
@blueprint.output(PaymentAnswer)
def refund_payment(payment_id: str) -> PaymentAnswer:
    return PaymentAnswer.model_validate(provided(Payments).refund(payment_id))


@blueprint.post("/payments/cancellations")
@states(PROCESSOR_FAILED)
@idempotent
@blueprint.input(CancellationBody)
@blueprint.output(PaymentAnswer)
def cancel_payment_of_order(json_data: CancellationBody) -> PaymentAnswer:
    """Whatever the order has paid is given back; what it has not, it will not."""
    return PaymentAnswer.model_validate(provided(Payments).cancel_for_order(json_data.order_id))
