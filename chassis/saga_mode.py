"""Who sees to it that an order is paid and its stock reserved: the same for all services."""

from enum import StrEnum


class Mode(StrEnum):
    OFF = "off"  # nobody: whoever may change an order confirms it
    CHOREOGRAPHY = "choreography"  # each service reacts to the events of the others
    ORCHESTRATION = "orchestration"  # the coordinator asks one after the other
