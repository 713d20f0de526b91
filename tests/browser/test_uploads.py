"""Files on their way: refused, taken away, broken off and gone on with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait
from tests.browser.chromium import violations
from tests.browser.server import running_server
from tests.browser.steps import choose_files, choose_folder, ended, seen, start

LARGE_BYTES = 20_000_000


@pytest.fixture(scope="module")
def large_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two files too large for one part, and a thousand small ones."""
    folder = tmp_path_factory.mktemp("large") / "holiday"
    (folder / "deep" / "er").mkdir(parents=True)
    for name in ("one.dat", "two.dat"):
        (folder / name).write_bytes(os.urandom(LARGE_BYTES))
    for number in range(1000):
        (folder / "deep" / "er" / f"note {number}.txt").write_text(f"note {number}")
    (folder / ".DS_Store").write_bytes(b"left behind by a system")
    return folder


@contextmanager
def network(driver: WebDriver, *, offline: bool = False, bytes_per_s: int = -1) -> Iterator[None]:
    """Let the connection be slow or broken as long as the block lasts."""
    driver.execute_cdp_cmd("Network.enable", {})
    limits = {"offline": offline, "latency": 0, "downloadThroughput": bytes_per_s, "uploadThroughput": bytes_per_s}
    free = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", limits)
    try:
        yield
    finally:
        driver.execute_cdp_cmd("Network.emulateNetworkConditions", free)


def sent_bytes(driver: WebDriver) -> int:
    """Return how much has gone out by what the page says."""
    return int(float(driver.find_element(By.CSS_SELECTOR, '[data-part="bar"]').get_property("value")))


def wait_until_sent(driver: WebDriver, least: int) -> None:
    WebDriverWait(driver, 60).until(lambda driver: sent_bytes(driver) > least)


def test_thousands_of_files_arrive_in_their_folders(browser: WebDriver, server: str, large_folder: Path) -> None:
    browser.get(server + "/services/flowcam")
    choose_folder(browser, large_folder)
    told = seen(browser, '[data-part="sent"]').text
    assert "holiday" in told
    assert "1,002 files" in told
    address = browser.find_element(By.NAME, "input.runs").get_attribute("value")
    assert address.startswith("upload://")
    assert address.endswith("/holiday")
    upload = address.split("/")[2]
    listed = browser.execute_async_script(
        "fetch(`/v1/uploads/${arguments[0]}/files/holiday/deep/er/note%20999.txt`)"
        ".then(answer => answer.text()).then(arguments[1])",
        upload,
    )
    assert listed == "note 999"


def test_what_cannot_be_used_is_told_before_anything_starts(browser: WebDriver, server: str, tmp_path: Path) -> None:
    folder = tmp_path / "recipes"
    folder.mkdir()
    (folder / "soup.txt").write_text("leek, potato")
    browser.get(server + "/services/flowcam")
    choose_folder(browser, folder)
    told = seen(browser, "#understood .problem, #understood .finding").text
    assert told
    assert browser.find_elements(By.ID, "start") == []
    assert violations(browser) == []


def test_a_file_that_lies_about_itself_is_refused_with_its_name(
    browser: WebDriver, server: str, tmp_path: Path
) -> None:
    picture = tmp_path / "cell.png"
    picture.write_bytes(b"MZ this is a program")
    browser.get(server + "/services/flowcam")
    choose_files(browser, [picture])
    refused = seen(browser, '[data-part="refused"] .finding').text
    assert "cell.png" in refused
    assert seen(browser, '[data-part="drop"]')


def test_a_lost_connection_costs_nothing(browser: WebDriver, server: str, large_folder: Path) -> None:
    browser.get(server + "/services/flowcam")
    with network(browser, bytes_per_s=4_000_000):
        choose_folder(browser, large_folder)
        wait_until_sent(browser, 4_000_000)
    with network(browser, offline=True):
        assert "connection is lost" in seen(browser, '[data-part="pause"]').text
        assert violations(browser) == []
    assert "1,002 files" in seen(browser, '[data-part="sent"]').text


def test_after_a_reload_it_goes_on_where_it_stopped(browser: WebDriver, server: str, large_folder: Path) -> None:
    browser.get(server + "/services/flowcam")
    with network(browser, bytes_per_s=4_000_000):
        choose_folder(browser, large_folder)
        wait_until_sent(browser, 9_000_000)
        browser.execute_script("window.stop()")
        browser.find_element(By.CSS_SELECTOR, '[data-part="stop"]').click()
    browser.refresh()
    assert "“holiday” was not sent completely" in seen(browser, '[data-part="again"]').text
    key = "upload:flowcam:runs"
    before = browser.execute_script("return JSON.parse(localStorage.getItem(arguments[0])).id", key)
    choose_folder(browser, large_folder)
    assert "1,002 files" in seen(browser, '[data-part="sent"]').text
    assert before in browser.find_element(By.NAME, "input.runs").get_attribute("value")


def test_what_was_sent_is_still_there_after_a_reload(browser: WebDriver, server: str, flowcam_run: Path) -> None:
    browser.get(server + "/services/flowcam")
    choose_folder(browser, flowcam_run)
    seen(browser, "#start")
    browser.refresh()
    assert "sample-run" in seen(browser, '[data-part="sent"]').text
    assert seen(browser, "#start")


def test_taking_files_away_can_be_undone(browser: WebDriver, server: str, flowcam_run: Path) -> None:
    browser.get(server + "/services/flowcam")
    choose_folder(browser, flowcam_run)
    seen(browser, "#start")
    seen(browser, '[data-part="remove"]').click()
    seen(browser, '[data-part="drop"]')
    seen(browser, ".message button").click()
    assert "sample-run" in seen(browser, '[data-part="sent"]').text
    assert seen(browser, "#start")


def inputs(driver: WebDriver) -> list[str]:
    """Return the inputs of the form, without the number of the upload."""
    given = driver.find_elements(By.NAME, "input.runs")
    return [str(one.get_attribute("value")).removeprefix("upload://").partition("/")[2] for one in given]


def run_title(driver: WebDriver) -> str:
    return str(driver.find_element(By.NAME, "title").get_property("value"))


@pytest.fixture
def another_run(flowcam_run: Path, tmp_path: Path) -> Path:
    """The same run in a folder of another name."""
    return Path(shutil.copytree(flowcam_run, tmp_path / "second-run"))


def test_a_second_folder_is_added_and_the_run_is_called_after_both(
    browser: WebDriver, server: str, flowcam_run: Path, another_run: Path
) -> None:
    browser.get(server + "/services/flowcam")
    choose_folder(browser, flowcam_run)
    seen(browser, "#start")
    assert run_title(browser) == "sample-run"
    adding = browser.find_element(By.CSS_SELECTOR, '[data-slot="runs"] [data-part="sent"] input[webkitdirectory]')
    adding.send_keys(str(another_run))
    WebDriverWait(browser, 30).until(lambda driver: inputs(driver) == ["sample-run", "second-run"])
    WebDriverWait(browser, 30).until(lambda driver: "800 images" in seen(driver, "#understood").text)
    assert "22 files" in seen(browser, '[data-part="sent"]').text
    assert run_title(browser) == "sample-run and 1 more"
    assert violations(browser) == []
    start(browser)
    assert ended(browser) == "succeeded"
    facts = browser.find_element(By.CSS_SELECTOR, ".facts").text
    assert facts.count("400 particles") == 2


def test_a_folder_chosen_instead_of_another_gives_its_name(
    browser: WebDriver, server: str, flowcam_run: Path, another_run: Path
) -> None:
    browser.get(server + "/services/flowcam")
    choose_folder(browser, flowcam_run)
    seen(browser, "#start")
    seen(browser, '[data-part="remove"]').click()
    seen(browser, '[data-part="drop"]')
    choose_folder(browser, another_run)
    WebDriverWait(browser, 30).until(lambda driver: inputs(driver) == ["second-run"])
    assert run_title(browser) == "second-run"
    field = browser.find_element(By.NAME, "title")
    field.clear()
    field.send_keys("Bay, spring tide")
    seen(browser, '[data-part="remove"]').click()
    seen(browser, '[data-part="drop"]')
    choose_folder(browser, flowcam_run)
    WebDriverWait(browser, 30).until(lambda driver: inputs(driver) == ["sample-run"])
    assert run_title(browser) == "Bay, spring tide"


def test_archives_are_an_input_each(browser: WebDriver, server: str, flowcam_run: Path, tmp_path: Path) -> None:
    archives = [Path(shutil.make_archive(str(tmp_path / name), "zip", flowcam_run)) for name in ("first", "second")]
    browser.get(server + "/services/flowcam")
    choose_files(browser, archives)
    assert "800 images" in seen(browser, ".found").text
    assert inputs(browser) == ["first.zip", "second.zip"]
    start(browser)
    assert ended(browser) == "succeeded"


def test_an_archive_dropped_together_with_loose_images_is_taken_like_them(
    browser: WebDriver, server: str, flowcam_run: Path, tmp_path: Path
) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "cruise"), "zip", flowcam_run))
    picture = next(path for path in sorted(flowcam_run.glob("*.tif")))
    loose = [Path(shutil.copy(picture, tmp_path / name)) for name in ("one.tif", "two.tif")]
    browser.get(server + "/services/flowcam")
    choose_files(browser, [archive, *loose])
    assert "402 images" in seen(browser, ".found").text
    told = browser.find_element(By.CSS_SELECTOR, ".understood").text
    assert "400 particles" in told
    assert "2 particles" in told
    assert "not used" not in browser.find_element(By.ID, "understood").text


def test_what_is_wrong_with_some_files_is_told_and_the_rest_goes_on(
    browser: WebDriver, server: str, another_run: Path
) -> None:
    collages = sorted(
        path for path in another_run.glob("*.tif") if path.stem[-6:].isdigit() and "cal_" not in path.name
    )
    (listed,) = another_run.glob("*.lst")
    collages[0].write_text("this is a text")
    listed.write_bytes(listed.read_bytes()[:-40])
    browser.get(server + "/services/flowcam")
    choose_folder(browser, another_run)
    refused = seen(browser, '[data-part="refused"] .finding').text
    assert collages[0].name in refused
    assert "not a tiff file" in refused
    assert "begins with 74 68 69 73" in refused
    assert violations(browser) == []
    for place in ("#understood", ".split"):
        told = seen(browser, place).text
        assert f"{collages[0].name}" in told
        assert "missing" in told
        assert "ends in the middle of row 400" in told
        assert "Copy the list again" in told
        assert "upload://" not in told
        if place == "#understood":
            start(browser)
            assert ended(browser) == "succeeded"


def test_a_wrong_table_of_corrections_is_told_before_the_start_and_in_sight(
    browser: WebDriver, server: str, flowcam_run: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "notes.csv"
    wrong.write_text("hello\n")
    browser.get(server + "/services/flowcam")
    choose_folder(browser, flowcam_run)
    seen(browser, "#start")
    browser.find_element(By.XPATH, "//summary[normalize-space()='More files']").click()
    choose_files(browser, [wrong], slot="corrections")
    told = seen(browser, "#understood .problem").text
    assert "notes.csv" in told
    assert "no column object_id" in told
    browser.refresh()
    assert "notes.csv" in seen(browser, '[data-slot="corrections"] [data-part="sent"]').text
    seen(browser, '[data-slot="corrections"] [data-part="remove"]').click()
    assert seen(browser, "#start")


def test_a_wrong_parameter_is_named_by_its_label(browser: WebDriver, server: str, flowcam_run: Path) -> None:
    browser.get(server + "/services/flowcam")
    choose_folder(browser, flowcam_run)
    seen(browser, "#start")
    field = browser.find_element(By.NAME, "param.latitude")
    field.send_keys("190")
    browser.find_element(By.NAME, "param.longitude").send_keys("7.9")
    browser.find_element(By.NAME, "title").click()
    problem = seen(browser, "#understood .problem")
    assert "Latitude" in problem.text
    assert browser.find_elements(By.ID, "start") == []
    field.clear()
    field.send_keys("54,18")
    browser.find_element(By.NAME, "title").click()
    assert seen(browser, "#start")


def test_a_folder_that_is_dropped_comes_with_all_its_files(browser: WebDriver, server: str, flowcam_run: Path) -> None:
    browser.get(server + "/services/flowcam")
    area = seen(browser, '[data-part="drop"]').rect
    place = {"x": area["x"] + area["width"] / 2, "y": area["y"] + 20}
    dragged = {"items": [], "files": [str(flowcam_run)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        browser.execute_cdp_cmd("Input.dispatchDragEvent", {"type": kind, **place, "data": dragged})
    assert "11 files" in seen(browser, '[data-part="sent"]').text
    assert "400 images" in seen(browser, ".found").text


def test_a_shared_folder_of_the_server_is_picked_without_sending_it(
    browser: WebDriver, flowcam_run: Path, tmp_path: Path
) -> None:
    with running_server(tmp_path / "home", {"PELAGIA_SHARED_FOLDERS": str(flowcam_run.parent)}) as address:
        browser.get(address + "/services/flowcam")
        seen(browser, "details:has(.picker) summary").click()
        seen(browser, f'.picker button[aria-label="Open {flowcam_run.parent.name}"]').click()
        seen(browser, '.picker button[aria-label="Use sample-run"]').click()
        assert "400 images" in seen(browser, ".found").text
        assert violations(browser) == []
        start(browser)
        assert ended(browser) == "succeeded"
