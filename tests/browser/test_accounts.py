"""The pages of accounts in a browser: signed in by keyboard, usable by everybody, on every screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from tests.browser.chromium import complaints, resize, set_colours, violations
from tests.browser.server import running_server
from tests.browser.steps import seen

from pelagia.runtime.accounts.accounts import create_account
from pelagia.runtime.accounts.providers import set_services
from pelagia.runtime.accounts.requests import ask_for_access
from pelagia.runtime.database import open_database
from pelagia.runtime.settings import read_settings

PASSWORD = "plankton at midnight"
ADMIN = "root@example.org"
OPEN = ("/sign-in", "/register")
CLOSED = (
    "/account",
    "/account/tokens",
    "/account/access",
    "/account/privacy",
    "/requests",
    "/admin/users",
)


@pytest.fixture(scope="module")
def manned(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with an administrator, a user, and a request that waits."""
    home = tmp_path_factory.mktemp("manned") / "home"
    with open_database(read_settings({}, home=home).database) as database:
        root = create_account(database, email=ADMIN, name="Root of the Sea", password=PASSWORD, is_admin=True)
        set_services(database, root.id, ["flowcam"])
        ada = create_account(database, email="ada@example.org", name="Ada", profile={"country": "GB"})
        words = {"purpose": "Diatoms of the spring bloom", "affiliation": "Marine Station"}
        ask_for_access(database, ada.id, service="flowcam", mode="training", **words)
    with running_server(home, None, "--no-worker") as address:
        yield address


@pytest.fixture
def signed_in(browser: WebDriver, manned: str) -> WebDriver:
    """A browser in which the administrator is signed in, by the keyboard alone."""
    browser.get(f"{manned}/sign-in?next=/account")
    seen(browser, "#f-email").send_keys(ADMIN, Keys.TAB, PASSWORD, Keys.ENTER)
    seen(browser, ".tabs")
    return browser


@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_wrong_for_a_visitor(browser: WebDriver, manned: str, path: str, colours: str) -> None:
    set_colours(browser, colours)
    browser.get(manned + path)
    assert violations(browser) == []
    assert complaints(browser) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_wrong_with_the_pages_of_an_account(signed_in: WebDriver, manned: str, width: int) -> None:
    for path in CLOSED:
        set_colours(signed_in, "dark" if width == 390 else "light")
        resize(signed_in, width, 844)
        signed_in.get(manned + path)
        assert violations(signed_in) == [], path
        assert complaints(signed_in) == [], path
        assert signed_in.execute_script("return document.documentElement.scrollWidth") <= width, path


def test_errors_are_told_where_they_are_and_to_screen_readers(browser: WebDriver, manned: str) -> None:
    browser.get(f"{manned}/register")
    browser.execute_script("document.querySelector('main form').noValidate = true")
    seen(browser, "#f-email").send_keys("nobody", Keys.ENTER)
    assert "e-mail address" in seen(browser, "#f-email-error").text
    field = browser.find_element(By.ID, "f-email")
    assert field.get_attribute("aria-invalid") == "true"
    assert "f-email-error" in (field.get_attribute("aria-describedby") or "")
    assert violations(browser) == []


def test_a_token_is_made_and_shown(signed_in: WebDriver, manned: str) -> None:
    signed_in.get(f"{manned}/account/tokens")
    seen(signed_in, "#f-name").send_keys("notebook", Keys.ENTER)
    assert seen(signed_in, ".note code").text.startswith("pel_")
    assert violations(signed_in) == []


def test_a_request_is_granted(signed_in: WebDriver, manned: str) -> None:
    signed_in.get(f"{manned}/requests")
    assert "Diatoms of the spring bloom" in seen(signed_in, ".request").text
    seen(signed_in, 'button[value="grant"]').click()
    assert "granted" in seen(signed_in, ".request").text


def test_one_signs_out(signed_in: WebDriver, manned: str) -> None:
    signed_in.get(f"{manned}/account")
    seen(signed_in, 'form[action="/sign-out"] button').click()
    assert seen(signed_in, 'a[href="/sign-in"]').text == "Sign in"
    signed_in.get(f"{manned}/account")
    assert "Please sign in" in seen(signed_in, "h1").text
