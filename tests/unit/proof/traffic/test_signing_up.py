"""The accounts of a run."""

from pathlib import Path
from typing import Any

import pytest

from apps.users.settings import Settings
from stackctl.mail import received
from stackctl.mail.mailbox import Mailbox
from stackctl.query import Shop
from stackctl.settings import credentials
from stackctl.shop_scenarios.clients import ADMIN, CUSTOMERS, SIGNED_IN, Clients
from stackctl.shop_scenarios.sign_up import ADMIN_EMAIL, sign_everybody_in
from tests.unit.stackctl.fake_backend import Params, Raw, Refusal, fake_backend


class Users:
    """The shop's, with the administrator among them; whoever registers is welcomed at once."""

    def __init__(self) -> None:
        self.passwords = {ADMIN_EMAIL: credentials.read(credentials.ADMIN_PASSWORD)}
        self.mailbox = Mailbox(received.folder())

    def take(self, path: str, body: Any) -> Any:
        email = body["email"]
        if path == "/users":
            self.passwords[email] = body["password"]
            self.mailbox.store("shop@example.com", [email], f"Message-ID: <{email}>\r\n\r\nwelcome".encode())
            return {"id": f"id of {email}"}
        if self.passwords[email] != body["password"]:
            raise Refusal(401, Raw(b"bad_credentials"))
        return {"access_token": f"token of {email}"}


def no_get(path: str, params: Params) -> Any:
    raise Refusal(404, Raw(b"nothing here"))


@pytest.fixture(autouse=True)
def own_state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    credentials.make_missing()


def test_customers_are_new_in_every_run_and_all_have_tokens_of_their_own() -> None:
    users = Users()
    with fake_backend(no_get, users.take) as url:
        first, second = (sign_everybody_in(Shop(url), run_id) for run_id in ("run-a", "run-b"))
    tokens = {clients.token(name) for clients in (first, second) for name in CUSTOMERS}
    assert len(tokens) == 2 * len(CUSTOMERS)
    assert first.token(ADMIN) == f"token of {ADMIN_EMAIL}"
    assert len(set(users.passwords.values())) == len(users.passwords)


def test_the_run_knows_the_ids_of_its_customers() -> None:
    with fake_backend(no_get, Users().take) as url:
        ids = sign_everybody_in(Shop(url), "run-a").user_ids()
    assert ids["customer-1"] == "id of customer-1-run-a@traffic.example"
    assert set(ids) == set(CUSTOMERS)


def test_only_who_is_signed_in_sends_a_valid_token() -> None:
    with fake_backend(no_get, Users().take) as url:
        clients = sign_everybody_in(Shop(url), "run-a")
    assert all(clients.headers(name)["Authorization"].startswith("Bearer token of") for name in SIGNED_IN)
    assert clients.headers("stranger")["Authorization"] == "Bearer no-token"
    assert "Authorization" not in clients.headers("nobody")


def test_everybody_sends_the_key_to_traces_of_their_own() -> None:
    assert Clients({}, "key").headers("nobody") == {"X-Trace-Key": "key"}
    assert Clients({}).headers("nobody") == {}


def test_no_secret_of_an_account_is_printed() -> None:
    with fake_backend(no_get, Users().take) as url:
        clients = sign_everybody_in(Shop(url), "run-a")
    assert credentials.read(credentials.ADMIN_PASSWORD) not in repr(vars(clients))
    assert "token of" not in repr(vars(clients))


def test_the_administrator_has_the_address_that_users_gives_them() -> None:
    assert Settings.admin_email == ADMIN_EMAIL
