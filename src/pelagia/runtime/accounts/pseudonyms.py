"""How users are counted without being named: keyed pseudonyms."""

from __future__ import annotations

import datetime as dt
import hmac

from pelagia.runtime.accounts.keys import Keys

LENGTH = 40


def subject_of_account(keys: Keys, account_id: str) -> str:
    """Return the pseudonym of an account: the same for as long as the key is kept."""
    return "u:" + _digest(keys.pseudonyms, account_id)


def subject_of_visit(keys: Keys, address: str, user_agent: str, now: dt.datetime) -> str:
    """Return the pseudonym of a visit: the same for a day (UTC), and never again.

    Parameters
    ----------
    keys
        Of the installation.
    address, user_agent
        Of who visits; neither is kept.
    now
        The instant.
    """
    return "v:" + _digest(keys.visits(now.astimezone(dt.UTC).date()), f"{address}\n{user_agent}")


def _digest(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode("utf-8", "surrogateescape"), "sha256").hex()[:LENGTH]
