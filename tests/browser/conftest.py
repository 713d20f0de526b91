"""One real server and one headless Chromium for all browser tests; each test begins as a new visitor."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from tests.browser.chromium import missing, open_browser, resize, set_colours
from tests.browser.server import running_server
from tests.browser.steps import seen

from pelagia.services.flowcam.sample import NAME, make_sample
from pelagia.services.flowcam.sample.run import make_run

ADMINISTRATOR, PASSWORD = "admin@example.org", "a password for tests only"


def _require_browser() -> None:
    lacking = missing()
    if lacking and os.environ.get("CI"):
        pytest.fail(lacking)
    if lacking:
        pytest.skip(lacking)


@pytest.fixture(scope="session")
def server_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the server: for what another person does meanwhile."""
    return tmp_path_factory.mktemp("server") / "home"


@pytest.fixture(scope="session")
def server(server_home: Path) -> Iterator[str]:
    """The address of a server with a home of its own."""
    _require_browser()
    making = [sys.executable, "-m", "pelagia.cli.main", "accounts", "create-admin", ADMINISTRATOR]
    known = {"PELAGIA_HOME": str(server_home), "PELAGIA_ADMIN_PASSWORD": PASSWORD}
    subprocess.run(making, check=True, capture_output=True, env={**os.environ, **known})
    # All tests are one visitor by address and browser: more of them than a visitor may start runs.
    with running_server(server_home, {"PELAGIA_TRY_OUT_JOBS": "1000"}) as address:
        yield address


@pytest.fixture(scope="session")
def _chromium() -> Iterator[WebDriver]:
    _require_browser()
    with open_browser() as driver:
        yield driver


@pytest.fixture
def browser(_chromium: WebDriver, server: str) -> Iterator[WebDriver]:
    """A browser at the size of a laptop, with the cookies and the storage of a new visitor."""
    driver = _chromium
    driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": server, "storageTypes": "all"})
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    driver.get("about:blank")
    set_colours(driver, "light")
    resize(driver, 1280, 900)
    driver.get_log("browser")
    driver.get_log("performance")
    yield driver
    driver.get("about:blank")


@pytest.fixture
def administrator(browser: WebDriver, server: str) -> WebDriver:
    """A browser in which an administrator is signed in."""
    browser.get(server + "/sign-in")
    browser.find_element(By.NAME, "email").send_keys(ADMINISTRATOR)
    browser.find_element(By.NAME, "password").send_keys(PASSWORD)
    browser.find_element(By.NAME, "password").submit()
    seen(browser, "header a[href='/account']")
    browser.get_log("browser")
    return browser


@pytest.fixture(scope="session")
def flowcam_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn FlowCam run of 400 particles, as it stands on a USB stick."""
    folder = tmp_path_factory.mktemp("usb")
    make_sample(folder)
    return folder / NAME


@pytest.fixture(scope="session")
def long_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn FlowCam run that takes long enough to be stopped."""
    folder = tmp_path_factory.mktemp("long") / "long-run"
    make_run(folder, particles=5000, name="long-run")
    return folder
