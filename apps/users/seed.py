"""People of the history of computing, so that the first look is not empty."""

from datetime import UTC, datetime, timedelta

from apps.users.users import User
from chassis.identity import seed_id

NAMES = (
    "Ada Lovelace",
    "Alan Turing",
    "Barbara Liskov",
    "Donald Knuth",
    "Edsger Dijkstra",
    "Frances Allen",
    "Grace Hopper",
    "Katherine Johnson",
    "Margaret Hamilton",
    "Radia Perlman",
)
FIRST_REGISTERED = datetime(2026, 1, 5, 9, tzinfo=UTC)


def users() -> list[User]:
    return [_user(name, FIRST_REGISTERED + timedelta(days=day)) for day, name in enumerate(NAMES)]


def _user(name: str, created_at: datetime) -> User:
    first_name = name.split()[0].lower()
    return User(seed_id("user", first_name), f"{first_name}@example.com", name, created_at)
