"""An officer looks at litter on a map, corrects it with keys, draws the survey line, and compares two surveys."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
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
from tests.browser.chromium import complaints, missing, requests, resize, set_colours, violations
from tests.browser.server import running_server
from tests.browser.steps import seen
from tests.browser.test_gallery import fetched
from tests.orders.littered import AREA, HEIGHT, SECOND, WIDTH, install_litter, littered_job

from pelagia.runtime.accounts.accounts import Account, create_account
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings

PASSWORD = "plankton at midnight"
PATIENCE_S = 60
REVISION_S = 180
MOST_BYTES = 300_000
_numbers = itertools.count()


@pytest.fixture(scope="module")
def server_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("litter-server") / "home"


@pytest.fixture(scope="module")
def server(server_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that knows the service."""
    if missing():
        pytest.skip(missing())
    with pytest.MonkeyPatch.context() as patch:
        install_litter(tmp_path_factory.mktemp("litter-packages"), patch)
        with running_server(server_home) as address:
            yield address


MakeRun = Callable[..., tuple[str, str]]


@pytest.fixture(scope="module")
def make_run(server: str, server_home: Path, tmp_path_factory: pytest.TempPathFactory) -> MakeRun:
    """Make a finished run of drawn beaches; returns its address and the e-mail address of whose it is."""

    def make(email: str = "", **drawn: Any) -> tuple[str, str]:
        settings = read_settings({}, home=server_home, executor="inline", workers=2)
        with open_runtime(settings) as runtime:
            whose = email or f"ada{next(_numbers)}@example.org"
            if not email:
                ada: Account = create_account(runtime.database, email=whose, name="Ada", password=PASSWORD)
                _askers[whose] = ada.asker
            title = drawn.pop("title", f"Kuta {next(_numbers)}")
            folder = tmp_path_factory.mktemp("drawn")
            job = littered_job(runtime, folder, asker=_askers[whose], title=title, **drawn)
        return f"{server}/runs/{job.id}", whose

    return make


_askers: dict[str, str] = {}


@pytest.fixture(scope="module")
def looked_at(make_run: MakeRun) -> tuple[str, str]:
    """A run of two pictures that is looked at only."""
    return make_run(seeds=SECOND)


def sign_in(browser: WebDriver, run: str, email: str) -> None:
    browser.get(run.partition("/runs/")[0] + "/sign-in?next=/account")
    seen(browser, "#f-email").send_keys(email, Keys.TAB, PASSWORD, Keys.ENTER)
    seen(browser, ".tabs")
    browser.get_log("browser")


def opened(browser: WebDriver) -> None:
    """Wait until the map and its figures are there."""
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "[data-ready]"), "the map is not ready")
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "img.leaflet-tile-loaded"), "no tile is shown")


@pytest.fixture
def shown(browser: WebDriver, looked_at: tuple[str, str]) -> str:
    """The address of the run, its map being shown to Ada."""
    run, email = looked_at
    sign_in(browser, run, email)
    browser.get_log("performance")
    browser.get(f"{run}/map")
    opened(browser)
    return run


@pytest.fixture
def own(browser: WebDriver, make_run: MakeRun) -> str:
    """The address of a run of its own, the map being shown to Ada."""
    run, email = make_run()
    sign_in(browser, run, email)
    browser.get(f"{run}/map")
    opened(browser)
    return run


def until(browser: WebDriver, look: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    return WebDriverWait(browser, patience_s).until(lambda _: look(), what)


def text(browser: WebDriver, selector: str) -> str:
    return str(browser.find_element(By.CSS_SELECTOR, selector).get_property("textContent")).strip()


def press(browser: WebDriver, *keys: str) -> None:
    actions = ActionChains(browser)
    for key in keys:
        actions.send_keys(key)
    actions.perform()


def drag(browser: WebDriver, *points: tuple[float, float], kind: str = "mouse") -> None:
    """Move with a button or finger down: places in shares of the stage from its middle; one alone is a click."""
    stage = browser.find_element(By.ID, "stage")
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


def api_of(run: str) -> str:
    return run.replace("/runs/", "/v1/jobs/")


def asked(browser: WebDriver, run: str, path: str) -> Any:
    return json.loads(fetched(browser, f"{api_of(run)}/{path}"))


def items(browser: WebDriver, run: str, asked_for: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asked(browser, run, f"items?limit=5000&{asked_for}")["items"]
    return found


def saved(browser: WebDriver) -> None:
    until(browser, lambda: browser.find_element(By.ID, "saving").get_attribute("data-unsaved") == "0", "not saved")


def number(browser: WebDriver) -> int:
    return int("".join(filter(str.isdigit, text(browser, "#totals-number"))))


def test_the_map_opens_light_and_alike_for_everybody(browser: WebDriver, shown: str) -> None:
    loaded = requests(browser)
    assert sum(one["bytes"] for one in loaded if one["type"] != "Image") < MOST_BYTES
    assert all(one["url"].startswith((shown.partition("/runs/")[0], "data:")) for one in loaded)
    assert number(browser) == asked(browser, shown, "items")["total"]
    assert "predicted" in text(browser, "#totals-told") and "validated" in text(browser, "#totals-told")
    assert "with 95 % intervals" in text(browser, "#totals-note")
    assert violations(browser) == []
    assert complaints(browser) == []


def test_keys_go_from_item_to_item_and_tell_what_each_is(browser: WebDriver, shown: str) -> None:
    first, second = items(browser, shown)[:2]
    press(browser, "n")
    assert seen(browser, "#item").is_displayed()
    assert text(browser, "#item-name") == first["item_class"]
    assert f"item={first['name']}" in browser.current_url
    detail = asked(browser, shown, f"items/{first['name']}")
    until(browser, lambda: detail["file"] in text(browser, "#item-facts"), "the facts are not told")
    image = browser.find_element(By.ID, "item-image")
    until(browser, lambda: int(image.get_property("naturalWidth")) > 3, "no vignette")
    before = text(browser, "[data-scale] span")
    press(browser, Keys.ENTER)
    until(browser, lambda: text(browser, "[data-scale] span") != before, "not nearer")
    assert violations(browser) == []
    browser.find_element(By.CSS_SELECTOR, "#list [aria-current]").send_keys(Keys.ARROW_DOWN)
    until(browser, lambda: f"item={second['name']}" in browser.current_url, "the list does not go on")
    assert browser.execute_script("return document.activeElement.dataset.name") == second["name"]
    press(browser, Keys.ESCAPE)
    assert not browser.find_element(By.ID, "item").is_displayed()
    assert complaints(browser) == []


def test_the_totals_follow_the_filter(browser: WebDriver, shown: str) -> None:
    browser.find_element(By.CSS_SELECTOR, "#totals input[value=plastic]").click()
    wanted = [one for one in items(browser, shown) if one["item_class"] != "plastic"]
    until(browser, lambda: number(browser) == len(wanted), "plastic is still counted")
    Select(browser.find_element(By.ID, "status")).select_by_value("validated")
    wanted = [one for one in wanted if one["status"] == "validated"]
    until(browser, lambda: number(browser) == len(wanted), "what is predicted is still counted")
    Select(browser.find_element(By.ID, "status")).select_by_value("")
    browser.find_element(By.ID, "score").send_keys(*[Keys.ARROW_RIGHT] * 50)
    assert text(browser, "#score-told") == "50 % or more"
    surer = [one for one in items(browser, shown, "score_from=0.5") if one["item_class"] != "plastic"]
    until(browser, lambda: number(browser) == len(surer), "what is less sure is still counted")
    assert text(browser, "#number").startswith(f"{len(surer)} item")
    Select(browser.find_element(By.ID, "counting")).select_by_value("duplicates")
    doubles = items(browser, shown, "counting=duplicates&score_from=0.5")
    until(browser, lambda: number(browser) == len([one for one in doubles if one["item_class"] != "plastic"]), "no")
    assert violations(browser) == []


def test_ground_and_density_are_tints_with_a_legend(browser: WebDriver, shown: str) -> None:
    browser.find_element(By.ID, "stage").click()
    press(browser, Keys.ESCAPE, "t", "h")
    assert seen(browser, "#ground-legend").is_displayed()
    until(browser, lambda: any(sign.isdigit() for sign in text(browser, "#cells-most")), "no scale of density")
    ActionChains(browser).move_to_element_with_offset(seen(browser, "#stage"), -100, 20).perform()
    until(browser, lambda: "·" in text(browser, "#readout"), "the ground under the pointer is not told")
    assert violations(browser) == []
    press(browser, "t", "h")
    assert not browser.find_element(By.ID, "ground-legend").is_displayed()
    assert complaints(browser) == []


def test_items_are_confirmed_deleted_renamed_and_all_that_is_undone(browser: WebDriver, own: str) -> None:
    first, second, third = items(browser, own)[:3]
    press(browser, "n", "a", "x")
    until(browser, lambda: f"item={third['name']}" in browser.current_url, "it does not go on")
    press(browser, "3")
    saved(browser)
    made = asked(browser, own, "edits")
    assert [(one["subject"], one["value"]["state"], one["by"]) for one in made] == [
        (first["name"], "kept", "Ada"), (second["name"], "deleted", "Ada"), (third["name"], "kept", "Ada")
    ]  # fmt: skip
    other = json.loads(browser.find_element(By.ID, "map").get_attribute("data-classes"))[2]
    assert made[2]["value"]["item_class"] == other
    until(browser, lambda: text(browser, "#changes-told").startswith("3 changes"), "the changes are not told")
    assert "validated by Ada" in text(browser, "#item-status")
    assert violations(browser) == []
    for left in (2, 1, 0):
        press(browser, "z")
        saved(browser)
        until(browser, lambda left=left: asked(browser, own, "item-totals")["pending"] == left, "not undone")
    until(browser, lambda: not browser.find_element(By.ID, "changes").is_displayed(), "still told")
    assert items(browser, own)[:3] == [first, second, third]
    assert complaints(browser) == []


@pytest.mark.parametrize("kind", ["mouse", "touch"])
def test_a_box_adds_what_was_missed(browser: WebDriver, own: str, kind: str) -> None:
    before = asked(browser, own, "items")["total"]
    press(browser, "d")
    drag(browser, (-0.05, -0.05), (0, 0), (0.05, 0.05), kind=kind)
    assert seen(browser, "#item").is_displayed()
    press(browser, "2")
    saved(browser)
    (one,) = [each for each in items(browser, own) if each["state"] == "added"]
    assert one["item_class"] == json.loads(browser.find_element(By.ID, "map").get_attribute("data-classes"))[1]
    # The middle of the stage is the middle of the picture, whose pixels are all shown.
    assert (one["row"] + one["height"] / 2, one["col"] + one["width"] / 2) == pytest.approx(
        (HEIGHT / 2, WIDTH / 2), abs=4
    )
    assert 0.08 * WIDTH < one["width"] < 0.2 * WIDTH
    until(browser, lambda: number(browser) == before + 1, "it is not counted")
    image = browser.find_element(By.ID, "item-image")
    until(browser, lambda: int(image.get_property("naturalWidth")) > 3, "it is not shown from near")
    press(browser, "z")
    saved(browser)
    first = json.loads(browser.find_element(By.ID, "map").get_attribute("data-classes"))[0]
    until(browser, lambda: first in text(browser, "#item-name"), "its class is not the first again")
    until(browser, lambda: seen(browser, "#item").get_property("ariaBusy") == "false", "it is still asked about")
    press(browser, "z")
    saved(browser)
    until(browser, lambda: asked(browser, own, "items")["total"] == before, "it is still there")
    assert complaints(browser) == []


def test_a_box_is_drawn_with_keys_alone(browser: WebDriver, own: str) -> None:
    press(browser, "d", Keys.ENTER)
    assert seen(browser, "#crosshair").is_displayed()
    press(browser, Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
    until(browser, lambda: "other one" in text(browser, "#drawing-told"), "the first corner is not told")
    press(browser, Keys.ENTER)
    saved(browser)
    (one,) = [each for each in items(browser, own) if each["state"] == "added"]
    assert (one["row"], one["col"]) == pytest.approx((HEIGHT / 2, WIDTH / 2), abs=4)
    assert one["height"] > 20 and one["width"] > 20


def test_a_survey_line_is_drawn_named_and_follows_into_the_figures(browser: WebDriver, own: str) -> None:
    press(browser, "r")
    drag(browser, (-0.25, 0.1))
    drag(browser, (0.0, 0.12))
    drag(browser, (0.25, 0.1))
    told = text(browser, "#drawing-told")
    assert told.startswith("The line is ") and told.endswith(" m long.")
    press(browser, Keys.BACKSPACE)
    assert text(browser, "#drawing-told") != told
    drag(browser, (0.25, 0.1))
    browser.find_element(By.ID, "finish-line").click()
    name = seen(browser, "#naming[open] #line-name")
    assert violations(browser) == []
    name.send_keys(Keys.CONTROL + "a" + Keys.NULL + "tide mark" + Keys.ENTER)
    saved(browser)
    line = next(one for one in asked(browser, own, "survey")["items"] if one["name"] == "tide mark")
    assert (len(line["points"]), line["area_id"], line["pending"]) == (3, AREA, True)
    assert "tide mark" in text(browser, "#survey") and "not in the figures yet" in text(browser, "#survey")
    until(browser, lambda: text(browser, "#changes-told").startswith("1 change is"), "the change is not told")
    browser.find_element(By.ID, "anew").click()
    until(
        browser,
        lambda: (
            not next(one for one in asked(browser, own, "survey")["items"] if one["name"] == "tide mark")["pending"]
        ),
        "the result was not written anew",
        REVISION_S,
    )
    until(browser, lambda: not browser.find_element(By.ID, "changes").is_displayed(), "still told", REVISION_S)
    opened(browser)
    length = next(one for one in asked(browser, own, "survey")["items"] if one["name"] == "tide mark")["length_m"]
    assert f"{length:.1f}" in told
    assert complaints(browser) == []


def test_a_filed_line_is_removed_and_comes_back(browser: WebDriver, own: str) -> None:
    browser.find_element(By.CSS_SELECTOR, "#survey-part summary").click()
    seen(browser, "#survey [data-remove=waterline]").click()
    saved(browser)
    assert asked(browser, own, "survey")["items"] == []
    browser.find_element(By.ID, "stage").click()
    press(browser, "z")
    saved(browser)
    until(browser, lambda: "waterline" in text(browser, "#survey"), "it does not come back")


def test_pictures_that_lie_nowhere_are_looked_at_one_by_one(browser: WebDriver, make_run: MakeRun) -> None:
    run, email = make_run(seeds=SECOND, lies=False, length_m=None)
    sign_in(browser, run, email)
    browser.get(f"{run}/map")
    opened(browser)
    assert number(browser) == len(items(browser, run, "image_id=beach-1"))
    assert "is not known" in text(browser, "#totals-note")
    Select(browser.find_element(By.ID, "picture")).select_by_value("beach-2")
    until(browser, lambda: "picture=beach-2" in browser.current_url, "not the other picture")
    opened(browser)
    assert number(browser) == len(items(browser, run, "image_id=beach-2"))
    press(browser, "d")
    drag(browser, (-0.05, -0.05), (0.05, 0.05))
    saved(browser)
    (one,) = [each for each in items(browser, run) if each["state"] == "added"]
    assert (one["image_id"], one["latitude"]) == ("beach-2", None)
    assert (one["row"] + one["height"] / 2, one["col"] + one["width"] / 2) == pytest.approx(
        (HEIGHT / 2, WIDTH / 2), abs=4
    )
    browser.find_element(By.CSS_SELECTOR, "#survey-part summary").click()
    seen(browser, "[data-area]").send_keys("120", Keys.TAB)
    saved(browser)
    assert asked(browser, run, "survey")["lengths_m"] == {AREA: 120}
    assert violations(browser) == []
    assert complaints(browser) == []


def test_the_coast_is_seen_from_far_and_comes_from_here(browser: WebDriver, shown: str) -> None:
    browser.get_log("performance")
    press(browser, *["-"] * 16)
    until(browser, lambda: any("coastline" in one["url"] for one in requests(browser)), "no coast is fetched")
    assert complaints(browser) == []


def test_two_surveys_move_together(browser: WebDriver, looked_at: tuple[str, str], make_run: MakeRun) -> None:
    run, email = looked_at
    other, _ = make_run(email, littered=0.03, title="Kuta in autumn")
    sign_in(browser, run, email)
    left, right = (address.rpartition("/")[2] for address in (run, other))
    browser.get(f"{run.partition('/runs/')[0]}/compare?left={left}&right={right}")
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "#pair[data-ready]"), "the maps are not ready")

    def scales() -> list[str]:
        return [
            str(one.get_property("textContent")).strip()
            for one in browser.find_elements(By.CSS_SELECTOR, "[data-scale]")
        ]

    until(browser, lambda: len(set(scales())) == 1 and scales()[0], "not the same size at first")
    before = scales()
    browser.find_element(By.CSS_SELECTOR, "[data-side=right] .stage").send_keys("+", "+", "+")
    until(browser, lambda: len(set(scales())) == 1 and scales() != before, "they do not move together")
    assert "less than before" in text(browser, "table.difference")
    assert violations(browser) == []
    assert complaints(browser) == []


@pytest.mark.parametrize(
    ("width", "height", "colours"), [(1280, 900, "dark"), (820, 1180, "light"), (390, 844, "dark")]
)
def test_they_are_accessible_in_dark_on_a_tablet_and_on_a_telephone(
    browser: WebDriver, shown: str, width: int, height: int, colours: str
) -> None:
    resize(browser, width, height)
    set_colours(browser, colours)
    browser.get(f"{shown}/map")
    opened(browser)
    press(browser, "n", "t", "h")
    assert violations(browser) == []
    assert browser.execute_script("return document.documentElement.scrollWidth - innerWidth") <= 0
    browser.find_element(By.ID, "show-keys").click()
    seen(browser, "#keys[open]")
    assert violations(browser) == []
    job = shown.rpartition("/")[2]
    browser.get(f"{shown.partition('/runs/')[0]}/compare?left={job}&right={job}")
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "#pair[data-ready]"), "the maps are not ready")
    assert violations(browser) == []
    assert browser.execute_script("return document.documentElement.scrollWidth - innerWidth") <= 0
    assert complaints(browser) == []


def test_a_stranger_sees_no_map(browser: WebDriver, shown: str) -> None:
    browser.delete_all_cookies()
    job = shown.rpartition("/")[2]
    for address in (f"{shown}/map", f"{shown.partition('/runs/')[0]}/compare?left={job}"):
        browser.get(address)
        assert "There is no such" in browser.find_element(By.TAG_NAME, "main").text
