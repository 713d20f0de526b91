"""Whatever somebody who is signed in sends to the routes of accounts, every answer is what its description says."""

from __future__ import annotations

import httpx
import pytest
import schemathesis
from tests.api.conftest import Installation
from tests.api.test_schemathesis import broken, described, known, running

from pelagia.http.identify import SESSION_COOKIE
from pelagia.runtime.accounts.accounts import create_account
from pelagia.runtime.accounts.sessions import start_session

__all__ = ["described", "running"]
OURS = r"^/v1/(accounts|tokens|sessions|access-requests)"
# These end the session they are asked in.
ENDING = r"(/erase|/password|/sessions|/sessions/current|/register)$"


@pytest.mark.parametrize("is_admin", [False, True])
def test_somebody_signed_in_breaks_nothing(
    described: schemathesis.BaseSchema, running: tuple[str, Installation], is_admin: bool
) -> None:
    address, installation = running
    database, keys = installation.runtime.database, installation.app.state.identities.keys
    account = create_account(database, email=f"schema{is_admin}@example.org", is_admin=is_admin)
    cookie = start_session(database, keys, account.id)
    headers = {"Cookie": f"{SESSION_COOKIE}={cookie}", "X-Requested-With": "pelagia"}
    with httpx.Client(base_url=address, headers=headers) as client:
        asking = known(installation, client, headers)
        asking.ids.update(account_id=account.id)
        chosen = described.include(path_regex=OURS).exclude(path_regex=ENDING)
        assert len(list(chosen.get_all_operations())) > 10
        assert not (found := broken(chosen, asking)), "\n\n".join(found)
        assert client.get("/v1/accounts/me").json()["id"] == account.id
