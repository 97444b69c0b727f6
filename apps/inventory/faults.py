"""What can be made to go wrong in inventory, on purpose (docs/drills.md)."""

from chassis.faults import Fault

# The consumer takes no message, although its process is up and ready. Orders wait for stock.
CONSUMER_STALLED = Fault("consumer-stalled")

# Whoever asks how much is there waits `seconds`: longer than the gateway does (INVENTORY_TIMEOUT_SECONDS).
HANGING = Fault("inventory-hanging", seconds=4.0)
