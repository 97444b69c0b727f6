"""What can be made to go wrong in orders, on purpose (docs/drills.md)."""

from chassis.faults import Fault

# The relay publishes nothing: events stay in the outbox, and no order is decided.
OUTBOX_STALLED = Fault("outbox-stalled")
