"""Sign-in through an identity provider: what is sent, what is believed, and whose account it opens."""

from __future__ import annotations

import logging
import time
from base64 import b64encode
from collections.abc import Iterator

import pytest
from joserfc.jwk import RSAKey
from tests.runtime.accounts.lying_provider import ACCESS, CODE, Provider, serve

from pelagia.core.errors import SignInNeeded, Unavailable
from pelagia.runtime.accounts.accounts import change_roles, create_account
from pelagia.runtime.accounts.identity_provider import IdentityProvider, Pending, profile_of_claims
from pelagia.runtime.accounts.provided import account_of_claims
from pelagia.runtime.database import Database

BACK = "https://pelagia.example.org/sign-in/callback"
ISSUER = "https://aai.example.org"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serve(Provider()) as served:
        yield served


@pytest.fixture
def client(provider: Provider) -> IdentityProvider:
    return IdentityProvider(provider.issuer, "pelagia", "the secret/&")


def _begun(client: IdentityProvider, provider: Provider) -> Pending:
    address, pending = client.begin(BACK)
    provider.begun(address)
    return pending


def test_the_browser_is_sent_with_state_nonce_and_a_challenge_but_no_secret(
    client: IdentityProvider, provider: Provider
) -> None:
    address, pending = client.begin(BACK)
    query = provider.begun(address)
    assert address.startswith(f"{provider.issuer}/authorize?")
    assert query["response_type"] == "code" and query["redirect_uri"] == BACK and "openid" in query["scope"].split()
    assert query["state"] == pending.state and query["nonce"] == pending.nonce
    assert query["code_challenge_method"] == "S256" and pending.verifier not in address
    assert "secret" not in address
    assert client.begin(BACK)[1] != pending


def test_a_true_answer_is_believed(client: IdentityProvider, provider: Provider) -> None:
    provider.person = {"sub": "ada", "name": "Ada", "email": "ada@example.org"}
    claims = client.finish(_begun(client, provider), CODE, BACK)
    assert (claims["sub"], claims["name"]) == ("ada", "Ada")
    basic = "Basic " + b64encode(b"pelagia:the%20secret%2F%26").decode()
    assert provider.authorizations == [basic, f"Bearer {ACCESS}"]
    assert provider.forms[0]["redirect_uri"] == BACK


def test_the_secret_goes_into_the_form_where_the_provider_wants_it_so(
    client: IdentityProvider, provider: Provider
) -> None:
    provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    client.finish(_begun(client, provider), CODE, BACK)
    assert provider.forms[0]["client_secret"] == "the secret/&"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": ["pelagia", "another"]},
        {"azp": "another"},
        {"iss": "https://evil.example.org"},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"sub": None},
        {"iat": int(time.time()) + 36000},
    ],
)
def test_a_token_for_somebody_else_or_another_time_is_not_believed(
    client: IdentityProvider, provider: Provider, claims: dict[str, object]
) -> None:
    provider.claims = claims
    with pytest.raises(SignInNeeded, match="confirm"):
        client.finish(_begun(client, provider), CODE, BACK)


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "HS256"}])
def test_a_token_that_anybody_could_have_signed_is_not_believed(
    client: IdentityProvider, provider: Provider, header: dict[str, str]
) -> None:
    provider.header = header
    with pytest.raises(SignInNeeded):
        client.finish(_begun(client, provider), CODE, BACK)


def test_a_token_signed_with_another_key_is_not_believed(client: IdentityProvider, provider: Provider) -> None:
    provider.published = RSAKey.generate_key(2048, {"kid": "one"})
    with pytest.raises(SignInNeeded):
        client.finish(_begun(client, provider), CODE, BACK)


def test_a_provider_may_change_its_keys(client: IdentityProvider, provider: Provider) -> None:
    client.finish(_begun(client, provider), CODE, BACK)
    provider.key = RSAKey.generate_key(2048, {"kid": "two"})
    provider.header = {"alg": "RS256", "kid": "two"}
    assert client.finish(_begun(client, provider), CODE, BACK)["sub"] == "ada"
    assert provider.paths.count("/keys") == 2
    assert provider.paths.count("/.well-known/openid-configuration") == 1


def test_an_answer_about_two_persons_is_not_believed(client: IdentityProvider, provider: Provider) -> None:
    provider.person = {"sub": "eve"}
    with pytest.raises(SignInNeeded):
        client.finish(_begun(client, provider), CODE, BACK)


def test_another_code_and_another_browser_are_refused(client: IdentityProvider, provider: Provider) -> None:
    with pytest.raises(SignInNeeded):
        client.finish(_begun(client, provider), "another code", BACK)
    stolen = _begun(client, provider)
    thief = Pending(state=stolen.state, nonce=stolen.nonce, verifier="guessed" * 8)
    with pytest.raises(SignInNeeded):
        client.finish(thief, CODE, BACK)


def test_a_provider_that_is_not_what_it_should_be_is_told(provider: Provider) -> None:
    provider.metadata = {"issuer": "https://evil.example.org"}
    with pytest.raises(Unavailable, match="itself wrongly"):
        IdentityProvider(provider.issuer, "pelagia").begin(BACK)
    for unsafe in ("token_endpoint", "userinfo_endpoint"):
        provider.metadata = {unsafe: "http://evil.example.org/x"}
        with pytest.raises(Unavailable, match="itself wrongly"):
            IdentityProvider(provider.issuer, "pelagia").begin(BACK)


def test_a_provider_that_fails_or_is_not_there_is_told(client: IdentityProvider, provider: Provider) -> None:
    pending = _begun(client, provider)
    provider.token_status = 500
    with pytest.raises(Unavailable, match="does not answer"):
        client.finish(pending, CODE, BACK)
    with pytest.raises(Unavailable, match="does not answer"):
        IdentityProvider("http://127.0.0.1:9", "pelagia").begin(BACK)


def test_no_code_token_or_secret_is_logged_or_told(
    client: IdentityProvider, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.claims = {"nonce": "another"}
    with caplog.at_level(logging.DEBUG), pytest.raises(SignInNeeded) as caught:
        client.finish(_begun(client, provider), CODE, BACK)
    said = caplog.text + str(caught.value) + repr(caught.value.__cause__)
    for secret in (CODE, "the secret", ACCESS, provider.forms[0]["code_verifier"], provider.id_token()[:40]):
        assert secret not in said


def test_a_person_has_one_account_by_issuer_and_subject(database: Database) -> None:
    claims = {
        "sub": "ada",
        "name": "Ada",
        "email": "Ada@example.org",
        "email_verified": True,
        "eduperson_scoped_affiliation": ["member@marine.example.org"],
    }
    ada = account_of_claims(database, ISSUER, claims)
    assert (ada.name, ada.email, ada.affiliation, ada.issuer) == (
        "Ada",
        "ada@example.org",
        "marine.example.org",
        ISSUER,
    )
    assert not ada.has_password and not ada.is_admin
    assert account_of_claims(database, ISSUER, {"sub": "ada", "name": "Renamed"}) == ada
    assert account_of_claims(database, "https://other.example.org", {"sub": "ada"}).id != ada.id


def test_an_address_does_not_open_the_account_of_another(database: Database) -> None:
    local = create_account(database, email="ada@example.org", is_admin=True)
    stranger = account_of_claims(database, ISSUER, {"sub": "eve", "email": "ada@example.org", "email_verified": True})
    assert stranger.id != local.id and stranger.email is None and not stranger.is_admin


def test_one_who_is_disabled_stays_out(database: Database) -> None:
    ada = account_of_claims(database, ISSUER, {"sub": "ada"})
    change_roles(database, ada.id, {"disabled": True})
    with pytest.raises(SignInNeeded, match="disabled"):
        account_of_claims(database, ISSUER, {"sub": "ada"})


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        (
            {"given_name": "Ada", "family_name": "Lovelace"},
            {"name": "Ada Lovelace", "email": None, "affiliation": None},
        ),
        ({"email": "a@b.org", "email_verified": True}, {"name": None, "email": "a@b.org", "affiliation": None}),
        ({"email": "a@b.org", "email_verified": "true"}, {"name": None, "email": "a@b.org", "affiliation": None}),
        (
            {"email": "a@b.org", "voperson_verified_email": ["c@d.org", "a@b.org"]},
            {"name": None, "email": "a@b.org", "affiliation": None},
        ),
        (
            {"email": "a@b.org", "email_verified": False, "voperson_verified_email": ["c@d.org"]},
            {"name": None, "email": "c@d.org", "affiliation": None},
        ),
        ({"email_verified": True}, {"name": None, "email": None, "affiliation": None}),
        ({"voperson_external_affiliation": "staff@vliz.be"}, {"name": None, "email": None, "affiliation": "vliz.be"}),
    ],
)
def test_what_a_provider_tells_of_a_person_is_read(claims: dict[str, object], told: dict[str, object]) -> None:
    assert profile_of_claims(claims) == told


@pytest.mark.parametrize("said", [{}, {"email_verified": False}, {"email_verified": "false"}, {"email_verified": None}])
def test_an_address_that_a_provider_has_not_verified_is_none(database: Database, said: dict[str, object]) -> None:
    eve = account_of_claims(database, ISSUER, {"sub": "eve", "email": "ada@example.org", **said})
    assert eve.email is None


def test_what_cannot_be_used_of_it_is_left_out(database: Database) -> None:
    account = account_of_claims(
        database, ISSUER, {"sub": "odd", "name": "a\0b", "email": "nonsense", "email_verified": True}
    )
    assert (account.name, account.email) == ("", None)
