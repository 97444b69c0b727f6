"""The counters that a run is held against, by the names and labels that they have in Prometheus."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from proof.expectations.calls import CONVENTIONS

# Names of counters, and the labels that matter.
Mattering = Mapping[str, tuple[str, ...]]

_HANDLED = "messaging_client_consumed_messages_total"
_PUBLISHED = "messaging_client_sent_messages_total"

EVENTS: Mattering = {
    _HANDLED: ("event_outcome", "event_type", "messaging_consumer_group_name"),
    _PUBLISHED: ("error_type", "event_type", "messaging_destination_name"),
}

# What the shop counts of its business.
BUSINESS: Mattering = {
    "shop_orders_total": ("status",),
    "shop_orders_cancelled_total": ("reason",),
    "shop_saga_compensations_total": ("step",),
    "shop_payments_total": ("status",),
    "shop_reservations_total": ("status",),
    "notifications_emails_total": ("outcome", "template"),
}

CALLS = frozenset(f"{convention.counter}_count" for convention in CONVENTIONS.values())
RISING = CALLS | {*EVENTS, *BUSINESS}

# No counter: where all units of stock are, as the database has it.
STOCK = "shop_stock_units"
WATCHED = RISING | {STOCK}

# Prometheus adds these to what an instance shows.
_OF_THE_TARGET = frozenset({"__name__", "instance", "job", "service_name"})

# Labels that tell an end from a try, and their values for the ends.
_ENDS = {"event_outcome": "handled", "error_type": "", "outcome": "sent"}


@dataclass(frozen=True, order=True)
class Counted:
    """A counter of a service by its name and labels; those that are empty are left out."""

    service: str
    name: str
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def is_an_end(self) -> bool:
        """Whether it counts what took effect, not what was in vain or is tried again."""
        return all(_ENDS.get(label, value) == value for label, value in self.labels)

    @property
    def selector(self) -> str:
        """In PromQL."""
        labels = ",".join(f'{name}="{value}"' for name, value in (("job", self.service), *self.labels))
        return f"{self.name}{{{labels}}}"

    def __str__(self) -> str:
        return " ".join((self.service, self.name, *(value for _, value in self.labels)))


def counted(service: str, name: str, labels: Mapping[str, str]) -> Counted:
    own = {label: value for label, value in labels.items() if value and label not in _OF_THE_TARGET}
    return Counted(service, name, tuple(sorted(own.items())))


def handled(service: str, queue: str, event: str) -> Counted:
    labels = (("event_outcome", "handled"), ("event_type", event), ("messaging_consumer_group_name", queue))
    return Counted(service, _HANDLED, labels)


def published(service: str, exchange: str, event: str) -> Counted:
    labels = (("event_type", event), ("messaging_destination_name", exchange))
    return Counted(service, _PUBLISHED, labels)


def ends_among(rose: Counter[Counted], mattering: Mattering) -> Counter[Counted]:
    """By how much these counters rose, summed up over labels that do not matter, tries left out."""
    ends: Counter[Counted] = Counter()
    for one, amount in rose.items():
        if one.name in mattering and one.is_an_end:
            labels = tuple(each for each in one.labels if each[0] in mattering[one.name])
            ends[Counted(one.service, one.name, labels)] += amount
    return ends
