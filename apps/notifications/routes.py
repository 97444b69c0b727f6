"""HTTP for notifications: parse, one call, render. Mails are asked for by events, and by Alertmanager."""

from apiflask import APIBlueprint

from apps.notifications.alert_schemas import GroupBody
from apps.notifications.alerting import Alerts
from apps.notifications.notification import MailFailed, Search
from apps.notifications.notifications import Notifications
from apps.notifications.schemas import NotificationPageResponse, NotificationQuery
from chassis.openapi import raises
from chassis.service import resolve

blueprint = APIBlueprint("notifications", __name__)

NOT_SENT = MailFailed("mail", "")


@blueprint.get("/notifications")
@blueprint.input(NotificationQuery, location="query")
@blueprint.output(NotificationPageResponse)
def search_notifications(query_data: NotificationQuery) -> NotificationPageResponse:
    """The mails that were sent, and those that had nobody to go to. No address is known here."""
    search = Search(query_data.user_id, query_data.order_id)
    page = resolve(Notifications).search(search, query_data.page_request())
    return NotificationPageResponse.model_validate(page)


@blueprint.post("/alerts")
@raises(NOT_SENT)
@blueprint.input(GroupBody)
@blueprint.output({}, status_code=204)
def receive_alerts(json_data: GroupBody) -> tuple[str, int]:
    """The webhook of Alertmanager: those on call get a mail. The same alerts again are not sent again."""
    resolve(Alerts).receive(json_data.group())
    return "", 204
