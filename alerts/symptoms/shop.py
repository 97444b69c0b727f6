"""The shop does not do for its customers what it is there for."""

from typing import Final

from alerts.alert import Alert
from alerts.windows import PAGE, TICKET

# Some cards do not pay, always. From the half of them on it is the processor, or ours: raise it for a shop
# whose customers are declined more often.
_DECLINED: Final = 'sum by (service_name) (increase(shop_payments_total{status="DECLINED"}[<5m>]))'
_DECIDED: Final = 'sum by (service_name) (increase(shop_payments_total{status=~"AUTHORIZED|DECLINED"}[<5m>]))'
_NOT_SENT: Final = (
    'sum by (service_name) (increase(notifications_emails_total{outcome=~"failed|refused"}[<10m>]))'
)
_MAILS: Final = "sum by (service_name) (increase(notifications_emails_total[<10m>]))"
_LIMITED: Final = 'sum by (service_name) (increase(gateway_rate_limited_total{limit="general"}[<5m>]))'
_ASKED: Final = (
    "sum by (service_name) "
    '(increase(http_server_request_duration_seconds_count{service_name="gateway"}[<5m>]))'
)

ALERTS: Final = (
    Alert(
        name="PaymentsDeclined",
        severity=PAGE,
        expr=f"{_DECLINED}\n/ {_DECIDED}\n> 0.5\nand {_DECLINED} > 10",
        wait="2m",
        summary="most cards are declined",
        description="{{ $value | humanizePercentage }} of the payments are declined; normal is one in ten.",
        dashboard="business",
        grafana=True,
    ),
    Alert(
        name="SagaStuck",
        severity=PAGE,
        # Orders says itself which ones wait too long (SAGA_STUCK_AFTER_SECONDS).
        expr="max by (service_name, step) (shop_orders_stuck) > 0",
        wait="2m",
        summary="orders are stuck at {{ $labels.step }}",
        description="{{ $value }} orders have waited too long for the step {{ $labels.step }} of their saga.",
        dashboard="business",
        look="./stack logs orders, lines 'order is stuck'; then ./stack trace with their trace id",
        grafana=True,
    ),
    Alert(
        name="EmailsFailing",
        severity=TICKET,
        expr=f"{_NOT_SENT}\n/ {_MAILS}\n> 0.2\nand {_NOT_SENT} > 5",
        wait="5m",
        summary="mails cannot be sent",
        description="{{ $value | humanizePercentage }} of the attempts to send a mail fail. None is lost: "
        "they are tried again for some 40 minutes, then they are dead letters.",
        dashboard="business",
    ),
    Alert(
        name="RequestsRateLimited",
        severity=TICKET,
        expr=f"{_LIMITED}\n/ {_ASKED}\n> 0.05\nand {_LIMITED} > 20",
        wait="5m",
        summary="the gateway refuses clients as too many",
        description="{{ $value | humanizePercentage }} of the requests are answered 429: a client runs "
        "wild, or the limit (RATE_LIMIT) is too low.",
        dashboard="service?var-service=gateway",
        look="./stack logs gateway, status 429",
    ),
    Alert(
        name="CircuitOpen",
        severity=PAGE,
        # Open for 5 s, then one call is tried: whoever looks every 5 s sees it open now and then.
        expr="max by (service_name, peer) (max_over_time(circuit_breaker_state[<1m>])) == 2",
        wait="1m",
        summary="{{ $labels.service_name }} no longer calls {{ $labels.peer }}",
        description="The circuit from {{ $labels.service_name }} to {{ $labels.peer }} keeps opening: at "
        "least half of the calls fail, and all others are refused at once (state {{ $value }}: open).",
        dashboard="dependencies",
        look="./stack logs {{ $labels.peer }}",
    ),
)
