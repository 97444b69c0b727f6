"""How other services ask users."""

from typing import TypeVar

from pydantic import BaseModel, Field

from chassis.errors import UpstreamRefused
from chassis.http_client import HttpClient

Model = TypeVar("Model", bound=BaseModel)


class User(BaseModel):
    """As much of a user as most services need: personal data stays where it is."""

    id: str


class Contact(BaseModel):
    """How to write to a user. For the moment of writing: whoever keeps it, keeps it when the user is gone."""

    email: str = Field(repr=False)
    name: str = Field(repr=False)


class UsersClient:
    def __init__(self, peer: HttpClient) -> None:
        self._peer = peer

    def exists(self, user_id: str) -> bool:
        return self._find(user_id, User) is not None

    def contact(self, user_id: str) -> Contact | None:
        """None when there is no such user, or no longer."""
        return self._find(user_id, Contact)

    def _find(self, user_id: str, answer: type[Model]) -> Model | None:
        try:
            return self._peer.get(f"/users/{user_id}", answer)
        except UpstreamRefused as refusal:
            if refusal.answer_code == "user_not_found":
                return None
            raise
