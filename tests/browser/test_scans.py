"""An operator looks at a scan, goes from object to object, and separates what touches with the keyboard."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import Select, WebDriverWait
from tests.browser.chromium import complaints, requests, resize, set_colours, violations
from tests.browser.steps import seen
from tests.browser.test_gallery import fetched
from tests.orders.scanned import OBJECTS, SCAN, scanned_job

from pelagia.runtime.accounts.accounts import Account, create_account
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings

SCAN_ID = f"{SCAN}_1"
PASSWORD = "plankton at midnight"
PATIENCE_S = 60
MOST_BYTES = 300_000
_numbers = itertools.count()


@pytest.fixture(scope="module")
def make_run(server: str, server_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], tuple[str, str]]:
    """Make a finished run of a drawn scan; returns its address and the e-mail address of whose it is."""

    def make() -> tuple[str, str]:
        settings = read_settings({}, home=server_home, executor="inline", workers=2)
        with open_runtime(settings) as runtime:
            email = f"ada{next(_numbers)}@example.org"
            ada: Account = create_account(runtime.database, email=email, name="Ada", password=PASSWORD)
            job = scanned_job(runtime, tmp_path_factory.mktemp("drawn"), asker=ada.asker)
        return f"{server}/runs/{job.id}", email

    return make


@pytest.fixture(scope="module")
def looked_at(make_run: Callable[[], tuple[str, str]]) -> tuple[str, str]:
    """A run that is looked at only."""
    return make_run()


def sign_in(browser: WebDriver, run: str, email: str) -> None:
    browser.get(run.partition("/runs/")[0] + "/sign-in?next=/account")
    seen(browser, "#f-email").send_keys(email, Keys.TAB, PASSWORD, Keys.ENTER)
    seen(browser, ".tabs")
    browser.get_log("browser")


@pytest.fixture
def viewer(browser: WebDriver, looked_at: tuple[str, str]) -> str:
    """The address of the run, its scan being shown to Ada."""
    run, email = looked_at
    sign_in(browser, run, email)
    browser.get(f"{run}/scans/{SCAN_ID}/view")
    seen(browser, "#list button")
    opened(browser)
    return run


@pytest.fixture
def editor(browser: WebDriver, make_run: Callable[[], tuple[str, str]]) -> str:
    """The address of a run of its own, the editor being shown to Ada."""
    run, email = make_run()
    sign_in(browser, run, email)
    browser.get(f"{run}/separation")
    shown(browser)
    return run


def until(browser: WebDriver, look: Callable[[], Any], what: str) -> Any:
    return WebDriverWait(browser, PATIENCE_S).until(lambda _: look(), what)


def text(browser: WebDriver, selector: str) -> str:
    return str(browser.find_element(By.CSS_SELECTOR, selector).get_property("textContent")).strip()


def opened(browser: WebDriver) -> None:
    """Wait until the scan is there."""
    until(browser, lambda: seen(browser, "[data-scale] span").text, "the scan is not shown")


def shown(browser: WebDriver) -> str:
    """Wait until the editor shows what the lines make of an object; return that."""
    opened(browser)
    return str(until(browser, lambda: text(browser, "#verdict"), "no preview"))


def press(browser: WebDriver, *keys: str) -> None:
    actions = ActionChains(browser)
    for key in keys:
        actions.send_keys(key)
    actions.perform()


def drag(browser: WebDriver, points: list[tuple[float, float]], kind: str = "mouse") -> None:
    """Move across the middle of the stage with a button or a finger down: shares of its size from its middle."""
    stage = browser.find_element(By.ID, "stage")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", stage)
    left, top, width, height = browser.execute_script(
        "const b = arguments[0].getBoundingClientRect(); return [b.left, b.top, b.width, b.height]", stage
    )
    places = [(int(left + width * (0.5 + x)), int(top + height * (0.5 + y))) for x, y in points]
    action = ActionBuilder(browser, mouse=PointerInput(kind, f"our {kind}"), duration=40)
    action.pointer_action.move_to_location(*places[0])
    action.pointer_action.pointer_down()
    for place in places[1:]:
        action.pointer_action.move_to_location(*place)
    action.pointer_action.pointer_up()
    action.perform()


def asked(browser: WebDriver, address: str) -> Any:
    return json.loads(fetched(browser, address))


def api_of(run: str) -> str:
    return run.replace("/runs/", "/v1/jobs/")


def candidates(browser: WebDriver, run: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asked(browser, f"{api_of(run)}/cuts")["items"]
    return found


def saved(browser: WebDriver) -> None:
    until(browser, lambda: browser.find_element(By.ID, "saving").get_attribute("data-unsaved") == "0", "not saved")


def test_keys_make_the_scan_larger_and_smaller_and_show_it_whole(browser: WebDriver, viewer: str) -> None:
    whole = text(browser, "[data-scale] span")
    press(browser, "+", "+", "+", "+", "+", "+")
    until(browser, lambda: text(browser, "[data-scale] span") != whole, "not larger")
    press(browser, "0")
    until(browser, lambda: text(browser, "[data-scale] span") == whole, "not whole again")
    assert violations(browser) == []
    assert complaints(browser) == []


def test_a_key_goes_from_object_to_object_and_tells_what_each_is(browser: WebDriver, viewer: str) -> None:
    objects = asked(browser, f"{api_of(viewer)}/scans/{SCAN_ID}/objects")["items"]
    press(browser, "n")
    assert seen(browser, "#object").is_displayed()
    assert text(browser, "#object-name") == "Object 1"
    assert objects[0]["name"] in browser.current_url
    assert f"{objects[0]['area_mm2']} mm²" in text(browser, "#object-facts")
    image = browser.find_element(By.ID, "object-image")
    until(browser, lambda: int(image.get_property("naturalWidth")) > 3, "no image")
    assert violations(browser) == []
    press(browser, "n", "n", "p")
    assert text(browser, "#object-name") == "Object 2"
    assert len(browser.find_elements(By.CSS_SELECTOR, "#list [aria-current]")) == 1
    press(browser, "p", "p")
    last = objects[-1]
    assert text(browser, "#object-name") == f"Object {last['number']}" + (f"-{last['piece']}" if last["piece"] else "")
    press(browser, Keys.ESCAPE)
    assert not browser.find_element(By.ID, "object").is_displayed()
    assert "object=" not in browser.current_url
    assert complaints(browser) == []


def test_a_click_on_an_object_chooses_it(browser: WebDriver, viewer: str) -> None:
    press(browser, "n", "n", "n")
    name = text(browser, "#object-name")
    until(
        browser,
        lambda: "µm" in text(browser, "[data-scale] span") or "1 mm" in text(browser, "[data-scale] span"),
        "far",
    )
    browser.find_element(By.ID, "leave").click()
    # It lies in the middle still.
    until(
        browser, lambda: drag(browser, [(0, 0)]) or browser.find_element(By.ID, "object").is_displayed(), "not chosen"
    )
    assert text(browser, "#object-name") == name


def test_an_object_is_found_by_its_number_and_by_what_it_is_taken_for(browser: WebDriver, viewer: str) -> None:
    objects = asked(browser, f"{api_of(viewer)}/scans/{SCAN_ID}/objects")["items"]
    press(browser, "/", "7", Keys.ENTER)
    assert text(browser, "#object-name").partition("-")[0] == "Object 7"
    browser.find_element(By.ID, "search").clear()
    browser.find_element(By.ID, "search").send_keys("no such name")
    assert text(browser, "#number").startswith("0 of")
    browser.find_element(By.ID, "search").clear()
    browser.find_element(By.ID, "search").send_keys(Keys.BACKSPACE)
    Select(browser.find_element(By.ID, "show")).select_by_value("cut")
    pieces = [one for one in objects if one["piece"]]
    assert text(browser, "#number") == f"{len(pieces)} of {len(objects)} objects"
    assert len(browser.find_elements(By.CSS_SELECTOR, "#list button")) == len(pieces)


def test_the_address_of_an_object_shows_it(browser: WebDriver, viewer: str) -> None:
    cut = next(one for one in candidates(browser, viewer) if one["applied"])
    browser.get(f"{viewer}/scans/{SCAN_ID}/view?object={cut['name']}")
    assert seen(browser, "#object-name").text == f"Object {cut['number']}-1"
    assert "the watershed" in text(browser, "#object-facts")
    press(browser, "s")
    seen(browser, "#verdict")
    assert f"object={cut['name']}" in browser.current_url
    assert text(browser, "#object-name") == f"Object {cut['number']}"


def test_only_what_is_seen_of_a_scan_is_loaded(browser: WebDriver, viewer: str) -> None:
    browser.get("about:blank")
    browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    requests(browser)
    browser.get(f"{viewer}/scans/{SCAN_ID}/view")
    seen(browser, "#list button")
    opened(browser)
    sent = requests(browser)
    assert sum(one["bytes"] for one in sent if one["type"] != "Image") < MOST_BYTES
    tiles = [one for one in sent if "/tiles/" in one["url"]]
    assert 1 <= len(tiles) <= 20


def test_lines_are_accepted_refused_drawn_erased_and_undone(browser: WebDriver, editor: str) -> None:
    queue = candidates(browser, editor)
    assert text(browser, "#looked-at") == f"0 of {len(queue)} looked at"
    assert text(browser, "#object-name") == f"Object {queue[0]['number']}"
    assert violations(browser) == []

    press(browser, "x")
    until(browser, lambda: text(browser, "#object-name") == f"Object {queue[1]['number']}", "it does not go on")
    saved(browser)
    assert candidates(browser, editor)[0]["drawn"] == []
    press(browser, Keys.ARROW_LEFT)
    assert text(browser, "#object-state").startswith("kept whole by")
    press(browser, "z")
    until(browser, lambda: text(browser, "#looked-at").startswith("0 of"), "it is not undone")
    assert candidates(browser, editor)[0]["drawn"] is None

    cut = next(one for one in queue if one["applied"])
    browser.get(f"{editor}/scans/{SCAN_ID}/separate?object={cut['name']}")
    until(browser, lambda: "piece" in text(browser, "#verdict"), "no pieces")
    pieces = browser.find_elements(By.CSS_SELECTOR, "#pieces li")
    assert len(pieces) >= 2 and all("mm²" in piece.text for piece in pieces)
    browser.find_element(By.CSS_SELECTOR, "#lines button").click()
    if len(cut["proposed"]) == 1:
        until(browser, lambda: text(browser, "#verdict") == "One object, whole", "the line is not erased")
    press(browser, "z")
    until(browser, lambda: len(browser.find_elements(By.CSS_SELECTOR, "#pieces li")) == len(pieces), "not undone")
    press(browser, "a")
    saved(browser)
    (kept,) = [one for one in candidates(browser, editor) if one["name"] == cut["name"]]
    assert kept["by"] == "Ada" and len(kept["drawn"]) == len(cut["proposed"])
    assert complaints(browser) == []


def whole_one(browser: WebDriver, run: str) -> dict[str, Any]:
    """Return a large object that nobody and nothing cut."""
    return max(
        (one for one in candidates(browser, run) if not one["proposed"]), key=lambda one: one["height"] * one["width"]
    )


@pytest.mark.parametrize("kind", ["mouse", "touch", "pen"])
def test_a_line_drawn_by_hand_divides_the_object_and_the_result_follows(
    browser: WebDriver, editor: str, kind: str
) -> None:
    one = whole_one(browser, editor)
    browser.get(f"{editor}/separation?object={one['name']}")
    until(browser, lambda: text(browser, "#verdict") == "One object, whole", "no preview")
    press(browser, "d")
    drag(browser, [(0.01, -0.45), (0, -0.2), (0, 0), (-0.01, 0.2), (0, 0.45)], kind)
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "#pieces li"), "the line divides nothing")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#lines li")) == 1
    assert violations(browser) == []
    if kind != "mouse":
        return
    press(browser, "a")
    saved(browser)
    browser.find_element(By.CSS_SELECTOR, "#finish button").click()
    seen(browser, ".standing-line")
    until(browser, lambda: "Revision 1" in browser.find_element(By.ID, "standing").text, "no revision")
    objects = asked(browser, f"{api_of(editor)}/scans/{SCAN_ID}/objects")["items"]
    pieces = [each for each in objects if each["cut_from"] == one["name"]]
    assert len(pieces) >= 2 and {each["cut_by"] for each in pieces} == {"person"}
    browser.get(f"{editor}/scans/{SCAN_ID}/view?object={pieces[0]['name']}")
    assert seen(browser, "#object-name").text == f"Object {one['number']}-1"
    image = browser.find_element(By.ID, "object-image")
    until(browser, lambda: int(image.get_property("naturalWidth")) > 3, "no image of the piece")
    assert complaints(browser) == []


def test_a_line_that_divides_nothing_is_not_accepted(browser: WebDriver, editor: str) -> None:
    one = whole_one(browser, editor)
    browser.get(f"{editor}/separation?object={one['name']}")
    until(browser, lambda: text(browser, "#verdict") == "One object, whole", "no preview")
    press(browser, "d")
    drag(browser, [(0, -0.46), (0.1, -0.46), (0.2, -0.46), (0.3, -0.46)])
    until(browser, lambda: text(browser, "#verdict") == "The lines do not divide it yet", "it is not said")
    press(browser, Keys.ARROW_RIGHT, Keys.ARROW_LEFT)
    until(
        browser, lambda: text(browser, "#verdict") == "The lines do not divide it yet", "the line was lost on the way"
    )
    press(browser, "a")
    assert "do not divide" in seen(browser, ".message").text
    assert text(browser, "#object-name") == f"Object {one['number']}"
    # Erased with a click on it.
    press(browser, "e")
    until(
        browser,
        lambda: drag(browser, [(0.15, -0.46)]) or not browser.find_elements(By.CSS_SELECTOR, "#lines li"),
        "there",
    )
    assert text(browser, "#verdict") == "One object, whole"


def test_what_was_decided_survives_a_lost_connection(browser: WebDriver, editor: str) -> None:
    offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    name = candidates(browser, editor)[0]["name"]
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    try:
        press(browser, "x")
        until(browser, lambda: "trying again" in text(browser, "#saving"), "nothing is said")
    finally:
        browser.execute_cdp_cmd("Network.emulateNetworkConditions", {**offline, "offline": False})
    saved(browser)
    browser.get_log("browser")
    assert next(one for one in candidates(browser, editor) if one["name"] == name)["drawn"] == []


def test_the_end_of_the_queue_says_so(browser: WebDriver, editor: str) -> None:
    Select(browser.find_element(By.ID, "show")).select_by_value("cut")
    browser.find_element(By.ID, "stage").click()
    number = len([one for one in candidates(browser, editor) if one["proposed"]])
    for at in range(number):
        until(browser, lambda at=at: text(browser, "#number") == f"Object {at + 1} of {number}", "it does not go on")
        until(browser, lambda: text(browser, "#verdict"), "no preview")
        press(browser, "a")
        until(browser, lambda at=at: text(browser, "#looked-at").startswith(f"{at + 1} of"), "not counted")
    saved(browser)
    Select(browser.find_element(By.ID, "show")).select_by_value("open")
    assert f"{number} of" in text(browser, "#looked-at")
    until(browser, lambda: text(browser, "#number").endswith(f"of {OBJECTS - number}"), "not only the others")


@pytest.mark.parametrize(
    ("width", "height", "colours"), [(1280, 900, "dark"), (820, 1180, "light"), (390, 844, "dark")]
)
def test_they_are_accessible_in_dark_on_a_tablet_and_on_a_telephone(
    browser: WebDriver, viewer: str, width: int, height: int, colours: str
) -> None:
    resize(browser, width, height)
    set_colours(browser, colours)
    for page, sign in ((f"scans/{SCAN_ID}/view", "#list button"), ("separation", "#list button")):
        browser.get(f"{viewer}/{page}")
        seen(browser, sign)
        opened(browser)
        assert violations(browser) == []
        assert browser.execute_script("return document.documentElement.scrollWidth - innerWidth") <= 0, page
        browser.find_element(By.ID, "show-keys").click()
        seen(browser, "#keys[open]")
        assert violations(browser) == []
    assert complaints(browser) == []


def test_a_stranger_sees_no_scan(browser: WebDriver, viewer: str) -> None:
    browser.delete_all_cookies()
    for page in (f"scans/{SCAN_ID}/view", f"scans/{SCAN_ID}/separate", "separation"):
        browser.get(f"{viewer}/{page}")
        assert "There is no such" in browser.find_element(By.TAG_NAME, "main").text
