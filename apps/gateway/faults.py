"""What can be made to go wrong in the gateway, on purpose (docs/drills.md)."""

from collections.abc import Sequence

from limits import RateLimitItem, parse_many

from chassis.faults import Fault

# Somebody sets the limits far too low: each client may send no more than `limit`.
RATE_LIMIT_TOO_LOW = Fault("rate-limit-too-low", limit="1/second")


def limits_in_force(intended: Sequence[RateLimitItem]) -> Sequence[RateLimitItem]:
    knobs = RATE_LIMIT_TOO_LOW.current()
    return parse_many(knobs["limit"]) if knobs else intended
