"""The accounts of a run: its own customers, new to the shop, and the administrator; all signed in."""

import secrets
from dataclasses import replace

from stackctl import credentials
from stackctl.query import Shop
from stackctl.traffic.catalogue import OWN_DOMAIN
from stackctl.traffic.clients import ADMIN, CUSTOMERS, Account, Clients

# As users has it by default.
ADMIN_EMAIL = "admin@example.com"


def sign_everybody_in(shop: Shop, run_id: str) -> Clients:
    """Register the run's customers and return everybody's account with a token."""
    customers = {name: _register(shop, f"{name}-{run_id}@{OWN_DOMAIN}") for name in CUSTOMERS}
    admin = Account("", ADMIN_EMAIL, credentials.read(credentials.ADMIN_PASSWORD))
    accounts = {ADMIN: admin, **customers}
    signed_in = {
        name: replace(account, token=shop.sign_in(account.email, account.password))
        for name, account in accounts.items()
    }
    return Clients(signed_in)


def _register(shop: Shop, email: str) -> Account:
    password = secrets.token_urlsafe()
    return Account(shop.register(email, "Traffic", password), email, password)
