"""The events that users publishes: ids only. Who needs more asks users, and gets what is true then."""

from typing import Final

from sqlalchemy.orm import Session

from chassis.events import Outbox

USER_EVENTS: Final = "user_events"
USER_REGISTERED: Final = "UserRegistered"


def add_user_registered(outbox: Outbox, session: Session, user_id: str) -> None:
    outbox.add(session, USER_EVENTS, USER_REGISTERED, {"user_id": user_id}, key=user_id)
