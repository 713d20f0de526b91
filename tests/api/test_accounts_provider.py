"""Sign-in through an identity provider, from the button to the session, with a provider that runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs
from tests.api.conftest import Installation
from tests.api.people import browser_of
from tests.servers.oidc import oidc_provider_or_skip

from pelagia.app import create_app
from pelagia.http.identify import SESSION_COOKIE
from pelagia.http.pending import PENDING_COOKIE
from pelagia.runtime.settings import read_settings

USERS = {
    "ada-subject": {
        "name": "Ada Lovelace",
        "email": "ada@example.org",
        "email_verified": True,
        "eduperson_scoped_affiliation": ["member@marine.example.org"],
    },
    "bob-subject": {"name": "Bob", "email": "bob@example.org"},
}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation whose people sign in through a provider."""
    folder = tmp_path_factory.mktemp("provider")
    with oidc_provider_or_skip(folder / "log.txt", USERS) as issuer, pytest.MonkeyPatch.context() as patch:
        settings = read_settings(
            {}, home=folder / "home", oidc_issuer=issuer, oidc_client_id="pelagia", oidc_name="EGI Check-in"
        )
        patch.setenv("PELAGIA_HOME", str(settings.home))
        patch.setenv("PELAGIA_OIDC_CLIENT_SECRET", "very-secret")
        app = create_app(settings)
        with TestClient(app):
            yield Installation(app, settings)


def _leave(browser: TestClient, subject: str, goal: str = "/runs") -> str:
    """Press the button and sign in at the provider; return the address it sends the browser back to."""
    away = browser.get(f"/sign-in/provider?next={goal}")
    assert away.status_code == 303
    back = httpx.post(away.headers["location"], data={"sub": subject})
    assert back.status_code == 302, back.text
    return str(back.headers["location"])


def _local(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def test_the_way_through_the_provider_ends_in_a_session(installation: Installation) -> None:
    browser = browser_of(installation)
    assert "Sign in with EGI Check-in" in browser.get("/sign-in").text
    back = _leave(browser, "ada-subject")
    assert back.startswith("http://testserver/sign-in/callback?")
    ended = browser.get(_local(back))
    assert (ended.status_code, ended.headers["location"]) == (303, "/runs")
    me = browser.get("/v1/accounts/me").json()
    assert (me["name"], me["email"], me["affiliation"]) == ("Ada Lovelace", "ada@example.org", "marine.example.org")
    assert me["issuer"] == installation.settings.oidc_issuer and not me["has_password"]
    assert PENDING_COOKIE not in browser.cookies


def test_the_same_person_comes_back_to_the_same_account(installation: Installation) -> None:
    found = []
    for _ in range(2):
        browser = browser_of(installation)
        browser.get(_local(_leave(browser, "bob-subject")))
        found.append(browser.get("/v1/accounts/me").json()["id"])
    assert found[0] == found[1]


def test_an_answer_is_taken_once_from_the_browser_that_began(installation: Installation) -> None:
    browser, other = browser_of(installation), browser_of(installation)
    back = _local(_leave(browser, "bob-subject"))
    assert other.get(back).status_code == 401 and SESSION_COOKIE not in other.cookies
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert browser.get(back.replace(state, "x" * len(state))).status_code == 401
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 401


def test_a_forged_cookie_opens_nothing(installation: Installation) -> None:
    browser = browser_of(installation)
    back = _local(_leave(browser, "bob-subject"))
    cookie = browser.cookies[PENDING_COOKIE].strip('"')
    body, _, signature = cookie.partition(".")
    for forged in (f"{body[:-8]}AAAAAAAA.{signature}", body, f".{signature}", "é"):
        headers = {"Cookie": f"{PENDING_COOKIE}={forged}".encode()}
        assert browser_of(installation).get(back, headers=headers).status_code == 401


def test_a_person_who_declines_is_told(installation: Installation) -> None:
    browser = browser_of(installation)
    away = browser.get("/sign-in/provider").headers["location"]
    back = httpx.post(away, data={"action": "deny"}).headers["location"]
    state = parse_qs(urlsplit(away).query)["state"][0]
    answer = browser.get(f"{urlsplit(back).path}?error=access_denied&state={state}")
    assert answer.status_code == 401 and "EGI Check-in did not sign you in" in answer.text


@pytest.mark.parametrize("goal", ["https://evil.example.org", "//evil.example.org", "/\\evil.example.org"])
def test_nobody_is_sent_elsewhere_afterwards(installation: Installation, goal: str) -> None:
    browser = browser_of(installation)
    assert browser.get(_local(_leave(browser, "bob-subject", goal))).headers["location"] == "/"


def test_neither_code_nor_secret_is_logged(installation: Installation, caplog: pytest.LogCaptureFixture) -> None:
    browser = browser_of(installation)
    back = _leave(browser, "ada-subject")
    # A server makes this library quiet; here it shall tell all it would.
    caplog.set_level(logging.DEBUG, logger="httpx")
    with capture_logs() as events, caplog.at_level(logging.DEBUG):
        browser.get(_local(back))
    # The test's own browser tells what it asks for.
    told = [str(events), *(one.getMessage() for one in caplog.records if "http://testserver" not in one.getMessage())]
    said = "\n".join(told)
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert "/sign-in/callback" in said and "/oauth2/token" in said
    assert code not in said and "very-secret" not in said


def test_without_a_provider_there_is_no_such_page(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = read_settings({}, home=tmp_path_factory.mktemp("alone") / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PELAGIA_HOME", str(settings.home))
        with TestClient(create_app(settings)) as browser:
            assert browser.get("/sign-in/provider").status_code == 404
            assert "/sign-in/provider" not in browser.get("/sign-in").text
