"""The states of a payment and the ways through them, as data.

A state in -ING is written before the card processor is asked, and left once it has answered. Whoever finds
a payment in one, perhaps after a crash, asks again: the processor does each thing once for an order.
"""

from collections.abc import Mapping
from enum import StrEnum


class Status(StrEnum):
    PENDING = "PENDING"
    AUTHORIZED = "AUTHORIZED"
    DECLINED = "DECLINED"
    CAPTURING = "CAPTURING"
    CAPTURED = "CAPTURED"
    REFUNDING = "REFUNDING"
    REFUNDED = "REFUNDED"
    VOIDING = "VOIDING"
    VOIDED = "VOIDED"


# The next state on the way to an end. No way leads back: that is why following one comes to an end.
Way = Mapping[Status, Status]

TO_CAPTURED: Way = {
    Status.AUTHORIZED: Status.CAPTURING,
    Status.CAPTURING: Status.CAPTURED,
}
TO_RETURNED: Way = {
    Status.PENDING: Status.VOIDING,
    Status.AUTHORIZED: Status.VOIDING,
    Status.CAPTURING: Status.VOIDING,  # whether it was captured or not: the processor reverses either
    Status.VOIDING: Status.VOIDED,
    Status.CAPTURED: Status.REFUNDING,
    Status.REFUNDING: Status.REFUNDED,
}

RETURNED = frozenset({Status.VOIDING, Status.VOIDED, Status.REFUNDING, Status.REFUNDED})

# The states in which a payment may rest; the others are work under way.
OUTCOMES = frozenset(
    {
        Status.AUTHORIZED,
        Status.DECLINED,
        Status.CAPTURED,
        Status.REFUNDED,
        Status.VOIDED,
    }
)
HOLDS_CAPTURED_MONEY = frozenset({Status.CAPTURED, Status.REFUNDING, Status.REFUNDED})
