"""The instruments that notifications owns."""

from prometheus_client import Counter, Gauge, Histogram

from apps.notifications.notification import Outcome, Template

emails = Counter(
    "notifications_emails",
    "Mails by what became of them: sent, no_recipient, failed (to be tried again) or refused.",
    ["template", "outcome"],
)
smtp_duration = Histogram(
    "notifications_smtp_duration_seconds",
    "Duration of handing one mail to the mail server; `outcome` is sent, failed or refused.",
    ["outcome"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
alerts = Counter(
    "notifications_alerts", "Alerts that were mailed, by status and severity.", ["status", "severity"]
)
watchdog_silence = Gauge(
    "notifications_watchdog_silence_seconds", "Since alerting has said that it works, or since the start."
)
watchdog_missing = Gauge("notifications_watchdog_missing", "1 while alerting is silent for too long.")

for _status in ("firing", "resolved"):
    for _severity in ("page", "ticket"):
        alerts.labels(_status, _severity)
for _template in Template:
    for _outcome in Outcome:
        emails.labels(_template, _outcome)  # there from the start: the first of a kind is an increase too
