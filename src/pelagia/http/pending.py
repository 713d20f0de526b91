"""What a browser keeps while it is at the identity provider: a short-lived cookie that only we can have made."""

from __future__ import annotations

import base64
import hmac
import json
import time
from dataclasses import asdict

from pelagia.core.errors import SignInNeeded
from pelagia.runtime.accounts.identity_provider import Pending
from pelagia.runtime.accounts.keys import Keys

PENDING_COOKIE = "pelagia_pending"
PENDING_SECONDS = 600
PURPOSE = b"pending sign-in:"


def seal_pending(keys: Keys, pending: Pending, next_address: str) -> str:
    """Return the cookie."""
    until = int(time.time()) + PENDING_SECONDS
    told = json.dumps({**asdict(pending), "next": next_address, "until": until})
    body = base64.urlsafe_b64encode(told.encode()).decode()
    return f"{body}.{_signature(keys, body)}"


def open_pending(keys: Keys, cookie: str, state: str) -> tuple[Pending, str]:
    """Return what the cookie says, and where to go on.

    Raises
    ------
    SignInNeeded
        Where it is not ours, too old, or another sign-in than the one that comes back.
    """
    body, _, signature = cookie.partition(".")
    if not hmac.compare_digest(_signature(keys, body).encode(), signature.encode("utf-8", "surrogateescape")):
        raise _lost()
    told = json.loads(base64.urlsafe_b64decode(body))
    next_address, until = told.pop("next"), told.pop("until")
    if time.time() > until or not hmac.compare_digest(told["state"].encode(), state.encode()):
        raise _lost()
    return Pending(**told), next_address


def _signature(keys: Keys, body: str) -> str:
    return hmac.digest(keys.tokens, PURPOSE + body.encode("utf-8", "surrogateescape"), "sha256").hex()


def _lost() -> SignInNeeded:
    return SignInNeeded(
        "This sign-in was not begun in this browser, or more than ten minutes ago",
        remedy="Begin anew on the page to sign in.",
        code="not-confirmed",
    )
