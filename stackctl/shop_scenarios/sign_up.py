"""The accounts of a run: its own customers, new to the shop, and the administrator; all signed in."""

import secrets
import time
from collections.abc import Collection
from dataclasses import replace

from stackctl.mail import mailbox, received
from stackctl.query import Shop
from stackctl.settings import credentials
from stackctl.shop_scenarios.clients import ADMIN, CUSTOMERS, Account, Clients, email_of_customer
from stackctl.system.polling import NotYet, poll_until

# As users has it by default.
ADMIN_EMAIL = "admin@example.com"

_WELCOME_SECONDS = 30.0


def sign_everybody_in(shop: Shop, run_id: str) -> Clients:
    """Register the run's customers and return everybody's account with a token.

    Returns once they have been welcomed by mail: nothing of this is left to happen while the run is measured.
    """
    began = time.time()
    customers = {name: _register(shop, email_of_customer(name, run_id)) for name in CUSTOMERS}
    signed_in = {
        name: replace(account, token=shop.sign_in(account.email, account.password))
        for name, account in {ADMIN: admin_account(), **customers}.items()
    }
    _wait_for_mails({customer.email for customer in customers.values()}, began)
    return Clients(signed_in, credentials.read(credentials.TRACE_KEY))


def admin_account() -> Account:
    return Account("", ADMIN_EMAIL, credentials.read(credentials.ADMIN_PASSWORD))


def _register(shop: Shop, email: str) -> Account:
    password = secrets.token_urlsafe()
    return Account(shop.register(email, "Traffic", password), email, password)


def _wait_for_mails(recipients: Collection[str], since: float) -> None:
    def all_there() -> bool | NotYet:
        new = [path for path in mailbox.files(received.folder()) if path.stat().st_mtime >= since]
        missing = set(recipients) - {recipient for path in new for recipient in mailbox.read(path).to}
        return not missing or NotYet(f"{len(missing)} of {len(recipients)} are missing")

    poll_until(all_there, "the welcome mails of the run's customers", _WELCOME_SECONDS)
