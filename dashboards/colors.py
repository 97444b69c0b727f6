"""One colour for one meaning: what a state, an outcome or a class of status is drawn in, on every panel.

Green is as it should be, blue is under way, purple was given back, orange is a refusal, yellow asks for
attention, red is a failure. Names are those of Grafana's palette, which has them for light and dark pages.
"""

from collections.abc import Mapping
from typing import Any, Final

GOOD: Final = "green"
UNDER_WAY: Final = "blue"
RETURNED: Final = "purple"
REFUSED: Final = "orange"
WARNING: Final = "yellow"
BAD: Final = "red"
# Neither good nor bad: nothing has happened.
NEUTRAL: Final = "#8e8e8e"
# Where Grafana wants CSS instead of a name of its palette: the edges of a node graph.
BAD_CSS: Final = "#f2495c"

# By the text that a label or a legend has for it. `4xx` stands for 404, too.
COLORS: Final[Mapping[str, str]] = {
    # targets and circuit breakers
    "up": GOOD,
    "down": BAD,
    "closed": GOOD,
    "half-open": WARNING,
    "open": BAD,
    # orders, reservations, payments
    "PENDING": UNDER_WAY,
    "CONFIRMED": GOOD,
    "SHIPPED": "semi-dark-green",
    "DELIVERED": "dark-green",
    "CANCELLED": REFUSED,
    "RESERVED": UNDER_WAY,
    "RELEASED": RETURNED,
    "REJECTED": REFUSED,
    "AUTHORIZED": UNDER_WAY,
    "CAPTURED": GOOD,
    "DECLINED": REFUSED,
    "VOIDED": RETURNED,
    "REFUNDED": "dark-purple",
    # why an order did not come about
    "cancelled_on_request": RETURNED,
    "out_of_stock": WARNING,
    "payment_declined": REFUSED,
    "timed_out": BAD,
    # steps of the saga
    "order placed": UNDER_WAY,
    "payment authorized": UNDER_WAY,
    "stock reserved": UNDER_WAY,
    "order confirmed": GOOD,
    "payment captured": GOOD,
    "order cancelled": REFUSED,
    "captured": GOOD,
    "refunded": RETURNED,
    # mails and notifications
    "sent": GOOD,
    "no_recipient": WARNING,
    "refused": REFUSED,
    "failed": BAD,
    # messages
    "handled": GOOD,
    "ignored": NEUTRAL,
    "duplicate": UNDER_WAY,
    "retried": WARNING,
    "dead": BAD,
    # classes of HTTP status, and what the gateway counts where there was no answer
    "2xx": GOOD,
    "3xx": UNDER_WAY,
    "4xx": WARNING,
    "5xx": BAD,
    "timeout": "semi-dark-red",
    "unreached": "dark-red",
    "circuit_open": REFUSED,
    # gRPC: as it should be, the caller's mistake, the server's fault
    "OK": GOOD,
    "INVALID_ARGUMENT": WARNING,
    "NOT_FOUND": WARNING,
    "ALREADY_EXISTS": WARNING,
    "PERMISSION_DENIED": WARNING,
    "RESOURCE_EXHAUSTED": WARNING,
    "FAILED_PRECONDITION": WARNING,
    "ABORTED": WARNING,
    "OUT_OF_RANGE": WARNING,
    "UNAUTHENTICATED": WARNING,
    "UNKNOWN": BAD,
    "DEADLINE_EXCEEDED": BAD,
    "UNIMPLEMENTED": BAD,
    "INTERNAL": BAD,
    "UNAVAILABLE": BAD,
    "DATA_LOSS": BAD,
    # severities of log lines, of alerts, and states of alerts
    "debug": NEUTRAL,
    "info": GOOD,
    "warn": WARNING,
    "error": BAD,
    "fatal": "dark-red",
    "critical": "dark-red",
    "page": BAD,
    "ticket": WARNING,
    "pending": WARNING,
    "firing": BAD,
    "active": BAD,
    "suppressed": NEUTRAL,
    "unprocessed": WARNING,
}

# What belongs together on a panel.
ORDERS: Final = ("PENDING", "CONFIRMED", "SHIPPED", "DELIVERED", "CANCELLED")
ORDER_ENDS: Final = ("cancelled_on_request", "out_of_stock", "payment_declined", "timed_out")
SAGA_STEPS: Final = (
    "order placed",
    "payment authorized",
    "stock reserved",
    "order confirmed",
    "payment captured",
    "order cancelled",
)
PAYMENTS: Final = ("AUTHORIZED", "CAPTURED", "DECLINED", "VOIDED", "REFUNDED")
RESERVATIONS: Final = ("RESERVED", "CONFIRMED", "RELEASED", "REJECTED")
MAILS: Final = ("sent", "no_recipient", "refused", "failed")
MESSAGES: Final = ("handled", "ignored", "duplicate", "retried", "dead")
HTTP: Final = ("2xx", "3xx", "4xx", "5xx")
GRPC: Final = (
    "OK",
    "CANCELLED",
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNAUTHENTICATED",
    "UNKNOWN",
    "DEADLINE_EXCEEDED",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
)
ATTEMPTS: Final = (*HTTP, "timeout", "unreached", "failed", "circuit_open")
LOG_LEVELS: Final = ("debug", "info", "warn", "error", "fatal", "critical")
HELD_ALERTS: Final = ("active", "suppressed", "unprocessed")

Override = Mapping[str, Any]


def of_series(*meanings: str) -> list[Override]:
    """Overrides of a panel: a series with one of these words in its name gets its colour."""
    return [
        {
            "matcher": {"id": "byRegexp", "options": f"/{pattern(meaning)}/"},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": COLORS[meaning]}}],
        }
        for meaning in meanings
    ]


def of_values(meanings: Mapping[str, str]) -> dict[str, Any]:
    """A value mapping: what each value means, in words and colour."""
    results = {
        value: {"text": meaning, "color": COLORS[meaning], "index": index}
        for index, (value, meaning) in enumerate(meanings.items())
    }
    return {"type": "value", "options": results}


def no_traffic() -> dict[str, Any]:
    """A value mapping: 0/0 is neither good nor bad, and not the green of the first threshold."""
    nothing = {"text": "no traffic", "color": NEUTRAL, "index": 0}
    return {"type": "special", "options": {"match": "nan", "result": nothing}}


def pattern(meaning: str) -> str:
    """A regular expression for the word alone; of a class of status, for each status in it as well."""
    digit = meaning.removesuffix("xx")
    word = meaning if digit == meaning else rf"{digit}(?:xx|\d\d)"
    return rf"\b{word}\b"
