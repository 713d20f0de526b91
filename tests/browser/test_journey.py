"""A technician with a FlowCam run on a USB stick: no account, no manual, three decisions."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from tests.browser.chromium import complaints, violations
from tests.browser.steps import choose_folder, ended, seen, start

REAL_RUN = "flowcam/pygsuia_runs/7-Pygsuia-SF-SW-sulfate-day5-sample2-replicate3-08April2024"


def test_a_dropped_run_is_understood_started_and_followed_to_its_results(
    browser: WebDriver, server: str, flowcam_run: Path
) -> None:
    browser.get(server + "/")
    browser.find_element(By.LINK_TEXT, "Use your files").click()
    choose_folder(browser, flowcam_run)
    start_button = seen(browser, "#start")
    understood = browser.find_element(By.ID, "understood")
    assert "400 images" in understood.text
    assert "0.5544 µm a pixel" in understood.text
    assert "mL imaged" in understood.text
    pictures = understood.find_elements(By.TAG_NAME, "img")
    assert len(pictures) == 12
    assert all(int(picture.get_property("naturalWidth")) > 3 for picture in pictures)
    assert violations(browser) == []

    start_button.click()
    seen(browser, "#state")
    assert violations(browser) == []
    assert ended(browser) == "succeeded"
    assert "400 images" in browser.find_element(By.CSS_SELECTOR, ".now").text
    assert "Finished" in browser.find_element(By.CSS_SELECTOR, ".log").text
    assert violations(browser) == []
    run = browser.current_url
    seen(browser, ".now a.primary").click()
    assert browser.current_url == f"{run}/results"
    assert "sample-run" in seen(browser, "h1").text
    assert violations(browser) == []

    browser.get(server + "/runs")
    row = seen(browser, "#runs tbody tr")
    assert "sample-run" in row.text
    assert "done" in row.text
    assert violations(browser) == []
    assert complaints(browser) == []


def test_the_sample_runs_at_one_press(browser: WebDriver, server: str) -> None:
    browser.get(server + "/")
    browser.find_element(By.XPATH, "//button[starts-with(normalize-space(), 'Try a sample')]").click()
    seen(browser, "#state")
    assert ended(browser) == "succeeded"
    assert "a try-out" in browser.find_element(By.CSS_SELECTOR, ".facts").text


def test_no_mouse_is_needed(browser: WebDriver, server: str, flowcam_run: Path) -> None:
    browser.get(server + "/services/flowcam")
    choose_folder(browser, flowcam_run)
    seen(browser, "#start")
    for _ in range(10):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        if browser.switch_to.active_element.get_attribute("id") == "start":
            break
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    seen(browser, "#state")
    assert ended(browser) == "succeeded"


def test_the_sample_runs_without_scripts(browser: WebDriver, server: str) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(server + "/services/flowcam")
        assert "needs JavaScript" in browser.find_element(By.TAG_NAME, "noscript").text
        seen(browser, "button[form='try-sample']").click()
        assert ended(browser) == "succeeded"
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.data
def test_a_real_run_goes_the_same_way(browser: WebDriver, server: str, shared_data: Path) -> None:
    browser.get(server + "/services/flowcam")
    choose_folder(browser, shared_data / REAL_RUN)
    assert "1 000 images" in seen(browser, ".found").text.replace("\u202f", " ")
    start(browser)
    assert ended(browser) == "succeeded"


def test_a_run_is_stopped_and_goes_on(browser: WebDriver, server: str, long_run: Path) -> None:
    browser.get(server + "/services/flowcam")
    choose_folder(browser, long_run)
    start(browser)
    seen(browser, "form[action$='/cancel'] button").click()
    assert ended(browser) == "cancelled"
    assert "it can go on where it stood" in browser.find_element(By.CSS_SELECTOR, ".now").text
    assert violations(browser) == []
    seen(browser, "form[action$='/again'] button").click()
    seen(browser, ".now.queued, .now.running")
    assert ended(browser) == "succeeded"
    assert "5 000 images" in browser.find_element(By.CSS_SELECTOR, ".now").text.replace("\u202f", " ")


def test_a_run_of_another_visitor_is_not_to_be_seen(browser: WebDriver, server: str, flowcam_run: Path) -> None:
    browser.get(server + "/services/flowcam")
    choose_folder(browser, flowcam_run)
    run = start(browser)
    ended(browser)
    browser.delete_all_cookies()
    browser.get(f"{server}/runs/{run}")
    assert "There is no such" in browser.find_element(By.CSS_SELECTOR, ".problem").text
