"""HTTP for notifications: parse, one call, render. They are asked for by events alone."""

from apiflask import APIBlueprint

from apps.notifications.notification import Search
from apps.notifications.notifications import Notifications
from apps.notifications.schemas import NotificationPageAnswer, NotificationQuery
from chassis.service import provided

blueprint = APIBlueprint("notifications", __name__)


@blueprint.get("/notifications")
@blueprint.input(NotificationQuery, location="query")
@blueprint.output(NotificationPageAnswer)
def search_notifications(query_data: NotificationQuery) -> NotificationPageAnswer:
    """The mails that were sent, and those that had nobody to go to. No address is known here."""
    search = Search(query_data.user_id, query_data.order_id)
    page = provided(Notifications).search(search, query_data.page_request())
    return NotificationPageAnswer.model_validate(page)
