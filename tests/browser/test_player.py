"""A scientist looks at footage frame by frame, corrects animals and tracks with keys, and reads the counts in time."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import Select, WebDriverWait
from tests.browser.chromium import complaints, missing, requests, resize, set_colours, violations
from tests.browser.server import running_server
from tests.browser.steps import seen
from tests.browser.test_gallery import fetched
from tests.orders.filmed import CLIP, FIRST, SECOND, SERIES, filmed_job

from pelagia.runtime.accounts.accounts import create_account
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings

PASSWORD = "plankton at midnight"
PATIENCE_S = 60
REVISION_S = 180
MOST_BYTES = 300_000
_numbers = itertools.count()


@pytest.fixture(scope="module")
def server_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("footage-server") / "home"


@pytest.fixture(scope="module")
def server(server_home: Path) -> Iterator[str]:
    if missing():
        pytest.skip(missing())
    with running_server(server_home) as address:
        yield address


MakeRun = Callable[[], tuple[str, str]]


@pytest.fixture(scope="module")
def make_run(server: str, server_home: Path, tmp_path_factory: pytest.TempPathFactory) -> MakeRun:
    """Make a finished run of drawn footage; returns its address and the e-mail address of whose it is."""

    def make() -> tuple[str, str]:
        settings = read_settings({}, home=server_home, executor="inline", workers=2)
        number = next(_numbers)
        with open_runtime(settings) as runtime:
            email = f"ada{number}@example.org"
            ada = create_account(runtime.database, email=email, name="Ada", password=PASSWORD)
            job = filmed_job(runtime, tmp_path_factory.mktemp("filmed"), asker=ada.asker, title=f"Reef {number}")
        return f"{server}/runs/{job.id}", email

    return make


@pytest.fixture(scope="module")
def looked_at(make_run: MakeRun) -> tuple[str, str]:
    """A run that is looked at only."""
    return make_run()


def sign_in(browser: WebDriver, run: str, email: str) -> None:
    browser.get(run.partition("/runs/")[0] + "/sign-in?next=/account")
    seen(browser, "#f-email").send_keys(email, Keys.TAB, PASSWORD, Keys.ENTER)
    seen(browser, ".tabs")
    browser.get_log("browser")


def until(browser: WebDriver, true: Callable[[], Any], else_told: str, seconds: float = PATIENCE_S) -> Any:
    return WebDriverWait(browser, seconds, poll_frequency=0.1).until(lambda _: true(), else_told)


def opened(browser: WebDriver) -> None:
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "#player[data-ready]"), "the player is not ready")
    until(browser, lambda: video(browser, "readyState") >= 2, "no frame is shown")


def video(browser: WebDriver, what: str) -> Any:
    return browser.execute_script(f"return document.getElementById('video').{what}")


def press(browser: WebDriver, *keys: str) -> None:
    for key in keys:
        ActionChains(browser).send_keys(key).perform()


def text(browser: WebDriver, selector: str) -> str:
    return str(browser.find_element(By.CSS_SELECTOR, selector).get_property("textContent"))


def api(run: str) -> str:
    address, _, job = run.partition("/runs/")
    return f"{address}/v1/jobs/{job}"


def told(browser: WebDriver, address: str) -> dict[str, Any]:
    return json.loads(fetched(browser, address))


def tracks(browser: WebDriver, run: str, clip: str = CLIP) -> list[dict[str, Any]]:
    """Return the tracks as the server has them."""
    found = told(browser, f"{api(run)}/clips/{clip}/tracks")["items"]
    return [one for one in found if not one["is_deleted"]]


def saved(browser: WebDriver, change: Callable[[], None]) -> None:
    """Make a change and wait until the page has what the server makes of it."""
    root = browser.find_element(By.ID, "player")
    before = int(root.get_attribute("data-fresh") or 0)
    change()
    until(browser, lambda: int(root.get_attribute("data-fresh") or 0) > before, "the change is not saved")


@pytest.fixture
def shown(browser: WebDriver, looked_at: tuple[str, str]) -> str:
    run, email = looked_at
    sign_in(browser, run, email)
    browser.get_log("performance")
    browser.get(f"{run}/player")
    opened(browser)
    return run


@pytest.fixture
def own(browser: WebDriver, make_run: MakeRun) -> str:
    run, email = make_run()
    sign_in(browser, run, email)
    browser.get(f"{run}/player?clip={CLIP}")
    opened(browser)
    return run


def test_a_clip_is_shown_at_the_first_animal_with_a_page_that_is_light(browser: WebDriver, shown: str) -> None:
    assert CLIP in text(browser, "h1")
    until(browser, lambda: "0:03" in text(browser, "#readout"), "the first animal is not gone to")
    assert video(browser, "currentTime") > 2
    loaded = requests(browser)
    page = [one for one in loaded if one["type"] != "Media" and not one["url"].endswith(".mp4")]
    assert sum(one["bytes"] for one in page) < MOST_BYTES
    assert all(one["url"].startswith(shown.partition("/runs/")[0]) for one in loaded)
    for scheme, width in (("light", 1280), ("dark", 1280), ("light", 390)):
        set_colours(browser, scheme)
        resize(browser, width, 900)
        assert violations(browser) == []
    assert complaints(browser) == []


def test_keys_go_from_frame_to_frame_and_from_event_to_event(browser: WebDriver, shown: str) -> None:
    press(browser, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    until(browser, lambda: "0:03.40" in text(browser, "#readout"), "two frames on is not shown")
    press(browser, "n")
    until(browser, lambda: "0:04.00" in text(browser, "#readout"), "the next event is not gone to")
    press(browser, "n")
    until(browser, lambda: "0:12.00" in text(browser, "#readout"), "the event after is not gone to")
    assert SECOND in text(browser, "#box-name")
    press(browser, "p", "p")
    until(browser, lambda: "0:03.00" in text(browser, "#readout"), "the event before is not gone to")
    press(browser, " ")
    until(browser, lambda: not video(browser, "paused"), "it does not play")
    until(browser, lambda: video(browser, "currentTime") > 3.5, "it does not go on")
    press(browser, " ")
    until(browser, lambda: video(browser, "paused"), "it does not stop")
    # What is told is the frame that is shown.
    number = browser.execute_script("return Math.floor(document.getElementById('video').currentTime * 5)")
    minutes, seconds = text(browser, "#readout").split(" ")[0].split(":")
    assert float(seconds) + 60 * int(minutes) == pytest.approx(number / 5, abs=0.21)
    assert complaints(browser) == []


def test_a_track_is_named_deleted_and_undone(browser: WebDriver, own: str) -> None:
    before = tracks(browser, own)
    assert sorted(one["taxon"] for one in before) == [FIRST, FIRST, SECOND, SECOND]
    press(browser, "b")
    chosen = text(browser, "#box-name")
    other = next(name for name in (FIRST, SECOND) if name != chosen)
    classes = [option.get_attribute("value") for option in Select(seen(browser, "#class")).options]
    saved(browser, lambda: press(browser, str(classes.index(other) + 1)))
    after = tracks(browser, own)
    assert sorted(one["taxon"] for one in after).count(other) == sorted(one["taxon"] for one in before).count(other) + 1
    assert [one["validated_by"] for one in after if one["status"] == "validated"] == ["Ada"]
    assert "1 change is not" in text(browser, "#changes-told")
    saved(browser, lambda: press(browser, "x"))
    assert len(tracks(browser, own)) == 3
    saved(browser, lambda: press(browser, "z"))
    saved(browser, lambda: press(browser, "z"))
    assert tracks(browser, own) == before
    assert complaints(browser) == []


def test_a_track_is_confirmed_by_its_own_name_whatever_one_of_its_boxes_is_called(browser: WebDriver, own: str) -> None:
    before = sorted(one["taxon"] for one in tracks(browser, own))
    press(browser, "b")
    other = next(name for name in (FIRST, SECOND) if name != text(browser, "#box-name"))
    named = text(browser, "#box-name")
    classes = [option.get_attribute("value") for option in Select(seen(browser, "#class")).options]
    press(browser, "t")
    for number, name in enumerate((named, named, other)):
        key = str(classes.index(name) + 1)
        saved(browser, lambda key=key: press(browser, key))
        if number < 2:
            shown_s = text(browser, "#readout")
            press(browser, Keys.ARROW_RIGHT)
            until(browser, lambda then=shown_s: text(browser, "#readout") != then, "the next frame is not shown")
    assert text(browser, "#box-name") == other
    press(browser, "t")
    assert text(browser, "#box-name") == named
    saved(browser, lambda: press(browser, "a"))
    assert sorted(one["taxon"] for one in tracks(browser, own)) == before
    assert [one["status"] for one in tracks(browser, own)].count("validated") == 1


def test_a_track_is_cut_behind_its_begin_only_and_joined_again(browser: WebDriver, own: str) -> None:
    press(browser, "b", "k")
    until(browser, lambda: "Here the track begins" in text(browser, "body"), "it is not told why not")
    assert len(tracks(browser, own)) == 4
    press(browser, *[Keys.ARROW_RIGHT] * 5)
    until(browser, lambda: "0:04.00" in text(browser, "#readout"), "five frames on is not shown")
    saved(browser, lambda: press(browser, "k"))
    assert len(tracks(browser, own)) == 5
    saved(browser, lambda: Select(seen(browser, "#join")).select_by_index(1))
    assert len(tracks(browser, own)) == 4
    browser.refresh()
    opened(browser)
    saved(browser, lambda: press(browser, "z"))
    assert len(tracks(browser, own)) == 5
    assert complaints(browser) == []


def test_a_box_is_drawn_on_a_frame_and_belongs_to_it(browser: WebDriver, own: str) -> None:
    stage = seen(browser, "#stage")
    press(browser, "d")
    assert "boxing" in stage.get_attribute("class")

    def drag() -> None:
        chain = ActionChains(browser).move_to_element_with_offset(stage, -60, -40).click_and_hold()
        chain.move_by_offset(30, 20).move_by_offset(20, 20).release().perform()

    saved(browser, drag)
    film = told(browser, f"{api(own)}/clips/{CLIP}/timeline")["films"][0]["name"]
    frames = told(browser, f"{api(own)}/clips/{CLIP}/frames?film={film}")["frames"]
    (one,) = [(frame, box) for frame in frames for box in frame["boxes"] if box["score"] is None]
    assert one[0]["time_s"] == pytest.approx(3.0)
    assert one[1]["status"] == "validated"
    assert 10 < one[1]["width"] < 100
    saved(browser, lambda: press(browser, "z"))
    frames = told(browser, f"{api(own)}/clips/{CLIP}/frames?film={film}")["frames"]
    assert all(box["score"] is not None for frame in frames for box in frame["boxes"])


def test_a_result_written_anew_has_what_was_changed(browser: WebDriver, own: str) -> None:
    press(browser, "b")
    saved(browser, lambda: press(browser, "x"))
    seen(browser, "#anew").click()
    until(
        browser,
        lambda: (
            browser.find_elements(By.CSS_SELECTOR, "#player[data-ready]")
            and not browser.find_element(By.ID, "changes").is_displayed()
            and len(tracks(browser, own)) == 3
        ),
        "the result does not follow",
        REVISION_S,
    )
    series = told(browser, f"{api(own)}/series?camera=reef&taxon=all")["bins"]
    assert series[0]["max_n"] == 2


def test_counts_in_time_have_gaps_and_what_was_measured_beside(browser: WebDriver, looked_at: tuple[str, str]) -> None:
    run, email = looked_at
    sign_in(browser, run, email)
    browser.get(f"{run}/series")
    seen(browser, "#drawn svg .dot")
    assert browser.find_elements(By.CSS_SELECTOR, "#drawn .gap")
    assert browser.find_elements(By.CSS_SELECTOR, "#drawn .beside-line")
    assert "gaps (hatched)" in text(browser, "#caption") or "of them gaps" in text(browser, "#caption")
    rows = browser.find_elements(By.CSS_SELECTOR, "#rows tr")
    assert len(rows) == len(told(browser, f"{api(run)}/series?camera=reef&taxon=all")["bins"])
    Select(browser.find_element(By.ID, "measure")).select_by_value("occupancy")
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "#drawn .band"), "no interval is drawn")
    for scheme in ("light", "dark"):
        set_colours(browser, scheme)
        assert violations(browser) == []
    assert complaints(browser) == []


def test_a_series_of_stills_is_a_clip_without_tracks(browser: WebDriver, shown: str) -> None:
    browser.get(f"{shown}/player?clip={SERIES}")
    opened(browser)
    assert "nobody is followed" in text(browser, "#number")
    press(browser, "n")
    assert complaints(browser) == []
