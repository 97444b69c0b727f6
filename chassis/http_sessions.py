"""Pooled connections to the instances of a service: what all calls over HTTP go through."""

from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from chassis.registry import MAX_INSTANCES


class _Session(requests.Session):
    def resolve_redirects(self, *_: Any, **__: Any) -> Iterator[Any]:
        """None. Although no redirect is to be followed, `requests` would prepare one, and use up the body."""
        return iter(())


def new_session(connections: int) -> requests.Session:
    """One that threads can share: it keeps no state, and takes nothing from the environment."""
    session = _Session()
    session.trust_env = False  # no proxy, no .netrc: peers are on our own network
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(MAX_INSTANCES, pool_maxsize=connections, max_retries=0))
    return session
