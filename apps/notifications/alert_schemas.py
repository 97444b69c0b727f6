"""What Alertmanager sends to a webhook (its version 4); what else it may send one day is no error."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from apps.notifications.alerting import Alert, Group, Status
from chassis.schemas import Instant

_MOST_ALERTS = 200

Word = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1F\x7F]*$")]
Text = Annotated[str, StringConstraints(max_length=4_000, pattern=r"^[^\x00]*$")]
_LINKS = ("runbook_url", "dashboard", "logs")


class AlertBody(BaseModel):
    model_config = ConfigDict(extra="ignore")

    status: Status
    labels: Mapping[str, Text] = Field(examples=[{"alertname": "TargetDown", "severity": "page"}])
    annotations: Mapping[str, Text] = Field(examples=[{"summary": "orders cannot be scraped"}])
    startsAt: Instant
    fingerprint: Word = Field(examples=["5ef77f1f8a3ecf8d"])

    def alert(self) -> Alert:
        labels, annotations = self.labels, self.annotations
        starts_at: datetime = self.startsAt
        return Alert(
            fingerprint=self.fingerprint,
            name=labels.get("alertname", "unnamed"),
            status=self.status,
            severity=labels.get("severity", "none"),
            service=labels.get("service_name", ""),
            summary=annotations.get("summary", ""),
            description=annotations.get("description", ""),
            starts_at=starts_at,
            links=tuple((name, annotations[name]) for name in _LINKS if name in annotations),
        )


class GroupBody(BaseModel):
    model_config = ConfigDict(extra="ignore")

    # Alertmanager's is 4; Grafana sends what is the same in all that matters here, and calls it 1.
    version: Literal["4", "1"]
    groupKey: Text = Field(min_length=1, examples=['{}:{alertname="TargetDown"}'])
    status: Status
    alerts: Sequence[AlertBody] = Field(min_length=1, max_length=_MOST_ALERTS)

    def group(self) -> Group:
        return Group(self.groupKey, self.status, tuple(each.alert() for each in self.alerts))
