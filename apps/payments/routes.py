"""HTTP for payments: parse, one call, render."""

from apiflask import APIBlueprint
from flask import url_for

from apps.payments.payments import Payments
from apps.payments.schemas import (
    AuthorizationBody,
    CancellationBody,
    PaymentAnswer,
    PaymentPageAnswer,
    PaymentQuery,
)
from chassis.idempotency import idempotent
from chassis.service import provided

blueprint = APIBlueprint("payments", __name__)


@blueprint.post("/payments")
@idempotent
@blueprint.input(AuthorizationBody)
@blueprint.output(PaymentAnswer, status_code=201)
@blueprint.doc(responses=[409, 502])
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
@blueprint.output(PaymentAnswer)
def get_payment(payment_id: str) -> PaymentAnswer:
    return PaymentAnswer.model_validate(provided(Payments).get(payment_id))


@blueprint.post("/payments/<payment_id>/capture")
@idempotent
@blueprint.output(PaymentAnswer)
@blueprint.doc(responses=[409, 502])
def capture_payment(payment_id: str) -> PaymentAnswer:
    return PaymentAnswer.model_validate(provided(Payments).capture(payment_id))


@blueprint.post("/payments/<payment_id>/refund")
@idempotent
@blueprint.output(PaymentAnswer)
@blueprint.doc(responses=[409, 502])
def refund_payment(payment_id: str) -> PaymentAnswer:
    return PaymentAnswer.model_validate(provided(Payments).refund(payment_id))


@blueprint.post("/payments/cancellations")
@idempotent
@blueprint.input(CancellationBody)
@blueprint.output(PaymentAnswer)
@blueprint.doc(responses=[502])
def cancel_payment_of_order(json_data: CancellationBody) -> PaymentAnswer:
    """Whatever the order has paid is given back; what it has not, it will not."""
    return PaymentAnswer.model_validate(provided(Payments).cancel_for_order(json_data.order_id))
