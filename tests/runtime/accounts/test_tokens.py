"""API tokens and sessions: what is kept of them, and what they open."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from pelagia.core.errors import BadParameter, NotAllowed, NotFound, SignInNeeded
from pelagia.runtime.accounts import sessions, tokens
from pelagia.runtime.accounts.accounts import Account, change_roles
from pelagia.runtime.accounts.identities import Identities, with_country_of
from pelagia.runtime.accounts.keys import Keys
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.accounts.providers import set_services
from pelagia.runtime.database import Database
from pelagia.runtime.tables import SESSIONS, TOKENS

NOW = dt.datetime.now(dt.UTC)
SOON = NOW + dt.timedelta(days=30)


@pytest.fixture
def ada_asks(identities: Identities, ada: Account) -> Principal:
    return identities.principal_of(ada, frozenset())


def _made(database: Database, keys: Keys, owner: Principal, *scopes: str) -> tuple[tokens.Token, str]:
    return tokens.create_token(database, keys, owner, name="script", scopes=scopes or ("read", "run"), expires_at=SOON)


def test_a_token_opens_what_its_scopes_say(database: Database, identities: Identities, ada_asks: Principal) -> None:
    token, secret = _made(database, identities.keys, ada_asks, "read", "run")
    found = identities.of_token(secret)
    assert found.account_id == ada_asks.account_id
    assert found.scopes == {"read", "run"} and found.token == token.prefix
    assert found.user == ada_asks.user and found.asker == ada_asks.asker


def test_the_database_has_only_the_digest_of_a_token(database: Database, keys: Keys, ada_asks: Principal) -> None:
    _, secret = _made(database, keys, ada_asks)
    with database.read() as connection:
        row = dict(connection.execute(sa.select(TOKENS)).mappings().one())
    assert secret.rpartition("_")[2] not in str(row) and secret.split("_", 2)[2] not in str(row)
    assert len(row["digest"]) == 64


def test_a_changed_token_opens_nothing(database: Database, identities: Identities, ada_asks: Principal) -> None:
    _, secret = _made(database, identities.keys, ada_asks)
    for changed in (secret[:-1] + ("A" if secret[-1] != "A" else "B"), secret.upper(), secret + " ", secret[:-1]):
        with pytest.raises(SignInNeeded, match="token"):
            identities.of_token(changed)


@pytest.mark.parametrize("text", ["", "pel_", "Bearer", "pel_000000000000_" + "A" * 43, "pel_\0", "é" * 60])
def test_what_is_no_token_opens_nothing(identities: Identities, text: str) -> None:
    with pytest.raises(SignInNeeded):
        identities.of_token(text)


def test_a_revoked_token_opens_nothing(
    database: Database, identities: Identities, ada: Account, ada_asks: Principal
) -> None:
    token, secret = _made(database, identities.keys, ada_asks)
    assert identities.of_token(secret)
    tokens.revoke_token(database, ada.id, token.prefix)
    identities.forget()
    assert identities.remembered("token", secret) is None
    with pytest.raises(SignInNeeded):
        identities.of_token(secret)


def test_nobody_revokes_the_token_of_another(
    database: Database, keys: Keys, ada_asks: Principal, root: Account
) -> None:
    token, secret = _made(database, keys, ada_asks)
    with pytest.raises(NotFound):
        tokens.revoke_token(database, root.id, token.prefix)
    assert tokens.check_token(database, keys, secret)


def test_an_expired_token_opens_nothing(database: Database, identities: Identities, ada_asks: Principal) -> None:
    token, secret = _made(database, identities.keys, ada_asks)
    with database.write() as connection:
        past = NOW - dt.timedelta(seconds=1)
        connection.execute(sa.update(TOKENS).where(TOKENS.c.prefix == token.prefix).values(expires_at=past))
    with pytest.raises(SignInNeeded):
        identities.of_token(secret)


@pytest.mark.parametrize(
    "expires_at", [NOW - dt.timedelta(days=1), NOW + dt.timedelta(days=400), dt.datetime(2030, 1, 1)]
)
def test_a_token_ends_within_a_year(
    database: Database, keys: Keys, ada_asks: Principal, expires_at: dt.datetime
) -> None:
    with pytest.raises(BadParameter, match="year"):
        tokens.create_token(database, keys, ada_asks, name="x", scopes=["read"], expires_at=expires_at)


@pytest.mark.parametrize("scope", ["admin", "provide"])
def test_a_token_can_do_no_more_than_its_owner(database: Database, keys: Keys, ada_asks: Principal, scope: str) -> None:
    with pytest.raises(NotAllowed):
        _made(database, keys, ada_asks, "read", scope)


@pytest.mark.parametrize("scopes", [[], ["write"]])
def test_a_token_has_known_scopes(database: Database, keys: Keys, ada_asks: Principal, scopes: list[str]) -> None:
    with pytest.raises(BadParameter, match="scope"):
        tokens.create_token(database, keys, ada_asks, name="x", scopes=scopes, expires_at=SOON)


def test_a_token_loses_what_its_owner_loses(
    database: Database, identities: Identities, root: Account, ada: Account
) -> None:
    change_roles(database, ada.id, {"is_admin": True})
    set_services(database, root.id, ["flowcam"])
    owner = identities.principal_of(root, frozenset({"flowcam"}))
    _, secret = _made(database, identities.keys, owner, "read", "admin", "provide")
    assert identities.of_token(secret).is_admin and identities.of_token(secret).provides == {"flowcam"}
    change_roles(database, root.id, {"is_admin": False})
    set_services(database, root.id, [])
    found = identities.of_token(secret)
    assert found.scopes == {"read"} and not found.is_admin and not found.provides


def test_a_token_without_the_scope_makes_an_administrator_anybody(
    database: Database, identities: Identities, root: Account
) -> None:
    _, secret = _made(database, identities.keys, identities.principal_of(root, frozenset()), "read", "run")
    assert not identities.of_token(secret).is_admin


def test_a_disabled_account_has_no_tokens_and_sessions(
    database: Database, identities: Identities, ada: Account, ada_asks: Principal
) -> None:
    _, secret = _made(database, identities.keys, ada_asks)
    cookie = sessions.start_session(database, identities.keys, ada.id)
    change_roles(database, ada.id, {"disabled": True})
    with pytest.raises(SignInNeeded, match="disabled"):
        identities.of_token(secret)
    assert identities.of_session(cookie) is None


def test_when_a_token_was_used_is_noted_once_a_minute(database: Database, keys: Keys, ada_asks: Principal) -> None:
    token, secret = _made(database, keys, ada_asks)
    noted = []
    for _ in range(3):
        tokens.check_token(database, keys, secret)
        found = tokens.find_token(database, token.prefix)
        assert found is not None
        noted.append(found.used_at)
    assert token.used_at is None and noted[0] is not None and len(set(noted)) == 1


def test_what_is_remembered_asks_no_database_and_does_not_outlive_the_token(
    database: Database, identities: Identities, ada_asks: Principal
) -> None:
    _, secret = _made(database, identities.keys, ada_asks)
    assert identities.remembered("token", secret) is None
    found = identities.of_token(secret)
    assert identities.remembered("token", secret) == found
    assert identities.remembered("session", secret) is None


def test_a_session_is_known_by_its_digest_and_ends(database: Database, keys: Keys, ada: Account) -> None:
    cookie = sessions.start_session(database, keys, ada.id, now=NOW)
    digest = sessions.digest_of(keys, cookie)
    with database.read() as connection:
        assert cookie not in str(dict(connection.execute(sa.select(SESSIONS)).mappings().one()))
    assert sessions.find_session(database, digest, now=NOW + sessions.LIFETIME) is None
    found = sessions.find_session(database, digest, now=NOW + dt.timedelta(hours=1))
    assert found is not None and not found[1]
    sessions.end_session(database, keys, cookie)
    assert sessions.find_session(database, digest, now=NOW) is None


def test_a_session_in_use_is_prolonged(database: Database, keys: Keys, ada: Account) -> None:
    digest = sessions.digest_of(keys, sessions.start_session(database, keys, ada.id, now=NOW))
    later = NOW + sessions.LIFETIME - dt.timedelta(hours=1)
    found = sessions.find_session(database, digest, now=later)
    assert found is not None and found[1]
    assert sessions.find_session(database, digest, now=later + dt.timedelta(days=13)) is not None


def test_all_sessions_of_one_person_end_at_once(database: Database, keys: Keys, ada: Account, root: Account) -> None:
    for account in (ada, ada, root):
        sessions.start_session(database, keys, account.id)
    assert sessions.end_sessions(database, ada.id) == 2
    assert sessions.list_sessions(database, ada.id) == []
    assert len(sessions.list_sessions(database, root.id)) == 1


def test_sessions_that_have_ended_are_deleted(database: Database, keys: Keys, ada: Account) -> None:
    sessions.start_session(database, keys, ada.id, now=NOW - sessions.LIFETIME)
    sessions.start_session(database, keys, ada.id, now=NOW)
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(SESSIONS)).scalar_one() == 1


def test_the_country_is_that_of_the_address_unless_it_is_declared(ada_asks: Principal) -> None:
    found = with_country_of(ada_asks, "193.190.198.1").user
    assert found.country == "BE" and (found.country_source or "").startswith("iptocc")
    assert with_country_of(ada_asks, "127.0.0.1").user.country is None


def test_a_visit_may_look_and_run_and_keeps_no_address(identities: Identities) -> None:
    visit = identities.of_visit("cookie", "193.190.198.1", "Firefox")
    assert visit.is_anonymous and visit.scopes == {"read", "run"} and visit.user.country == "BE"
    assert "193.190" not in repr(visit) and "Firefox" not in repr(visit) and "cookie" not in visit.asker
    again = identities.of_visit("other cookie", "193.190.198.1", "Firefox")
    assert again.user.subject == visit.user.subject and again.asker != visit.asker
