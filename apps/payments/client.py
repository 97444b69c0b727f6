"""How other services ask payments."""

import json
from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from apps.payments.lifecycle import Status
from chassis.errors import Conflict, UpstreamFailed, UpstreamRefused
from chassis.http_client import Timeouts
from chassis.transport import Call, HttpResponse, Transport

__all__ = ["OrderCancelled", "Payment", "PaymentsClient", "Status"]

PEER = "payments"

Model = TypeVar("Model", bound=BaseModel)


class Payment(BaseModel):
    """As much of a payment as other services need."""

    model_config = ConfigDict(frozen=True)

    id: str
    amount_cents: int
    status: Status


class PaymentList(BaseModel):
    items: list[Payment]


class OrderCancelled(Conflict):
    """What the order has paid was given back, so it pays nothing any more."""

    code = "order_cancelled"

    def __init__(self) -> None:
        super().__init__("The payment of this order was given back.")


class PaymentsClient:
    """Everything may be asked for again, as after a time-out: it takes effect once for an order."""

    def __init__(self, base_url: str, transport: Transport, timeouts: Timeouts) -> None:
        self._base_url = base_url.rstrip("/")
        self._transport = transport
        self._timeouts = timeouts

    def authorize(self, order_id: str, amount_cents: int, card_token: str) -> Payment:
        """AUTHORIZED (or CAPTURED by now) or DECLINED; raises OrderCancelled."""
        body = {"order_id": order_id, "amount_cents": amount_cents, "card_token": card_token}
        try:
            return self._post("/payments", Payment, body, {"Idempotency-Key": order_id})
        except UpstreamRefused as refusal:
            if refusal.answer_code == OrderCancelled.code:
                raise OrderCancelled from refusal
            raise

    def of_order(self, order_id: str) -> Payment | None:
        found = self._send(Call("GET", f"/payments?order_id={order_id}"), PaymentList).items
        return found[0] if found else None

    def capture(self, payment_id: str) -> Payment:
        return self._post(f"/payments/{payment_id}/capture", Payment)

    def cancel(self, order_id: str) -> Payment:
        """Give back what the order has paid, and see to it that it pays nothing later."""
        return self._post("/payments/cancellations", Payment, {"order_id": order_id})

    def _post(
        self,
        target: str,
        answer: type[Model],
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Model:
        sent = {"Content-Type": "application/json"} if body is not None else {}
        content = b"" if body is None else json.dumps(body).encode()
        return self._send(Call("POST", target, (*sent.items(), *(headers or {}).items()), content), answer)

    def _send(self, call: Call, answer: type[Model]) -> Model:
        """Raises UpstreamTimeout, UpstreamRefused (4xx) or UpstreamFailed."""
        return _read(self._transport.send(self._base_url, call, self._timeouts), answer)


def _read(answer: HttpResponse, model: type[Model]) -> Model:
    if 400 <= answer.status < 500:
        raise UpstreamRefused(PEER, answer.status, _error_code(answer))
    if answer.status >= 300:
        raise UpstreamFailed(PEER, f"answered {answer.status}")
    try:
        return model.model_validate_json(answer.body)
    except ValidationError:
        raise UpstreamFailed(PEER, f"its answer is no {model.__name__}") from None


def _error_code(answer: HttpResponse) -> str:
    try:
        return str(json.loads(answer.body)["error"]["code"])
    except (ValueError, LookupError, TypeError):
        return ""
