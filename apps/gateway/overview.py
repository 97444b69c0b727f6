"""What the first page of a user's account shows, put together from several services at once."""

import logging
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from apps.gateway import metrics
from apps.gateway.upstreams import Upstreams
from chassis.errors import NotFound, UpstreamFailed, UpstreamRefused
from chassis.parallel import Parallel
from chassis.transport import Call

logger = logging.getLogger(__name__)

T = TypeVar("T")

LAST_ORDERS = 5


class Profile(BaseModel):
    id: str
    email: str
    name: str
    created_at: datetime


class OrderItem(BaseModel):
    product_id: str
    name: str
    quantity: int


class Order(BaseModel):
    id: str
    status: str
    items: list[OrderItem]
    total_cents: int
    created_at: datetime


class OrderList(BaseModel):
    items: list[Order]


class UserNotFound(NotFound):
    code = "user_not_found"

    def __init__(self) -> None:
        super().__init__("No user has this id.")


@dataclass(frozen=True)
class Overview:
    """A part that could not be had is None."""

    profile: Profile | None
    orders: Sequence[Order] | None

    @property
    def missing(self) -> Sequence[str]:
        return [name for name, part in (("profile", self.profile), ("orders", self.orders)) if part is None]

    @property
    def partial(self) -> bool:
        return bool(self.missing)


class Overviews:
    def __init__(self, upstreams: Upstreams, threads: int) -> None:
        self._upstreams = upstreams
        self._parallel = Parallel(threads)

    def of(self, user_id: str) -> Overview:
        """As much as there is. Raises UserNotFound, and the failure when there is nothing at all."""
        profile = self._parallel.start(lambda: self._profile(user_id))
        orders = self._parallel.start(lambda: self._orders(user_id))
        for part in (profile, orders):
            part.exception()  # waits for both, whatever becomes of one: nothing goes on behind an answer
        overview = Overview(_part("profile", profile), _part("orders", orders))
        if overview.profile is None and overview.orders is None:
            orders.result()
        return overview

    def _profile(self, user_id: str) -> Profile:
        try:
            return self._upstreams.ask("users", Call("GET", f"/users/{quote(user_id)}"), Profile)
        except UpstreamRefused as refusal:
            if refusal.answer_code == UserNotFound.code:
                raise UserNotFound from None
            raise

    def _orders(self, user_id: str) -> Sequence[Order]:
        target = f"/orders?user_id={quote(user_id)}&limit={LAST_ORDERS}"
        return self._upstreams.ask("orders", Call("GET", target), OrderList).items


def _part(name: str, future: "Future[T]") -> T | None:
    try:
        return future.result()
    except UpstreamFailed as failure:
        metrics.partial_answers.labels(name).inc()
        fields = {"overview.part": name, "service.peer.name": failure.peer, "error.reason": failure.reason}
        logger.warning("overview without a part", extra=fields)
        return None
