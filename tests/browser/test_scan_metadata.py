"""An operator with the scans of a cruise sees which need her and corrects metadata in bulk; the result follows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait
from tests.browser.chromium import complaints, resize, set_colours, violations
from tests.browser.steps import seen
from tests.browser.test_gallery import fetched
from tests.ui.cruise import SAMPLE, SCAN, STATIONS, cruise_job

from pelagia.runtime.accounts.accounts import create_account
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings

EMAIL, PASSWORD = "ada.of.the.cruise@example.org", "plankton at midnight"
PATIENCE_S = 120
WHY = "log book, page 4"


@pytest.fixture(scope="module")
def cruise(server: str, server_home: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a run of the scans of a cruise, made by Ada, on the server."""
    settings = read_settings({}, home=server_home, executor="inline", workers=2)
    with open_runtime(settings) as runtime:
        ada = create_account(runtime.database, email=EMAIL, name="Ada", password=PASSWORD)
        job = cruise_job(runtime, tmp_path_factory.mktemp("cruise"), asker=ada.asker)
    return f"{server}/runs/{job.id}"


@pytest.fixture
def scans(browser: WebDriver, server: str, cruise: str) -> str:
    """The address of its scans, Ada being signed in."""
    browser.get(f"{server}/sign-in?next=/account")
    seen(browser, "#f-email").send_keys(EMAIL, Keys.TAB, PASSWORD, Keys.ENTER)
    seen(browser, ".tabs")
    browser.get_log("browser")
    return f"{cruise}/scans"


@pytest.fixture
def form(browser: WebDriver, scans: str) -> str:
    """The address of the scans, the form of their metadata being shown."""
    browser.get(f"{scans}/metadata")
    seen(browser, "#review")
    return scans


def until(browser: WebDriver, look: Callable[[], Any], what: str) -> Any:
    return WebDriverWait(browser, PATIENCE_S).until(lambda _: look(), what)


def press(browser: WebDriver, *keys: str) -> None:
    actions = ActionChains(browser)
    for key in keys:
        actions.send_keys(key)
    actions.perform()


def with_control(browser: WebDriver, key: str) -> None:
    ActionChains(browser).key_down(Keys.CONTROL).send_keys(key).key_up(Keys.CONTROL).perform()


def cell(browser: WebDriver, station: str, field: str) -> WebElement:
    """Find the value of a sample."""
    heads = browser.find_elements(By.CSS_SELECTOR, 'table[data-kind="sample"] th[data-field]')
    at = [head.get_attribute("data-field") for head in heads].index(field)
    row = browser.find_element(By.CSS_SELECTOR, f'tr[data-subject="sample:{SAMPLE(station)}"]')
    return row.find_elements(By.CSS_SELECTOR, "td[data-value]")[at]


def value(browser: WebDriver, station: str, field: str) -> str:
    found = cell(browser, station, field)
    return found.get_attribute("data-draft") or found.get_attribute("data-value") or ""


def choose(browser: WebDriver, station: str, field: str) -> None:
    """Click on a value, wherever the sheet must be moved to for that."""
    found = cell(browser, station, field)
    browser.execute_script("arguments[0].scrollIntoView({block: 'center', inline: 'center'})", found)
    found.click()


def paste(browser: WebDriver, text: str) -> None:
    """Paste into what has the focus, as from a spreadsheet."""
    browser.execute_script(
        "const data = new DataTransfer(); data.setData('text/plain', arguments[0]);"
        "document.activeElement.dispatchEvent("
        "new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}))",
        text,
    )


def save(browser: WebDriver, why: str = WHY) -> None:
    with_control(browser, "s")
    seen(browser, "#reviewing[open]")
    press(browser, why, Keys.ENTER)
    until(browser, lambda: not browser.find_elements(By.CSS_SELECTOR, "#reviewing[open]"), "not saved")
    until(browser, lambda: not browser.find_elements(By.CSS_SELECTOR, "td.changed"), "the form does not follow")


def take_back(browser: WebDriver) -> None:
    """Take back what was saved last."""
    before = len(browser.find_elements(By.CSS_SELECTOR, ".trail > li"))
    browser.find_element(By.CSS_SELECTOR, ".message button").click()
    until(browser, lambda: len(browser.find_elements(By.CSS_SELECTOR, ".trail > li")) > before, "not taken back")


def test_the_table_shows_who_needs_her_and_leads_on(browser: WebDriver, scans: str) -> None:
    browser.get(scans)
    assert seen(browser, ".lead").text == "4 of 4 scans need you: 1 is wrong, 3 want a look."
    first = browser.find_element(By.CSS_SELECTOR, ".scans tbody tr")
    assert first.find_element(By.TAG_NAME, "th").text.startswith(SCAN("st02"))
    assert first.find_element(By.CSS_SELECTOR, ".verdict").text == "wrong"
    pictures = browser.find_elements(By.CSS_SELECTOR, ".picture img")
    until(browser, lambda: all(one.get_property("naturalWidth") for one in pictures[:4]), "no pictures")
    browser.find_element(By.LINK_TEXT, "Organisms").click()
    assert seen(browser, "th[aria-sort]").text.startswith("Organisms")
    browser.find_element(By.CSS_SELECTOR, f'a[href*="checks?scan={SCAN("st02")}"]').click()
    assert "The volume of water is unknown" in seen(browser, ".checked").text
    browser.find_element(By.PARTIAL_LINK_TEXT, "Volume filtered").click()
    seen(browser, "#review")
    assert browser.switch_to.active_element == cell(browser, "st02", "volume_m3")
    assert not complaints(browser)


def test_a_value_is_typed_reviewed_and_saved_and_the_result_follows(browser: WebDriver, form: str) -> None:
    choose(browser, "st02", "volume_m3")
    press(browser, "12,5", Keys.ENTER)
    assert value(browser, "st02", "volume_m3") == "12.5"
    with_control(browser, "s")
    seen(browser, "#reviewing[open]")
    told = browser.find_element(By.CSS_SELECTOR, "#old-new tr").text
    assert SAMPLE("st02") in told and "nothing" in told and "12.5 m³" in told
    press(browser, Keys.ENTER)
    assert browser.find_elements(By.CSS_SELECTOR, "#reviewing[open]"), "saved without a reason"
    press(browser, WHY, Keys.ENTER)
    until(browser, lambda: WHY in browser.find_element(By.ID, "trail").text, "not in the trail")
    assert "not in the results yet" in browser.find_element(By.ID, "standing").text
    rows = list(csv.DictReader(io.StringIO(fetched(browser, f"{form}/metadata/changes.csv").decode())))
    assert (rows[-1]["who"], rows[-1]["field"], rows[-1]["new"], rows[-1]["why"]) == ("Ada", "volume_m3", "12.5", WHY)

    browser.find_element(By.CSS_SELECTOR, "#standing button").click()
    until(browser, lambda: "Revision 1" in browser.find_element(By.ID, "standing").text, "no revision")
    browser.get(form)
    row = browser.find_element(By.XPATH, "//tr[contains(., 'st02')]")
    assert "12.5" in row.text and "wrong" not in row.text
    address = form.replace("/runs/", "/v1/jobs/").removesuffix("/scans") + "/results/tables/counts?format=csv"
    counts = list(csv.DictReader(io.StringIO(fetched(browser, address).decode())))
    mine = [one for one in counts if one["sample_id"] == SAMPLE("st02") and float(one["counted"])]
    assert mine
    for one in mine:
        assert float(one["per_m3"]) == pytest.approx(float(one["counted"]) * 8 / 12.5)
    assert not complaints(browser)


def test_signs_are_turned_in_all_chosen_rows_and_taken_back(browser: WebDriver, form: str) -> None:
    before = [value(browser, station, "longitude") for station in STATIONS]
    choose(browser, "st01", "longitude")
    press(browser, Keys.SPACE, Keys.ARROW_DOWN, Keys.SPACE)
    assert browser.find_element(By.ID, "target").text == "Longitude, east positive of 2 samples"
    browser.find_element(By.CSS_SELECTOR, '[data-helper="sign"]').click()
    turned = [value(browser, station, "longitude") for station in STATIONS]
    assert [float(one) for one in turned] == pytest.approx(
        [-float(before[0]), -float(before[1]), *map(float, before[2:])]
    )
    save(browser)
    assert [value(browser, station, "longitude") for station in STATIONS] == turned
    take_back(browser)
    assert [value(browser, station, "longitude") for station in STATIONS] == before


def test_a_column_of_a_spreadsheet_is_pasted_and_undone(browser: WebDriver, form: str) -> None:
    choose(browser, "st02", "latitude")
    paste(browser, "54.30\t7.5\r\n54,15\t7.6\n54.60\t7.7\n1\t2\n")
    assert [value(browser, station, "latitude") for station in STATIONS[1:]] == ["54.3", "54.15", "54.6"]
    assert [value(browser, station, "longitude") for station in STATIONS[1:]] == ["7.5", "7.6", "7.7"]
    assert "2 pasted values have no row" in browser.find_element(By.ID, "messages").text
    with_control(browser, "a")
    browser.find_element(By.CSS_SELECTOR, '[data-helper="minutes"]').click()
    found = [value(browser, station, "latitude") for station in STATIONS]
    assert found[1:3] == ["54.5", "54.25"]
    assert found[3] == "54.6"
    assert "60 minutes or more" in browser.find_element(By.ID, "messages").text
    choose(browser, "st02", "latitude")
    with_control(browser, "z")
    with_control(browser, "z")
    until(browser, lambda: not browser.find_elements(By.CSS_SELECTOR, "td.changed"), "not undone")


@pytest.mark.parametrize(
    ("field", "typed", "remedy"),
    [
        ("latitude", "91", "from -90 to 90"),
        ("volume_m3", "0", "above 0"),
        ("volume_m3", "many", "above 0"),
        ("sampled_at_utc", "2026-02-30", "2024-05-17T07:30"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_the_field(
    browser: WebDriver, form: str, field: str, typed: str, remedy: str
) -> None:
    choose(browser, "st01", field)
    press(browser, typed, Keys.ENTER)
    refused = cell(browser, "st01", field)
    assert refused.get_attribute("aria-invalid") == "true"
    assert remedy in refused.text
    with_control(browser, "s")
    until(browser, lambda: "cannot be" in browser.find_element(By.ID, "messages").text, "saved")
    assert browser.switch_to.active_element == refused
    assert not browser.find_elements(By.CSS_SELECTOR, "#reviewing[open]")
    with_control(browser, "z")


def test_a_value_that_only_the_server_refuses_is_told_with_its_remedy(browser: WebDriver, form: str) -> None:
    choose(browser, "st01", "latitude")
    # What the form took is made another value on its way.
    browser.execute_script("""
        const real = window.fetch;
        window.fetch = (address, options) => real(address, options && options.body
          ? {...options, body: options.body.replace('55', '95')} : options);
    """)
    press(browser, "55", Keys.ENTER)
    with_control(browser, "s")
    seen(browser, "#reviewing[open]")
    press(browser, WHY, Keys.ENTER)
    told = seen(browser, "#refused").text
    assert "Latitude" in told and "from -90 to 90" in told
    assert browser.find_elements(By.CSS_SELECTOR, "#reviewing[open]")
    browser.get_log("browser")
    press(browser, Keys.ESCAPE)
    choose(browser, "st01", "latitude")
    with_control(browser, "z")


def test_only_rows_that_are_shown_are_changed(browser: WebDriver, form: str) -> None:
    seen(browser, "#find").send_keys("st04")
    shown = [row for row in browser.find_elements(By.CSS_SELECTOR, "tbody tr[data-subject]") if row.is_displayed()]
    assert [row.get_attribute("data-subject") for row in shown] == [f"sample:{SAMPLE('st04')}", f"scan:{SCAN('st04')}"]
    choose(browser, "st04", "ship")
    with_control(browser, "a")
    seen(browser, "#bulk").send_keys("Thetys", Keys.ENTER)
    assert [value(browser, station, "ship") for station in STATIONS] == ["", "", "", "Thetys"]
    choose(browser, "st04", "ship")
    with_control(browser, "z")


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 800, 400])
def test_axe_finds_nothing_wrong(browser: WebDriver, scans: str, colours: str, width: int) -> None:
    set_colours(browser, colours)
    resize(browser, width, 900)
    for page in ("", "?mine=true", "/checks", "/metadata"):
        browser.get(scans + page)
        seen(browser, "main h1")
        assert violations(browser) == [], page
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= width, f"{page} is {wide} px wide"
    choose(browser, "st01", "latitude")
    press(browser, "91", Keys.ENTER)
    assert violations(browser) == []
    with_control(browser, "z")
    press(browser, "50", Keys.ENTER)
    with_control(browser, "s")
    seen(browser, "#reviewing[open]")
    assert violations(browser) == []
    press(browser, Keys.ESCAPE)
    with_control(browser, "z")
    assert not complaints(browser)
