"""A provider at the end of the year: reads how the services were used, and downloads the report."""

from __future__ import annotations

import csv
import datetime as dt
import io
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from tests.browser.chromium import complaints, resize, set_colours, violations
from tests.browser.server import running_server
from tests.browser.steps import seen

from pelagia.http.identify import SESSION_COOKIE
from pelagia.runtime import ledger
from pelagia.runtime.accounts.accounts import create_account
from pelagia.runtime.accounts.keys import open_keys
from pelagia.runtime.accounts.pseudonyms import subject_of_account
from pelagia.runtime.accounts.sessions import start_session
from pelagia.runtime.database import open_database
from pelagia.runtime.settings import read_settings

PATHS = ("/usage", "/admin", "/admin/reports")
RUNS = 30


@pytest.fixture(scope="module")
def used(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server whose administrator has used FlowCam for months, and the cookie of their session."""
    home = tmp_path_factory.mktemp("used") / "home"
    with open_database(read_settings({}, home=home).database) as database:
        keys = open_keys(home)
        root = create_account(database, email="root@example.org", name="Root", is_admin=True)
        with database.write() as connection:
            ledger.insert_rows(connection, _rows(subject_of_account(keys, root.id)))
        cookie = start_session(database, keys, root.id)
    with running_server(home, None, "--no-worker") as address:
        yield address, cookie


def _rows(subject: str) -> Iterator[dict[str, object]]:
    now = dt.datetime.now(dt.UTC)
    for number in range(RUNS):
        common = {
            **ledger.blank_row(),
            "at": now - dt.timedelta(days=5 * number),
            "job_id": f"run{number}",
            "service": "flowcam",
            "installation": "flowcam",
            "unit": "image",
            "kind": "analysis",
            "route": "web",
            "subject": subject,
            "country": "BE",
            "country_source": "declared",
        }
        yield {**common, "idempotency_key": f"{number}:step", "outcome": "processed", "units": 1000}
        yield {**common, "idempotency_key": f"{number}:end", "outcome": "succeeded", "jobs": 1}


@pytest.fixture
def signed_in(browser: WebDriver, used: tuple[str, str]) -> WebDriver:
    address, cookie = used
    browser.get(f"{address}/models")
    browser.add_cookie({"name": SESSION_COOKIE, "value": cookie})
    browser.get_log("browser")
    return browser


@pytest.mark.parametrize(("width", "colours"), [(1280, "light"), (820, "dark"), (390, "light")])
def test_axe_finds_nothing_wrong(signed_in: WebDriver, used: tuple[str, str], width: int, colours: str) -> None:
    for path in PATHS:
        set_colours(signed_in, colours)
        resize(signed_in, width, 900)
        signed_in.get(used[0] + path)
        assert violations(signed_in) == [], path
        assert complaints(signed_in) == [], path
        assert signed_in.execute_script("return document.documentElement.scrollWidth") <= width, path


def test_a_provider_reads_the_year_and_downloads_the_report(
    signed_in: WebDriver, used: tuple[str, str], tmp_path: Path
) -> None:
    signed_in.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    signed_in.get(used[0] + "/usage")
    seen(signed_in, ".actions a").click()
    assert "When is it used?" in seen(signed_in, ".charts h2").text
    figures = {
        one.find_element(By.TAG_NAME, "dt").text: one.find_element(By.CLASS_NAME, "value").text
        for one in signed_in.find_elements(By.CSS_SELECTOR, ".figures > div")
    }
    assert (figures["Users with an account"], figures["Successful runs"]) == ("1", str(RUNS))
    seen(signed_in, ".actions a").click()
    start = f"{dt.datetime.now(dt.UTC).year - 1}-01-01"
    signed_in.execute_script("document.querySelector('#f-project_start').value = arguments[0]", start)
    for name, text in (("period", "M1-M24"), ("compare", "")):
        field = seen(signed_in, f"#f-{name}")
        field.clear()
        field.send_keys(text)
    seen(signed_in, "#f-format option[value=csv]").click()
    seen(signed_in, "main form button").click()
    report = _downloaded(tmp_path / "usage-report-M1-M24.csv").read_text()
    rows = {(row["installation"], row["metric"]): row for row in csv.DictReader(io.StringIO(report))}
    assert rows["flowcam", "images processed"]["Total"] == str(1000 * RUNS)
    assert rows["flowcam", "country names"]["Total"] == "Belgium"


def _downloaded(path: Path) -> Path:
    until = time.monotonic() + 60
    while not path.exists() or not path.stat().st_size:
        assert time.monotonic() < until, "the report did not come"
        time.sleep(0.1)
    return path
