"""Who sends the requests of a run: customers of its own, an administrator, and those without a token."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from random import Random

from proof.traffic.response import Response

ADMIN = "admin"
CUSTOMERS = ("customer-1", "customer-2", "customer-3", "customer-4")
# Sends no token at all.
NOBODY = "nobody"
# Sends a token that is none.
STRANGER = "stranger"

SIGNED_IN = (ADMIN, *CUSTOMERS)

# Whoever a run registers has an address here.
OWN_DOMAIN = "traffic.example"

# Stand in a request for what is known of its sender only when it is sent.
OWN_ID = "{own id}"
EMAIL = "{email}"
PASSWORD = "{password}"


class By(Enum):
    """Who may send a kind of request."""

    ANYBODY = "a customer, or somebody who is not signed in"
    NOBODY = "somebody who is not signed in"
    STRANGER = "somebody with a bad token"
    CUSTOMER = "a customer"
    ADMIN = "the administrator"
    SIGNED_IN = "a customer or the administrator"
    CREATOR = "the customer who has created what it is about"
    ANOTHER = "another customer than that one"


@dataclass(frozen=True)
class Account:
    """Whoever can sign in."""

    user_id: str
    email: str
    password: str = field(repr=False)
    token: str = field(default="", repr=False)


def email_of_customer(name: str, run_id: str) -> str:
    return f"{name}-{run_id}@{OWN_DOMAIN}"


class Clients:
    """The accounts by the names of clients, each with its latest token.

    With `trace_key` the gateway takes over the traces that the requests belong to (apps/gateway/settings.py).
    """

    def __init__(self, accounts: Mapping[str, Account], trace_key: str = "") -> None:
        self._accounts = dict(accounts)
        self._trace_key = trace_key

    def token(self, client: str) -> str:
        return self._accounts[client].token

    def user_ids(self) -> dict[str, str]:
        """Of the customers."""
        return {name: self._accounts[name].user_id for name in CUSTOMERS}

    def answered(self, kind: str, client: str, response: Response) -> None:
        """Keep a new token."""
        if kind == "login" and (token := response.field("access_token")) is not None:
            self._accounts[client] = replace(self._accounts[client], token=token)

    def headers(self, client: str) -> dict[str, str]:
        headers = {"X-Trace-Key": self._trace_key} if self._trace_key else {}
        account = self._accounts.get(client)
        if client == STRANGER:
            headers["Authorization"] = "Bearer no-token"
        elif account:
            headers["Authorization"] = f"Bearer {account.token}"
        return headers

    def fill_in(self, client: str, text: str) -> str:
        """Put what is known of the client into its request."""
        account = self._accounts.get(client)
        if account is None:
            return text
        known = {OWN_ID: account.user_id, EMAIL: account.email, PASSWORD: account.password}
        for placeholder, value in known.items():
            text = text.replace(placeholder, value)
        return text


def choose_client(by: By, creator: str, rng: Random) -> str:
    """Draw one of those who may send a request; `creator` has sent the one that it needs."""
    match by:
        case By.ANYBODY:
            return rng.choice((NOBODY, *CUSTOMERS))
        case By.CUSTOMER:
            return rng.choice(CUSTOMERS)
        case By.SIGNED_IN:
            return rng.choice(SIGNED_IN)
        case By.CREATOR:
            return creator
        case By.ANOTHER:
            return rng.choice([customer for customer in CUSTOMERS if customer != creator])
        case By.NOBODY:
            return NOBODY
        case By.STRANGER:
            return STRANGER
        case By.ADMIN:
            return ADMIN
