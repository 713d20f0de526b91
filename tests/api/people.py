"""People of an installation, signed in as in a browser."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from fastapi.testclient import TestClient
from tests.api.conftest import Installation

from pelagia.http.identify import SESSION_COOKIE
from pelagia.runtime.accounts.accounts import Account, create_account
from pelagia.runtime.accounts.providers import set_services
from pelagia.runtime.accounts.sessions import start_session

PASSWORD = "plankton at midnight"
_numbers = itertools.count()


@dataclass
class Person:
    """Somebody with an account, and the browser they are signed in with."""

    account: Account
    browser: TestClient


def browser_of(installation: Installation) -> TestClient:
    """Return a browser: it says that what it sends comes from our own pages, and wants pages."""
    client = TestClient(installation.app, follow_redirects=False)
    client.headers.update({"Sec-Fetch-Site": "same-origin", "Accept": "text/html"})
    return client


def person(
    installation: Installation, name: str, *, provides: tuple[str, ...] = (), is_admin: bool = False, password: str = ""
) -> Person:
    """Make an account and sign in; without a password no time is spent on its hash."""
    database = installation.runtime.database
    account = create_account(
        database,
        email=f"{name}{next(_numbers)}@example.org",
        name=name,
        password=password or None,
        is_admin=is_admin,
    )
    if provides:
        set_services(database, account.id, provides)
    browser = browser_of(installation)
    keys = installation.app.state.identities.keys
    browser.cookies.set(SESSION_COOKIE, start_session(database, keys, account.id), domain="testserver.local", path="/")
    return Person(account, browser)
