"""A duty officer draws a slick, picks its oil and time, and looks at where it goes; with keys as well."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait
from tests.browser.chromium import complaints, missing, requests, resize, set_colours, violations
from tests.browser.server import running_server
from tests.browser.test_gallery import fetched
from tests.orders.spilled import STRETCHES, install_oilspill, spilled_job

from pelagia.runtime.accounts.accounts import create_account
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings

EMAIL, PASSWORD = "ada@example.org", "plankton at midnight"
PATIENCE_S = 60
MOST_BYTES = 300_000


@pytest.fixture(scope="module")
def server_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spill-server") / "home"


@pytest.fixture(scope="module")
def server(server_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that knows the service."""
    if missing():
        pytest.skip(missing())
    with pytest.MonkeyPatch.context() as patch:
        install_oilspill(tmp_path_factory.mktemp("spill-packages"), patch)
        with running_server(server_home) as address:
            yield address


@pytest.fixture(scope="module")
def run(server: str, server_home: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of the map of a finished run with an ensemble and a fit."""
    with open_runtime(read_settings({}, home=server_home, executor="inline", workers=1)) as runtime:
        ada = create_account(runtime.database, email=EMAIL, name="Ada", password=PASSWORD)
        job = spilled_job(runtime, tmp_path_factory.mktemp("spill"), asker=ada.asker)
    return f"/runs/{job.id}/spill"


@pytest.fixture
def shown(browser: WebDriver, server: str, run: str) -> WebDriver:
    """A browser in which the map is open."""
    browser.get(f"{server}/sign-in?next={run}")
    browser.find_element(By.NAME, "email").send_keys(EMAIL)
    browser.find_element(By.NAME, "password").send_keys(PASSWORD)
    browser.find_element(By.NAME, "password").submit()
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "#spill[data-ready]"), "the map is not ready")
    return browser


def until(driver: WebDriver, told: Callable[[], object], otherwise: str) -> None:
    WebDriverWait(driver, PATIENCE_S).until(lambda _: told(), otherwise)


def text(driver: WebDriver, selector: str) -> str:
    return str(driver.find_element(By.CSS_SELECTOR, selector).get_property("textContent")).strip()


def press(driver: WebDriver, *keys: str) -> None:
    for key in keys:
        ActionChains(driver).send_keys(key).perform()


def painted(driver: WebDriver) -> int:
    """Return how many points of the canvas over the map have a colour."""
    code = (
        "const c = document.querySelector('canvas.over'); let n = 0;"
        "const copy = Object.assign(document.createElement('canvas'), { width: c.width, height: c.height });"
        "const context = copy.getContext('2d', { willReadFrequently: true }); context.drawImage(c, 0, 0);"
        "const d = context.getImageData(0, 0, c.width, c.height).data;"
        "for (let i = 3; i < d.length; i += 4) n += d[i] > 200; return n;"
    )
    return int(driver.execute_script(code))


def test_the_oil_is_seen_time_after_time_and_told_in_tonnes(shown: WebDriver) -> None:
    assert text(shown, "#whole-told").startswith("The whole run, 2008-08-06 09:51 UTC to")
    assert violations(shown) == []
    shown.find_element(By.ID, "stage").click()
    press(shown, "1")
    until(shown, lambda: text(shown, "#stamp") != "", "no time is told")
    press(shown, Keys.HOME)
    until(shown, lambda: text(shown, "#stamp") == "2008-08-06 09:51 UTC", "not at the start")
    assert text(shown, "#now tr:first-child td:last-child") == "240"
    until(shown, lambda: painted(shown) > 500, "no slick is painted")
    before = painted(shown)
    press(shown, ".", ".")
    until(shown, lambda: text(shown, "#time-told").endswith("(+2 h)"), "not two hours later")
    press(shown, " ")
    until(shown, lambda: text(shown, "#stamp") == "2008-08-06 21:51 UTC", "it does not play to the end")
    until(shown, lambda: text(shown, "#play-told") == "Play", "it does not stop at the end")
    until(shown, lambda: painted(shown) > 2 * before, "the slick does not grow")
    assert float(text(shown, "#now tr:first-child td:last-child")) == pytest.approx(119, abs=1)
    assert violations(shown) == [] and complaints(shown) == []


def test_the_coast_is_sorted_and_shown_on_the_map(shown: WebDriver) -> None:
    def first() -> str:
        return text(shown, "#coast-rows tr:first-child button")

    assert len(shown.find_elements(By.CSS_SELECTOR, "#coast-rows tr")) == STRETCHES - 2
    assert first() == "c0000"
    shown.find_element(By.CSS_SELECTOR, "[data-sort=impact_probability]").click()
    assert first() == f"c{STRETCHES - 3:04d}"
    assert shown.find_element(By.CSS_SELECTOR, "th[aria-sort]").get_attribute("aria-sort") == "ascending"
    scale = text(shown, "[data-scale] span")
    shown.find_element(By.CSS_SELECTOR, "#coast-rows tr:first-child button").click()
    until(shown, lambda: text(shown, "[data-scale] span") != scale, "the map does not go there")
    assert "probability 18 % (3 % to 28 %)" in text(shown, "#told")
    assert shown.find_elements(By.CSS_SELECTOR, f"tr.chosen[data-stretch=c{STRETCHES - 3:04d}]")
    shown.find_element(By.CSS_SELECTOR, "[name=coast-by][value=probability]").click()
    until(shown, lambda: "100 %" in text(shown, "#coast-legend"), "no scale of probabilities")
    assert violations(shown) == [] and complaints(shown) == []


def test_nothing_comes_from_elsewhere_and_the_page_is_light(shown: WebDriver, server: str, run: str) -> None:
    shown.execute_cdp_cmd("Network.clearBrowserCache", {})
    shown.get_log("performance")
    shown.get(f"{server}{run}")
    until(shown, lambda: shown.find_elements(By.CSS_SELECTOR, "#spill[data-ready]"), "the map is not ready")
    loaded = [one for one in requests(shown) if one["url"].startswith("http")]
    assert all(one["url"].startswith(server) for one in loaded)
    assert sum(one["bytes"] for one in loaded if "coastline" not in one["url"]) < MOST_BYTES


@pytest.mark.parametrize(("width", "height", "colours"), [(1280, 900, "dark"), (390, 844, "light")])
def test_it_is_accessible_in_dark_and_on_a_telephone(
    shown: WebDriver, server: str, run: str, width: int, height: int, colours: str
) -> None:
    resize(shown, width, height)
    set_colours(shown, colours)
    for path, ready in ((run, "#spill[data-ready]"), ("/services/oilspill", "#drawing-map[data-ready]")):
        shown.get(server + path)
        until(shown, lambda ready=ready: shown.find_elements(By.CSS_SELECTOR, ready), "the map is not ready")
        assert violations(shown) == []
        assert shown.execute_script("return document.documentElement.scrollWidth - innerWidth") <= 0
    assert complaints(shown) == []


def test_a_slick_is_drawn_with_the_mouse_and_sent_as_a_file(browser: WebDriver, server: str) -> None:
    browser.get(f"{server}/services/oilspill")
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "#drawing-map[data-ready]"), "no map")
    browser.find_element(By.ID, "goto-place").send_keys("38°12'N 5°36'E", Keys.ENTER)
    browser.find_element(By.ID, "draw-slick").click()
    stage = browser.find_element(By.ID, "stage")
    for at in ((-120, -40), (40, -60), (150, 30), (20, 60)):
        ActionChains(browser).move_to_element_with_offset(stage, *at).pause(0.3).click().perform()
    browser.find_element(By.ID, "finish").click()
    until(browser, lambda: "4 corners" in text(browser, "#drawn"), "the slick is not told")
    slot = "[data-slot=slick] [data-part=sent]"
    until(browser, lambda: "drawn-slick.geojson" in text(browser, slot), "it is not sent")
    address = str(browser.find_element(By.NAME, "input.slick").get_attribute("value")).removeprefix("upload://")
    upload, _, name = address.partition("/")
    told = json.loads(fetched(browser, f"{server}/v1/uploads/{upload}/files/{name}"))
    (ring,) = told["features"][0]["geometry"]["coordinates"]
    assert len(ring) == 5 and ring[0] == ring[-1]
    assert all(4.5 < lon < 6.7 and 37.4 < lat < 39 for lon, lat in ring)
    assert "around 38.2" in text(browser, "#drawn")
    assert str(browser.find_element(By.NAME, "title").get_property("value")).startswith("Oil at 38.2")
    # A second one is added with keys alone, and both are what is sent.
    press(browser, "p", Keys.ARROW_RIGHT, Keys.ENTER)
    until(browser, lambda: "Point at 38." in text(browser, "#drawn"), "the point is not told")
    until(
        browser,
        lambda: browser.find_element(By.NAME, "input.slick").get_attribute("value") != f"upload://{address}",
        "the drawing that changed is not sent",
    )
    press(browser, "z")
    until(browser, lambda: "Point" not in text(browser, "#drawn"), "it is not taken back")
    assert violations(browser) == []


def test_corners_are_typed_and_what_is_wrong_is_told(browser: WebDriver, server: str) -> None:
    browser.get(f"{server}/services/oilspill")
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "#drawing-map[data-ready]"), "no map")
    browser.find_element(By.CSS_SELECTOR, ".typed summary").click()
    corners = browser.find_element(By.ID, "corners")
    corners.send_keys("37.5, 5.2\nnorth of the cape", Keys.TAB)
    until(browser, lambda: "Line 2" in text(browser, "#corners-error"), "the line is not told")
    corners.send_keys(
        Keys.CONTROL + "a" + Keys.NULL, "37.5, 5.2\n37.6, 5.4\n37.5, 5.4\n37.6, 5.2\n\n10 30 S 179 59 W", Keys.TAB
    )
    until(browser, lambda: "Point at 10.500° S, 179.983° W" in text(browser, "#drawn"), "the point is not told")
    assert "crosses itself" in text(browser, "#drawn")
    assert not browser.find_element(By.ID, "corners-error").is_displayed()


def test_an_oil_is_found_by_a_part_of_its_name_with_keys(browser: WebDriver, server: str) -> None:
    browser.get(f"{server}/services/oilspill")
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "#drawing-map[data-ready]"), "no map")
    gravity = browser.find_element(By.ID, "f-param.api")
    gravity.send_keys("22", Keys.TAB)
    oil = browser.find_element(By.ID, "f-param.oil")
    oil.send_keys("saharan")
    until(browser, lambda: "saharan" in text(browser, "#oils [role=option]").lower(), "no oil is offered")
    assert violations(browser) == []
    oil.send_keys(Keys.ARROW_DOWN, Keys.ENTER)
    until(browser, lambda: "°API" in text(browser, "#oil-told"), "what was chosen is not told")
    assert oil.get_property("value") and gravity.get_property("value") == ""
    start = browser.find_element(By.ID, "f-param.start")
    start.send_keys("2008-8-6 9:51", Keys.TAB)
    assert text(browser, "#start-told") == "Wednesday, 6 August 2008 at 09:51 UTC"
    start.send_keys(Keys.CONTROL + "a" + Keys.NULL, "06/08/2008", Keys.TAB)
    assert text(browser, "#start-told").startswith("Write it as")
