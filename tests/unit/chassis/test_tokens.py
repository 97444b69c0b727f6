"""An access token is believed when we signed it and its time has come and not gone."""

import base64
import json
from typing import Any

import jwt
import pytest

from chassis.tokens import ISSUER, Identity, InvalidToken, Tokens
from tests.unit.chassis.fake_clock import FakeClock

KEY = "k" * 32
OTHER_KEY = "o" * 32
ADA = Identity("ada", frozenset({"admin", "customer"}))


@pytest.fixture
def tokens() -> Tokens:
    return Tokens([KEY], lifetime_s=900)


def claims(**changed: Any) -> dict[str, Any]:
    valid = {"iss": ISSUER, "sub": "ada", "roles": [], "iat": 1, "exp": 4_000_000_000}
    return {name: value for name, value in (valid | changed).items() if value is not None}


def signed(key: str = KEY, algorithm: str = "HS256", **changed: Any) -> str:
    return jwt.encode(claims(**changed), key, algorithm)


def unsigned(header: dict[str, Any], payload: dict[str, Any], signature: str = "") -> str:
    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    return f"{part(header)}.{part(payload)}.{signature}"


def reason_for(tokens: Tokens, token: str) -> str:
    with pytest.raises(InvalidToken) as refusal:
        tokens.read(token)
    return refusal.value.reason


def test_a_token_says_who_it_is_from(tokens: Tokens) -> None:
    assert tokens.read(tokens.issue(ADA)) == ADA


def test_a_token_carries_nothing_but_who_and_when() -> None:
    token = Tokens([KEY], 900, FakeClock(now=1_000)).issue(ADA)
    assert jwt.decode(token, options={"verify_signature": False}) == {
        "iss": ISSUER,
        "sub": "ada",
        "roles": ["admin", "customer"],
        "iat": 1_000,
        "exp": 1_900,
    }


def test_an_old_token_has_expired(tokens: Tokens) -> None:
    assert reason_for(tokens, Tokens([KEY], 900, FakeClock(now=1_000_000)).issue(ADA)) == "expired"


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_token_of_the_future_is_not_yet_valid(tokens: Tokens, claim: str) -> None:
    assert reason_for(tokens, jwt.encode(claims(**{claim: 3_900_000_000}), KEY)) == "not_yet_valid"


def test_a_token_of_another_key_is_forged(tokens: Tokens) -> None:
    assert reason_for(tokens, signed(OTHER_KEY)) == "bad_signature"


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "", "HS512", "RS256", "ES256", "made up"])
@pytest.mark.parametrize("signature", ["", "AAAA"])
def test_no_other_algorithm_is_accepted_least_of_all_none(
    tokens: Tokens, algorithm: str, signature: str
) -> None:
    forged = unsigned({"alg": algorithm, "typ": "JWT"}, claims(roles=["admin"]), signature)
    assert reason_for(tokens, forged) == "bad_signature"


def test_a_token_signed_with_a_stronger_hash_of_the_right_key_is_not_ours(tokens: Tokens) -> None:
    token = jwt.encode(claims(), KEY * 2, "HS512")
    assert reason_for(Tokens([KEY * 2], 900), token) == "bad_signature"


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_that_was_tampered_with_is_refused(tokens: Tokens, part: int) -> None:
    parts = tokens.issue(Identity("eve")).split(".")
    parts[part] = tokens.issue(ADA).split(".")[part] if part else parts[part][::-1]
    assert reason_for(tokens, ".".join(parts)) in {"bad_signature", "malformed"}


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "no token at all",
        "é.é.é",
        "\x00",
        "e30.e30.e30",
        unsigned({"alg": ["HS256"]}, {}),
        unsigned({"alg": None}, {}),
        unsigned({}, {}),
        "A" * 100_000,
        base64.urlsafe_b64encode(b"[" * 5_000).decode() + ".e30.e30",
    ],
)
def test_what_is_no_token_is_refused(tokens: Tokens, token: str) -> None:
    assert reason_for(tokens, token) in {"bad_signature", "malformed"}


@pytest.mark.parametrize(
    "changed",
    [
        *({claim: None} for claim in ("iss", "sub", "roles", "iat", "exp")),
        {"iss": "somebody else"},
        {"sub": ""},
        {"roles": "admin"},
        {"roles": {"admin": True}},
        {"roles": [1]},
        {"exp": "soon"},
        {"iat": "now"},
    ],
    ids=str,
)
def test_a_token_that_lacks_something_is_malformed(tokens: Tokens, changed: dict[str, Any]) -> None:
    assert reason_for(tokens, signed(**changed)) == "malformed"


def test_while_keys_rotate_both_are_accepted_and_the_new_one_signs() -> None:
    old, both, new = Tokens([OTHER_KEY], 900), Tokens([KEY, OTHER_KEY], 900), Tokens([KEY], 900)
    assert both.read(old.issue(ADA)) == ADA
    assert new.read(both.issue(ADA)) == ADA
    assert reason_for(old, both.issue(ADA)) == "bad_signature"
    assert reason_for(both, Tokens(["x" * 32], 900).issue(ADA)) == "bad_signature"


@pytest.mark.parametrize("key", [KEY, OTHER_KEY])
def test_of_two_keys_too_an_old_token_is_told_to_have_expired(key: str) -> None:
    issued = Tokens([key], 900, FakeClock(now=1_000_000)).issue(ADA)
    assert reason_for(Tokens([KEY, OTHER_KEY], 900), issued) == "expired"


@pytest.mark.parametrize("keys", [[], [""], ["k" * 31], [KEY, "short"]])
def test_a_key_that_is_too_short_is_refused(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Tokens(keys, 900)
