"""How other services ask users."""

from pydantic import BaseModel

from chassis.facts import UpstreamRefused
from chassis.peers import Peer


class User(BaseModel):
    """As much of a user as other services need: personal data stays where it is."""

    id: str


class UsersClient:
    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def exists(self, user_id: str) -> bool:
        try:
            self._peer.get(f"/users/{user_id}", User)
        except UpstreamRefused as refusal:
            if refusal.answer_code == "user_not_found":
                return False
            raise
        return True
