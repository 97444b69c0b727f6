"""What can be made to go wrong in payments, on purpose (docs/drills.md)."""

from chassis.faults import Fault

# The card processor declines cards that are good: `ratio` of them, with `reason`. Customers see cancelled
# orders, while every service answers as it should.
DECLINING = Fault("payments-declining", ratio=0.9, reason="do_not_honor")

# The card processor takes `seconds` longer to authorize a card. Events queue up behind it.
SLOW = Fault("payments-slow", seconds=3.0)


def decline_reason() -> str | None:
    """Of a card that nothing is wrong with."""
    if DECLINING.strikes() and (knobs := DECLINING.current()) is not None:
        return str(knobs["reason"])
    return None
