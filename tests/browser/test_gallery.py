"""A technician corrects twenty vignettes by keyboard, undoes one, and downloads what says that a person did."""

from __future__ import annotations

import csv
import io
import json
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait
from tests.browser.chromium import complaints, requests, resize, set_colours, violations
from tests.browser.steps import choose_folder, ended, seen, start

from pelagia.runtime.database import open_database
from pelagia.runtime.decisions import Annotator, record

CORRECTED = 20
PATIENCE_S = 90
NEW_NAME = "Chaetoceros"


@pytest.fixture
def run(browser: WebDriver, server: str, flowcam_run: Path) -> str:
    """The address of a finished run of this visitor."""
    browser.get(server + "/services/flowcam")
    choose_folder(browser, flowcam_run)
    job = start(browser)
    assert ended(browser) == "succeeded"
    return f"{server}/runs/{job}"


@pytest.fixture
def gallery(browser: WebDriver, run: str) -> str:
    """The address of the run, its gallery being shown, least certain first."""
    browser.get(f"{run}/results/gallery?order=uncertain")
    seen(browser, ".cell.drawn")
    return run


def until(browser: WebDriver, look: Callable[[], Any], what: str) -> Any:
    return WebDriverWait(browser, PATIENCE_S).until(lambda _: look(), what)


def press(browser: WebDriver, *keys: str) -> None:
    actions = ActionChains(browser)
    for key in keys:
        actions.send_keys(key)
    actions.perform()


def cells(browser: WebDriver, kind: str = "") -> list[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, f".cell{kind}")


def count(browser: WebDriver, taxon: str, kind: str) -> int:
    """Read how many bear a name in the list of names; 0 where it is not there."""
    found = browser.find_elements(By.CSS_SELECTOR, f'#names button[data-taxon="{taxon}"] .count.{kind}')
    return int("".join(filter(str.isdigit, found[0].text))) if found else 0


def saved(browser: WebDriver) -> None:
    until(browser, lambda: browser.find_element(By.ID, "saving").get_attribute("data-unsaved") == "0", "not saved")


def fetched(browser: WebDriver, address: str) -> bytes:
    """Download as this visitor."""
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in browser.get_cookies())
    with urllib.request.urlopen(urllib.request.Request(address, headers={"Cookie": cookies})) as answer:
        return answer.read()


def annotations(archive: bytes) -> list[dict[str, str]]:
    """Read the rows of the table in an EcoTaxa archive, without the line of types."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        (name,) = [name for name in opened.namelist() if name.endswith(".tsv")]
        text = opened.read(name).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter="\t"))[1:]


def test_twenty_are_corrected_by_keyboard_one_is_undone_and_the_export_says_so(
    browser: WebDriver, gallery: str
) -> None:
    signed = browser.find_element(By.ID, "signed")
    signed.send_keys("Ada Lovelace", Keys.TAB)
    browser.execute_script("document.querySelector('.cell').focus()")
    rows = [cell.get_attribute("data-row") for cell in cells(browser)[:CORRECTED]]
    press(browser, "/")
    seen(browser, "#picker[open]")
    press(browser, *NEW_NAME, Keys.ENTER)
    for _ in range(CORRECTED - 1):
        press(browser, "1")
    saved(browser)
    until(browser, lambda: count(browser, NEW_NAME, "validated") == CORRECTED, "the number of names does not change")
    validated = cells(browser, ".validated")
    assert [cell.get_attribute("data-row") for cell in validated] == rows
    assert {cell.find_element(By.CSS_SELECTOR, ".people").text for cell in validated} == {"AL"}
    assert all("validated, " in cell.get_property("textContent") for cell in validated)
    assert violations(browser) == []

    press(browser, "u")
    until(browser, lambda: count(browser, NEW_NAME, "validated") == CORRECTED - 1, "it is not undone")
    assert len(cells(browser, ".validated")) == CORRECTED - 1
    assert "Undone" in browser.find_element(By.ID, "told").get_property("textContent")

    browser.find_element(By.CSS_SELECTOR, "#finish button").click()
    seen(browser, ".standing-line")
    assert "Revision 1" in browser.find_element(By.ID, "standing").text
    figures = browser.find_element(By.CSS_SELECTOR, ".figures").text
    assert f"Particles validated by a person\n{CORRECTED - 1}\n" in figures
    chart = browser.find_element(By.CSS_SELECTOR, "#composition svg").get_property("textContent")
    assert NEW_NAME in chart and "validated" in chart
    assert violations(browser) == []

    link = browser.find_element(By.CSS_SELECTOR, '.downloads a[href*="ecotaxa"]').get_attribute("href")
    by_state: dict[str, list[dict[str, str]]] = {}
    for row in annotations(fetched(browser, link)):
        by_state.setdefault(row["object_annotation_status"], []).append(row)
    assert {row["object_annotation_category"] for row in by_state["validated"]} == {NEW_NAME}
    assert {row["object_annotation_person_name"] for row in by_state["validated"]} == {"Ada Lovelace"}
    assert len(by_state["validated"]) == CORRECTED - 1
    assert len(by_state["predicted"]) > 300
    predicted = browser.find_element(By.CSS_SELECTOR, '.downloads a[href$="as-predicted.zip"]').get_attribute("href")
    with zipfile.ZipFile(io.BytesIO(fetched(browser, predicted))) as before:
        before_rows = annotations(before.read("exports/ecotaxa.zip"))
    assert {row["object_annotation_status"] for row in before_rows} == {"predicted", ""}
    assert complaints(browser) == []


def test_the_keyboard_moves_chooses_confirms_and_looks_closer(browser: WebDriver, gallery: str) -> None:
    browser.execute_script("document.querySelector('.cell').focus()")
    press(browser, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert browser.execute_script("return document.activeElement === document.querySelectorAll('.cell')[2]")
    ActionChains(browser).key_down(Keys.SHIFT).send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT).key_up(
        Keys.SHIFT
    ).perform()
    chosen = cells(browser, '[aria-selected="true"]')
    assert [cell.get_attribute("id") for cell in chosen] == [cell.get_attribute("id") for cell in cells(browser)[2:5]]
    press(browser, Keys.ARROW_DOWN)
    below = browser.execute_script("return document.activeElement.getBoundingClientRect().top")
    assert below > chosen[-1].rect["y"] - browser.execute_script("return scrollY")
    assert len(cells(browser, '[aria-selected="true"]')) == 1

    press(browser, Keys.ENTER)
    seen(browser, "#close-up[open] .choice")
    image = browser.find_element(By.CSS_SELECTOR, "#close-up img")
    until(browser, lambda: int(image.get_property("naturalWidth")) > 3, "no image")
    shares = [int(one.text.strip("<> %")) for one in browser.find_elements(By.CSS_SELECTOR, ".choice .n")]
    assert shares == sorted(shares, reverse=True)
    assert violations(browser) == []
    press(browser, Keys.ESCAPE, "?")
    seen(browser, "#keys[open]")
    assert violations(browser) == []
    press(browser, Keys.ESCAPE)

    named = [cell for cell in cells(browser) if "unknown" not in cell.find_element(By.CSS_SELECTOR, ".taxon").text]
    browser.execute_script("document.querySelector('.cell').focus()")
    ActionChains(browser).key_down(Keys.SHIFT).send_keys("v").key_up(Keys.SHIFT).perform()
    saved(browser)
    assert len(cells(browser, ".validated")) == len(named)
    press(browser, "u")
    until(browser, lambda: not cells(browser, ".validated"), "the page is not undone")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", named[0])
    named[0].click()
    # Caps lock, not Shift, which the driver would press for a capital letter: one image, not the page.
    browser.execute_script(
        "arguments[0].dispatchEvent(new KeyboardEvent('keydown', {key: 'V', bubbles: true}))", named[0]
    )
    saved(browser)
    assert len(cells(browser, ".validated")) == 1
    press(browser, "n")
    until(browser, lambda: browser.find_element(By.ID, "where").text.startswith("61–120"), "no second page")
    press(browser, "p")
    until(browser, lambda: browser.find_element(By.ID, "where").text.startswith("1–60"), "no first page")


def test_what_offers_to_undo_goes_when_it_is_undone_otherwise(browser: WebDriver, gallery: str) -> None:
    browser.get(f"{gallery}/results/gallery?taxon=Protist")
    seen(browser, ".cell.drawn")
    ActionChains(browser).key_down(Keys.SHIFT).send_keys("v").key_up(Keys.SHIFT).perform()
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, ".message button"), "no offer to undo")
    saved(browser)
    bar = browser.find_element(By.CSS_SELECTOR, ".actions-bar").rect
    message = browser.find_element(By.CSS_SELECTOR, ".message").rect
    assert message["y"] + message["height"] <= bar["y"]
    press(browser, "u")
    until(browser, lambda: not browser.find_elements(By.CSS_SELECTOR, ".message button"), "still offered")
    saved(browser)
    assert cells(browser, ".validated") == []


def test_names_filters_and_an_empty_choice(browser: WebDriver, gallery: str) -> None:
    browser.find_element(By.CSS_SELECTOR, '#names button[data-taxon="Protist"]').click()
    number = count(browser, "Protist", "predicted")
    until(browser, lambda: browser.find_element(By.ID, "where").text.endswith(f"of {number}"), "not filtered")
    assert {cell.find_element(By.CSS_SELECTOR, ".taxon").text for cell in cells(browser)} == {"Protist"}
    assert "taxon=Protist" in browser.current_url
    assert browser.execute_script("return document.activeElement.classList.contains('cell')")
    Select(browser.find_element(By.ID, "status")).select_by_value("disputed")
    assert "No image is like that" in seen(browser, "#nothing").text
    assert violations(browser) == []
    browser.find_element(By.ID, "show-all").click()
    until(browser, lambda: browser.find_element(By.ID, "where").text.endswith("of 400"), "not all")


def test_decisions_survive_a_lost_connection(browser: WebDriver, gallery: str) -> None:
    offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    first = cells(browser)[0].get_attribute("data-row")
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    try:
        browser.execute_script("document.querySelector('.cell').focus()")
        press(browser, "/", *NEW_NAME, Keys.ENTER)
        until(browser, lambda: "trying again" in browser.find_element(By.ID, "saving").text, "nothing is said")
        assert len(cells(browser, ".validated")) == 1
    finally:
        browser.execute_cdp_cmd("Network.emulateNetworkConditions", {**offline, "offline": False})
    saved(browser)
    browser.get_log("browser")
    browser.get(f"{gallery}/results/gallery?status=validated")
    assert seen(browser, ".cell").get_attribute("data-row") == first


def test_what_another_person_decides_appears_with_their_initials(
    browser: WebDriver, gallery: str, server: str, server_home: Path
) -> None:
    job = gallery.rpartition("/")[2]
    with open_database(f"sqlite:///{server_home / 'pelagia.db'}") as database:
        name = json.loads(fetched(browser, f"{server}/v1/jobs/{job}/objects?order=uncertain"))["items"][0]["object_id"]
        record(database, job, {name: NEW_NAME}, Annotator(key="account:ben", name="Ben Bell"))
    until(browser, lambda: cells(browser, ".validated"), "what others decide does not appear")
    (cell,) = cells(browser, ".validated")
    assert cell.find_element(By.CSS_SELECTOR, ".people").text == "BB"
    cell.click()
    press(browser, "/")
    seen(browser, "#picker[open]")
    press(browser, *"Protist", Keys.ENTER)
    saved(browser)
    (cell,) = cells(browser, ".disputed")
    assert "people differ" in cell.get_property("textContent")
    Select(browser.find_element(By.ID, "status")).select_by_value("disputed")
    until(browser, lambda: len(cells(browser)) == 1, "the disputed one is not alone")


def test_only_what_is_seen_is_loaded_and_many_images_come_in_one_request(browser: WebDriver, gallery: str) -> None:
    browser.get("about:blank")
    resize(browser, 1280, 420)
    requests(browser)
    browser.get(f"{gallery}/results/gallery?order=large")
    seen(browser, ".cell.drawn")
    sent = [one for one in requests(browser) if "/vignettes" in one["url"]]
    assert 1 <= len(sent) <= 4
    assert len(cells(browser, ".drawn")) < len(cells(browser)) == 60
    same_scale = "c => [c.clientWidth, Number(c.dataset.width)]"
    drawn = ".cell.drawn:not(.shrunk) canvas"
    sizes = browser.execute_script(f"return [...document.querySelectorAll('{drawn}')].map({same_scale})")
    scale = max(shown for shown, _ in sizes) / max(own for _, own in sizes)
    assert all(abs(shown - scale * own) <= 1.5 for shown, own in sizes)


@pytest.mark.parametrize(
    ("width", "height", "colours"), [(1280, 900, "dark"), (820, 1180, "light"), (390, 844, "light")]
)
def test_it_is_accessible_in_dark_on_a_tablet_and_on_a_telephone(
    browser: WebDriver, run: str, width: int, height: int, colours: str
) -> None:
    resize(browser, width, height)
    set_colours(browser, colours)
    for page, sign in (("results", "#spectrum svg"), ("results/gallery", ".cell.drawn")):
        browser.get(f"{run}/{page}")
        seen(browser, sign)
        assert violations(browser) == []
        overflow = browser.execute_script("return document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, page
    assert complaints(browser) == []


def test_a_stranger_sees_nothing_of_it(browser: WebDriver, gallery: str) -> None:
    browser.delete_all_cookies()
    for page in ("results", "results/gallery"):
        browser.get(f"{gallery}/{page}")
        assert "There is no such" in browser.find_element(By.TAG_NAME, "main").text
