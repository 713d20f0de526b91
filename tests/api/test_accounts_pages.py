"""The pages of accounts: forms that work without scripts, errors beside the fields, secrets shown once."""

from __future__ import annotations

import html
import re

import pytest
from tests.api.conftest import Installation
from tests.api.people import PASSWORD, Person, browser_of, person

from pelagia.http.identify import SESSION_COOKIE


@pytest.fixture
def ada(installation: Installation) -> Person:
    return person(installation, "ada")


@pytest.fixture
def root(installation: Installation) -> Person:
    return person(installation, "root", is_admin=True)


def _error_of(page: str, field: str) -> str:
    found = re.search(rf'<p class="error" id="f-{field}-error">(.*?)</p>', page)
    return html.unescape(found[1]) if found else ""


def test_one_registers_signs_out_and_in_again(installation: Installation) -> None:
    browser = browser_of(installation)
    form = {"email": "page@example.org", "password": PASSWORD, "name": "Page", "country": "BE", "next": "/account"}
    made = browser.post("/register", data=form)
    assert (made.status_code, made.headers["location"]) == (303, "/account")
    assert "Page" in browser.get("/account").text
    assert browser.post("/sign-out").headers["location"] == "/"
    assert browser.get("/account").status_code == 401
    again = browser.post("/sign-in", data={"email": "page@example.org", "password": PASSWORD, "next": "/runs"})
    assert (again.status_code, again.headers["location"]) == (303, "/runs")


def test_errors_stand_beside_their_fields_and_what_was_typed_stays(installation: Installation) -> None:
    form = {"email": "nobody", "password": "short", "name": "", "ror": "nonsense", "affiliation": 'A "B" <C>'}
    page = browser_of(installation).post("/register", data=form)
    assert page.status_code == 422
    assert "e-mail" in _error_of(page.text, "email") and "10 characters" in _error_of(page.text, "password")
    assert "name" in _error_of(page.text, "name").lower() and "ROR" in _error_of(page.text, "ror")
    assert 'value="A &#34;B&#34; &lt;C&gt;"' in page.text and "short" not in page.text.replace("a short sentence", "")
    taken = {"email": "taken@example.org", "password": PASSWORD, "name": "One"}
    assert browser_of(installation).post("/register", data=taken).status_code == 303
    twice = browser_of(installation).post("/register", data=taken)
    assert twice.status_code == 422 and "account" in _error_of(twice.text, "email")


def test_a_wrong_password_is_told_on_the_page(installation: Installation, ada: Person) -> None:
    browser = browser_of(installation)
    page = browser.post("/sign-in", data={"email": ada.account.email, "password": "wrong one here"})
    assert page.status_code == 401 and "is wrong" in page.text and SESSION_COOKIE not in browser.cookies


@pytest.mark.parametrize(
    "goal", ["https://evil.example.org/", "//evil.example.org", "/\\evil.example.org", "javascript:x"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(installation: Installation, goal: str) -> None:
    someone = person(installation, "someone", password=PASSWORD)
    browser = browser_of(installation)
    answer = browser.post("/sign-in", data={"email": someone.account.email, "password": PASSWORD, "next": goal})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_a_page_that_needs_an_account_offers_to_sign_in_and_comes_back(installation: Installation) -> None:
    page = browser_of(installation).get("/account/tokens")
    assert page.status_code == 401 and 'href="/sign-in?next=/account/tokens"' in page.text


def test_the_profile_is_changed_and_wrong_values_are_told(ada: Person) -> None:
    wrong = ada.browser.post("/account", data={"name": "Ada", "ror": "02feahw74"})
    assert wrong.status_code == 422 and "ROR" in _error_of(wrong.text, "ror")
    saved = ada.browser.post(
        "/account", data={"name": "Ada L.", "affiliation": "Station", "ror": "02feahw73", "country": "FR"}
    )
    assert saved.status_code == 303
    page = ada.browser.get(saved.headers["location"]).text
    assert "Saved." in page and 'value="https://ror.org/02feahw73"' in page and '<option value="FR" selected>' in page


def test_a_token_is_made_shown_once_and_revoked(ada: Person) -> None:
    assert ada.browser.post("/account/tokens", data={"name": "", "read": "true"}).status_code == 422
    assert "at least one" in _error_of(ada.browser.post("/account/tokens", data={"name": "x"}).text, "read")
    made = ada.browser.post("/account/tokens", data={"name": "notebook", "read": "true", "days": "30"})
    secret = re.search(r"pel_([0-9a-f]{12})_[\w-]{43}", made.text)
    assert secret is not None and made.headers["cache-control"] == "no-store"
    later = ada.browser.get("/account/tokens").text
    assert secret[0] not in later and f"pel_{secret[1]}" in later
    assert ada.browser.post(f"/account/tokens/{secret[1]}/revoke").status_code == 303
    assert "revoked" in ada.browser.get("/account/tokens").text


def test_scopes_one_does_not_have_are_not_offered(ada: Person, root: Person) -> None:
    assert 'name="admin"' not in ada.browser.get("/account/tokens").text
    assert 'name="admin"' in root.browser.get("/account/tokens").text


def test_access_is_asked_for_and_granted_on_pages(installation: Installation, ada: Person) -> None:
    provider = person(installation, "provider", provides=("words",))
    empty = ada.browser.post("/account/access", data={"service": "words", "mode": "analysis", "affiliation": ""})
    assert empty.status_code == 422 and _error_of(empty.text, "purpose") and _error_of(empty.text, "affiliation")
    asked = {"service": "words", "mode": "analysis", "affiliation": "Station", "purpose": "Count words of Ada"}
    assert ada.browser.post("/account/access", data=asked).status_code == 303
    assert "waiting for an answer" in ada.browser.get("/account/access").text
    assert ada.browser.get("/requests").status_code == 403
    assert "1 request for access waits for an answer" in provider.browser.get("/admin").text
    page = provider.browser.get("/requests").text
    request = re.search(r'<section class="card request" aria-labelledby="r([0-9a-f]{16})">', page)
    assert request is not None and "Count words of Ada" in page
    answer = f"/requests/{request[1]}/answer"
    assert provider.browser.post(answer, data={"decision": "maybe"}).status_code == 422
    assert provider.browser.post(answer, data={"decision": "grant", "words": "Welcome <b>"}).status_code == 303
    assert "waits for an answer" not in provider.browser.get("/admin").text
    assert "Welcome &lt;b&gt;" in ada.browser.get("/account/access").text


def test_an_administrator_makes_a_user_and_changes_what_they_may_do(installation: Installation, root: Person) -> None:
    made = root.browser.post("/admin/users", data={"email": "crew-page@example.org", "name": "Crew of the ship"})
    password = re.search(r"<pre><code>([\w-]{16})</code></pre>", made.text)
    assert made.status_code == 200 and password is not None
    crew = browser_of(installation)
    assert crew.post("/sign-in", data={"email": "crew-page@example.org", "password": password[1]}).status_code == 303
    found = root.browser.get("/admin/users?search=crew of the").text
    place = re.search(r'href="(/admin/users/[0-9a-f]{32})">Crew of the ship<', found)
    assert place is not None
    changed = root.browser.post(place[1], data={"services": "words", "is_test": "true"})
    assert changed.status_code == 303
    shown = root.browser.get(changed.headers["location"]).text
    assert "Saved." in shown
    assert "My services" in crew.get("/").text
    assert re.search(r'value="words" checked', shown) and re.search(r'name="is_test" value="true" checked', shown)
    assert crew.get("/requests").status_code == 200
    renewed = root.browser.post(f"{place[1]}/password")
    assert "new password" in renewed.text and crew.get("/account").status_code == 401


def test_an_account_is_erased_after_asking_twice(installation: Installation) -> None:
    leaving = person(installation, "leaving", password=PASSWORD)
    unsure = leaving.browser.post("/account/erase", data={"confirm": "no", "password": PASSWORD})
    assert unsure.status_code == 422 and "erase" in _error_of(unsure.text, "confirm")
    wrong = leaving.browser.post("/account/erase", data={"confirm": "erase", "password": "wrong one here"})
    assert wrong.status_code == 422 and _error_of(wrong.text, "password")
    assert leaving.browser.post("/account/erase", data={"confirm": "Erase", "password": PASSWORD}).status_code == 303
    assert leaving.browser.get("/account").status_code == 401


def test_what_a_visitor_made_is_theirs_once_they_have_an_account(installation: Installation) -> None:
    browser = browser_of(installation)
    browser.get("/sign-in")
    upload = browser.post("/v1/uploads", json={"name": "first"}).json()["id"]
    form = {"email": "visitor@example.org", "password": PASSWORD, "name": "Visitor"}
    assert browser.post("/register", data=form).status_code == 303
    assert browser.get(f"/v1/uploads/{upload}", headers={"Accept": "application/json"}).status_code == 200
    assert upload in browser.get("/v1/accounts/me/export").text


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in",
        "/register",
        "/account",
        "/account/tokens",
        "/account/access",
        "/account/privacy",
        "/requests",
        "/admin/users",
    ],
)
def test_no_page_has_a_script_or_style_of_its_own(root: Person, path: str) -> None:
    page = root.browser.get(path).text
    assert not re.search(r"<script(?![^>]* src=)|<style|style=|\son\w+=", page)
    assert len(re.findall(r"<h1", page)) == 1
    for control in re.findall(r'<(?:input|select|textarea)(?![^>]*type="hidden")[^>]*\sid="([^"]+)"', page):
        assert f'<label for="{control}"' in page, control
