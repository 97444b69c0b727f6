"""What only the log lines tell; evaluated by Loki's ruler."""

from typing import Final

from alerts.alert import Alert
from alerts.profiles import Profile, duration
from alerts.rules import alerting_rule
from alerts.windows import TICKET

_INTERVAL_S: Final = 5

# A message with its ids and numbers taken out, and cut: so many different ones there are not. Access lines
# are left out: they say no more than the metrics do.
_ERRORS: Final = """sum by (service_name, message) (count_over_time(
  {service_namespace="shop"} | detected_level=~"error|fatal|critical" | logger!="telemetry.access"
  | label_format message=`{{ regexReplaceAll "[0-9a-fA-F]*[0-9][0-9a-fA-F-]*" __line__ "#" | trunc 100 }}`
  [%s))"""

ALERTS: Final = (
    Alert(
        name="ErrorBurst",
        severity=TICKET,
        expr=f"""topk(5,
{_ERRORS % "<5m>]"} > 10
unless
{_ERRORS % "<1h>] offset <5m>"}
)""",
        wait="0s",
        summary="{{ $labels.service_name }}: a new error, many times",
        description="{{ $labels.service_name }} has logged {{ $value }} times what it had not for an hour "
        "before: {{ $labels.message }}",
        dashboard="service?var-service={{ $labels.service_name }}",
        look="./stack logs {{ $labels.service_name }}, severity ERROR; then ./stack trace with their trace "
        "id",
        grafana=True,
    ),
)


def file(profile: Profile) -> object:
    rules = [alerting_rule(alert, profile) for alert in ALERTS]
    return {"groups": [{"name": "logs", "interval": duration(_INTERVAL_S), "rules": rules}]}
