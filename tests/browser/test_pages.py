"""Every page: usable by everybody, on every screen, on a slow link, without the internet."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from tests.browser.chromium import complaints, requests, resize, set_colours, violations

PAGES = (
    "/",
    "/services/flowcam",
    "/services/flowcam-train",
    "/runs",
    "/models",
    "/models/flowcam-protist/1.0.0",
    "/docs/api",
    "/sign-in",
    "/register",
    "/nowhere",
)
PAGES_OF_AN_ADMINISTRATOR = (
    "/account",
    "/account/tokens",
    "/account/access",
    "/account/privacy",
    "/requests",
    "/usage",
    "/admin",
    "/admin/users",
    "/admin/reports",
)
LARGEST_PAGE = 300_000
# The page that says that there is nothing is itself not found, which the browser remarks.
EXPECTED = "/nowhere - Failed to load resource"


def the_complaints(driver: WebDriver) -> list[str]:
    return [message for message in complaints(driver) if EXPECTED not in message]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_wrong(browser: WebDriver, server: str, path: str, colours: str) -> None:
    set_colours(browser, colours)
    browser.get(server + path)
    assert violations(browser) == []
    assert the_complaints(browser) == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (820, 1180), (390, 844)])
def test_nothing_sticks_out_of_the_screen(browser: WebDriver, server: str, path: str, width: int, height: int) -> None:
    resize(browser, width, height)
    browser.get(server + path)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert violations(browser) == []


@pytest.mark.parametrize("path", PAGES_OF_AN_ADMINISTRATOR)
def test_the_pages_of_an_administrator_are_as_good(administrator: WebDriver, server: str, path: str) -> None:
    for width, height, colours in ((1280, 900, "light"), (820, 1180, "dark"), (390, 844, "light")):
        resize(administrator, width, height)
        set_colours(administrator, colours)
        administrator.get(server + path)
        assert violations(administrator) == []
        assert administrator.execute_script("return document.documentElement.scrollWidth") <= width
    assert complaints(administrator) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_light_and_asks_nobody_else(browser: WebDriver, server: str, path: str) -> None:
    browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    browser.get_log("performance")
    browser.get(server + path)
    loaded = [one for one in requests(browser) if not one["url"].startswith(("data:", "blob:"))]
    assert {urlsplit(one["url"]).netloc for one in loaded} == {urlsplit(server).netloc}
    assert 0 < sum(one["bytes"] for one in loaded if one["type"] != "Image") < LARGEST_PAGE


def test_what_was_loaded_once_is_not_loaded_again(browser: WebDriver, server: str) -> None:
    browser.get(server + "/")
    browser.get_log("performance")
    browser.get(server + "/models")
    over_the_network = [one["url"] for one in requests(browser) if one["bytes"] and "/static/" in one["url"]]
    assert over_the_network == []


def test_axe_would_find_what_is_wrong(browser: WebDriver, server: str) -> None:
    browser.get(server + "/")
    browser.execute_script("document.querySelector('main').innerHTML += '<img src=\"/x.png\"><button></button>'")
    assert {line.partition(":")[0] for line in violations(browser)} >= {"image-alt", "button-name"}


def test_the_keyboard_reaches_the_content_first(browser: WebDriver, server: str) -> None:
    browser.get(server + "/")
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert browser.switch_to.active_element.text == "Skip to the content"
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.execute_script("return document.activeElement.closest('main') !== null")


def test_what_has_the_focus_is_marked(browser: WebDriver, server: str) -> None:
    browser.get(server + "/services/flowcam")
    unmarked = []
    for _ in range(30):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        marked = browser.execute_script(
            "const now = document.activeElement;"
            "const shown = now.type === 'file' ? now.closest('label') : now;"
            "return now === document.body || getComputedStyle(shown).outlineStyle !== 'none' ? '' : now.outerHTML"
        )
        unmarked += [marked] if marked else []
    assert unmarked == []


def test_a_person_may_choose_the_colours(browser: WebDriver, server: str) -> None:
    browser.get(server + "/")
    background = "return getComputedStyle(document.body).backgroundColor"
    light = browser.execute_script(background)
    button = browser.find_element(By.ID, "theme")
    button.click()
    assert button.text.endswith("light")
    button.click()
    assert browser.execute_script(background) != light
    browser.get(server + "/models")
    assert browser.find_element(By.ID, "theme").text.endswith("dark")
    assert browser.execute_script(background) != light


def test_an_error_tells_what_was_found_and_what_to_do(browser: WebDriver, server: str) -> None:
    browser.get(server + "/services/nonsense")
    problem = browser.find_element(By.CSS_SELECTOR, ".problem").text
    assert "There is no such service" in problem
    assert "nonsense" in problem
    assert "These exist: citizen, ecosystem, flowcam" in problem
