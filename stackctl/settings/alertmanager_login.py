"""What Alertmanager asks everybody for: a password, made once, and the two files that are made of it."""

import base64
import re

import bcrypt

from stackctl.settings import credentials
from stackctl.system import atomic_write

USER = "admin"
PASSWORD = "alertmanager-password"
# For itself: it keeps a hash.
WEB_CONFIG = "alertmanager-web.yml"
# For those who send headers as they are: what follows `Authorization: Basic`.
AUTHORIZATION = "alertmanager-authorization"

# Anybody may guess as often as the machine bears; a generated password needs no more rounds than these.
_ROUNDS = 10
_HASH = re.compile(r"\$2b\$\d\d\$[./A-Za-z0-9]{53}")


def make_missing() -> None:
    """What is there and belongs to the password stays: Alertmanager is started with it."""
    credentials.make_missing(PASSWORD)
    password = credentials.read(PASSWORD)
    encoded = base64.b64encode(f"{USER}:{password}".encode()).decode()
    if credentials.read(AUTHORIZATION) != encoded:
        atomic_write.write(credentials.file(AUTHORIZATION), encoded, private=True)
    if not _is_of(password, credentials.read(WEB_CONFIG)):
        hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(_ROUNDS)).decode()
        text = f'basic_auth_users: {{ {USER}: "{hashed}" }}\n'
        atomic_write.write(credentials.file(WEB_CONFIG), text, private=True)


def header() -> str:
    """The value of `Authorization`; empty before the first `up`."""
    encoded = credentials.read(AUTHORIZATION)
    return f"Basic {encoded}" if encoded else ""


def _is_of(password: str, web_config: str) -> bool:
    found = _HASH.search(web_config)
    return found is not None and bcrypt.checkpw(password.encode(), found[0].encode())
