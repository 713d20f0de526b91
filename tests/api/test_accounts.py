"""Accounts under /v1: registration, sessions, tokens, access requests, administration."""

from __future__ import annotations

import json
import re

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from tests.api.conftest import Installation
from tests.api.people import PASSWORD, Person, browser_of, person

from pelagia.http.identify import SESSION_COOKIE, VISIT_COOKIE
from pelagia.runtime.tables import ACCOUNTS, SESSIONS, TOKENS

AS_A_PROGRAM = {"Accept": "application/json"}


@pytest.fixture
def ada(installation: Installation) -> Person:
    return person(installation, "ada", password=PASSWORD)


@pytest.fixture
def root(installation: Installation) -> Person:
    return person(installation, "root", is_admin=True)


def _token(who: Person, *scopes: str, days: int = 10) -> str:
    made = who.browser.post("/v1/tokens", json={"name": "test", "scopes": scopes or ["read", "run"], "days": days})
    assert made.status_code == 201, made.text
    return str(made.json()["token"])


def _program(installation: Installation, token: str) -> TestClient:
    return TestClient(installation.app, headers={"Authorization": f"Bearer {token}"})


def test_one_makes_an_account_and_is_signed_in(installation: Installation) -> None:
    browser = browser_of(installation)
    sent = {"email": "new@example.org", "password": PASSWORD, "name": "New", "country": "be", "ror": "02feahw73"}
    made = browser.post("/v1/accounts/register", json=sent)
    assert made.status_code == 201
    assert (made.json()["country"], made.json()["ror"]) == ("BE", "https://ror.org/02feahw73")
    assert browser.get("/v1/accounts/me").json() == made.json()
    assert PASSWORD not in made.text and "argon2" not in made.text
    again = browser_of(installation).post("/v1/accounts/register", json=sent)
    assert again.status_code == 409 and again.json()["code"] == "conflict"


@pytest.mark.parametrize(
    "changes", [{"password": "short"}, {"email": "nobody"}, {"country": "XX"}, {"ror": "02feahw74"}, {"is_admin": True}]
)
def test_what_cannot_be_used_is_told(installation: Installation, changes: dict[str, object]) -> None:
    sent = {"email": "other@example.org", "password": PASSWORD, "name": "Other", **changes}
    answer = browser_of(installation).post("/v1/accounts/register", json=sent)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json" and answer.json()["remedy"]


def test_the_cookie_of_a_session_is_for_the_server_only(installation: Installation, ada: Person) -> None:
    browser = browser_of(installation)
    answer = browser.post("/v1/sessions", json={"email": ada.account.email, "password": PASSWORD})
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(SESSION_COOKIE))
    assert answer.status_code == 200 and "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie


def test_signing_out_ends_the_session_for_whoever_has_the_cookie(installation: Installation, ada: Person) -> None:
    stolen = browser_of(installation)
    stolen.cookies = ada.browser.cookies.__class__(ada.browser.cookies)
    assert stolen.get("/v1/accounts/me").status_code == 200
    assert ada.browser.delete("/v1/sessions/current").status_code == 204
    assert stolen.get("/v1/accounts/me", headers=AS_A_PROGRAM).status_code == 401


def test_a_wrong_password_is_refused_and_after_some_no_more_are_tried(installation: Installation, ada: Person) -> None:
    browser = browser_of(installation)
    wrong = {"email": ada.account.email, "password": "plankton at noon"}
    answers = [browser.post("/v1/sessions", json=wrong) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert not any(
        "set-cookie" in answer.headers and SESSION_COOKIE in answer.headers["set-cookie"] for answer in answers
    )
    right = browser.post("/v1/sessions", json={**wrong, "password": PASSWORD})
    assert right.status_code == 429 and "15 minutes" in right.json()["remedy"]


def test_another_site_can_sign_nobody_in(installation: Installation, ada: Person) -> None:
    sent = {"email": ada.account.email, "password": PASSWORD}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example.org"}):
        foreign = TestClient(installation.app, headers=headers)
        answer = foreign.post("/v1/sessions", json=sent)
        assert answer.status_code == 403 and SESSION_COOKIE not in answer.headers.get("set-cookie", "")


def test_another_site_can_do_nothing_in_the_name_of_somebody(installation: Installation, ada: Person) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        answer = ada.browser.patch("/v1/accounts/me", json={"name": "Eve"}, headers=headers)
        assert answer.status_code == 403
    assert ada.browser.get("/v1/accounts/me").json()["name"] == "ada"


def test_a_visit_gets_a_cookie_with_a_page_and_with_what_it_makes_only(installation: Installation) -> None:
    visitor = browser_of(installation)
    assert "set-cookie" not in visitor.get("/v1/services", headers=AS_A_PROGRAM).headers
    cookie = visitor.get("/sign-in").headers["set-cookie"]
    assert cookie.startswith(VISIT_COOKIE) and "HttpOnly" in cookie and "SameSite=lax" in cookie
    assert "set-cookie" not in visitor.get("/sign-in").headers


@pytest.mark.parametrize("token", ["nonsense", "pel_000000000000_" + "A" * 43, ""])
def test_a_wrong_token_is_never_taken_for_a_visit(installation: Installation, token: str) -> None:
    answer = _program(installation, token).get("/v1/services")
    assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "wrong-token"
    assert not token or token not in answer.text


def test_a_token_is_shown_once_and_opens_what_it_says(installation: Installation, ada: Person) -> None:
    secret = _token(ada, "read")
    listed = ada.browser.get("/v1/tokens")
    assert secret not in listed.text and secret.split("_", 2)[2] not in listed.text
    assert listed.json()[0]["prefix"] == secret.split("_")[1]
    program = _program(installation, secret)
    assert program.get("/v1/accounts/me").json()["id"] == ada.account.id
    refused = program.post("/v1/access-requests", json={"service": "words", "mode": "analysis", "purpose": "x"})
    assert refused.status_code == 403 and refused.json()["code"] == "scope-needed"
    blind = _program(installation, _token(ada, "run"))
    assert blind.get("/v1/accounts/me").status_code == 403


def test_a_revoked_token_opens_nothing_at_once(installation: Installation, ada: Person) -> None:
    secret = _token(ada)
    program = _program(installation, secret)
    assert program.get("/v1/accounts/me").status_code == 200
    assert ada.browser.delete(f"/v1/tokens/{secret.split('_')[1]}").json()["revoked_at"]
    assert program.get("/v1/accounts/me").status_code == 401


def test_a_token_does_not_manage_its_account(installation: Installation, ada: Person) -> None:
    program = _program(installation, _token(ada, "read", "run", "train"))
    asked = [
        program.post("/v1/tokens", json={"name": "more", "scopes": ["read"]}),
        program.patch("/v1/accounts/me", json={"name": "Eve"}),
        program.post("/v1/accounts/me/password", json={"new": "krill in the dark"}),
        program.post("/v1/accounts/me/erase", json={"confirm": "erase"}),
        program.delete("/v1/accounts/me/sessions"),
    ]
    assert {answer.status_code for answer in asked} == {403}
    assert {answer.json()["code"] for answer in asked} == {"session-needed"}


@pytest.mark.parametrize("body", [{"scopes": ["admin"]}, {"scopes": ["provide"]}])
def test_a_token_can_do_no_more_than_its_owner(ada: Person, body: dict[str, object]) -> None:
    assert ada.browser.post("/v1/tokens", json={"name": "x", **body}).status_code == 403


@pytest.mark.parametrize("body", [{"scopes": []}, {"scopes": ["all"]}, {"scopes": ["read"], "days": 400}])
def test_a_token_has_scopes_and_an_end(ada: Person, body: dict[str, object]) -> None:
    assert ada.browser.post("/v1/tokens", json={"name": "x", **body}).status_code == 422


def test_what_one_says_of_oneself_holds_at_once(installation: Installation, ada: Person) -> None:
    changed = ada.browser.patch("/v1/accounts/me", json={"affiliation": "Marine Station", "country": "FR"})
    assert (changed.json()["affiliation"], changed.json()["country"]) == ("Marine Station", "FR")
    assert changed.json()["name"] == "ada"
    assert ada.browser.patch("/v1/accounts/me", json={"is_admin": True}).status_code == 422


def test_a_new_password_ends_all_other_sessions(installation: Installation, ada: Person) -> None:
    other = browser_of(installation)
    other.post("/v1/sessions", json={"email": ada.account.email, "password": PASSWORD})
    changed = {"old": PASSWORD, "new": "krill in the dark"}
    assert ada.browser.post("/v1/accounts/me/password", json={**changed, "old": "wrong one"}).status_code == 401
    assert ada.browser.post("/v1/accounts/me/password", json=changed).status_code == 204
    assert ada.browser.get("/v1/accounts/me").status_code == 200
    assert other.get("/v1/accounts/me", headers=AS_A_PROGRAM).status_code == 401
    assert len(ada.browser.get("/v1/accounts/me/sessions").json()) == 1


def test_one_signs_out_everywhere(installation: Installation, ada: Person) -> None:
    other = browser_of(installation)
    other.post("/v1/sessions", json={"email": ada.account.email, "password": PASSWORD})
    assert len(ada.browser.get("/v1/accounts/me/sessions").json()) == 2
    assert ada.browser.delete("/v1/accounts/me/sessions").status_code == 204
    assert other.get("/v1/accounts/me", headers=AS_A_PROGRAM).status_code == 401


def test_one_takes_along_what_is_held_and_has_it_erased(installation: Installation, ada: Person) -> None:
    _token(ada)
    held = ada.browser.get("/v1/accounts/me/export").json()
    assert held["account"]["email"] == ada.account.email and len(held["tokens"]) == 1
    assert ada.browser.post("/v1/accounts/me/erase", json={"confirm": "yes"}).status_code == 422
    unsure = ada.browser.post("/v1/accounts/me/erase", json={"confirm": "erase", "password": "wrong one"})
    assert unsure.status_code == 401
    sent = {"confirm": "erase", "password": PASSWORD}
    assert ada.browser.post("/v1/accounts/me/erase", json=sent).status_code == 204
    assert ada.browser.get("/v1/accounts/me", headers=AS_A_PROGRAM).status_code == 401
    with installation.runtime.database.read() as connection:
        mine = ACCOUNTS.c.id == ada.account.id
        assert connection.execute(sa.select(ACCOUNTS.c.email).where(mine)).scalar_one() is None
        for table in (TOKENS, SESSIONS):
            theirs = sa.select(sa.func.count()).where(table.c.account_id == ada.account.id)
            assert connection.execute(theirs).scalar_one() == 0


def test_access_is_asked_for_answered_and_seen(installation: Installation, ada: Person) -> None:
    provider = person(installation, "provider", provides=("words",))
    asked = {"service": "words", "mode": "training", "purpose": "A thesis", "affiliation": "Marine Station"}
    made = ada.browser.post("/v1/access-requests", json=asked)
    assert made.status_code == 201 and made.json()["state"] == "asked"
    waiting = provider.browser.get("/v1/access-requests/to-answer?state=asked").json()
    assert [(one["id"], one["name"]) for one in waiting if one["id"] == made.json()["id"]]
    answer = f"/v1/access-requests/{made.json()['id']}/answer"
    assert ada.browser.post(answer, json={"grant": True}).status_code == 404
    assert ada.browser.get("/v1/access-requests/to-answer", headers=AS_A_PROGRAM).status_code == 403
    assert provider.browser.post(answer, json={"grant": True, "answer": "Welcome"}).json()["state"] == "granted"
    own = ada.browser.get("/v1/access-requests").json()
    assert [(one["state"], one["answer"]) for one in own] == [("granted", "Welcome")]


def test_an_administrator_makes_finds_and_disables_accounts(installation: Installation, root: Person) -> None:
    made = root.browser.post("/v1/accounts", json={"email": "Crew@example.org", "password": PASSWORD, "name": "Crew"})
    assert made.status_code == 201 and made.json()["email"] == "crew@example.org"
    place = f"/v1/accounts/{made.json()['id']}"
    assert [one["id"] for one in root.browser.get("/v1/accounts?search=CREW").json()["items"]] == [made.json()["id"]]
    changed = root.browser.patch(place, json={"services": ["words"], "is_test": True}).json()
    assert changed["provides"] == ["words"] and changed["is_test"] and not changed["is_admin"]
    crew = browser_of(installation)
    assert crew.post("/v1/sessions", json={"email": "crew@example.org", "password": PASSWORD}).status_code == 200
    assert root.browser.patch(place, json={"disabled": True}).json()["disabled"]
    assert crew.get("/v1/accounts/me", headers=AS_A_PROGRAM).status_code == 401
    assert root.browser.patch(place, json={"services": ["nothing"]}).status_code == 404
    assert root.browser.get(place).json()["disabled"]


def test_the_list_of_accounts_goes_on_where_it_stopped(installation: Installation, root: Person) -> None:
    for number in range(3):
        person(installation, f"many{number}")
    seen, cursor = [], ""
    while True:
        part = root.browser.get(f"/v1/accounts?limit=2&cursor={cursor}").json()
        seen += [one["id"] for one in part["items"]]
        cursor = part["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) >= 4 and seen == sorted(seen)


def test_the_last_administrator_cannot_step_down_unseen(installation: Installation, root: Person) -> None:
    others = root.browser.get("/v1/accounts?limit=1000").json()["items"]
    for other in others:
        if other["is_admin"] and other["id"] != root.account.id:
            root.browser.patch(f"/v1/accounts/{other['id']}", json={"is_admin": False})
    place = f"/v1/accounts/{root.account.id}"
    answer = root.browser.patch(place, json={"is_admin": False})
    assert answer.status_code == 409 and "last administrator" in answer.json()["detail"]
    # What is refused changes nothing else either.
    for refused in ({"is_admin": False, "services": ["words"]}, {"is_staff": True, "password": "short"}):
        assert root.browser.patch(place, json=refused).status_code in (409, 422)
    unchanged = root.browser.get(place).json()
    assert (unchanged["provides"], unchanged["is_staff"]) == ([], False)


def test_no_answer_of_accounts_has_a_secret(installation: Installation, root: Person, ada: Person) -> None:
    _token(ada)
    texts = [root.browser.get(path).text for path in ("/v1/accounts", f"/v1/accounts/{ada.account.id}")]
    texts += [ada.browser.get(path).text for path in ("/v1/accounts/me", "/v1/accounts/me/export", "/v1/tokens")]
    for text in texts:
        assert not re.search(r"argon2|digest|password_hash", json.dumps(json.loads(text)))
