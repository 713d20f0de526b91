"""Pictures of the pages of scans for the documentation, of a drawn cruise and the models of the service.

    python tools/screenshots/zooscan.py

They go to ``docs/services/zooscan``, as PNG with a palette.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser.chromium import missing, open_browser, resize, violations  # noqa: E402
from tests.browser.server import running_server  # noqa: E402
from tests.browser.steps import seen  # noqa: E402
from tests.orders.finished import bench_of  # noqa: E402
from tests.ui.cruise import SAMPLE, cruise_job  # noqa: E402

from pelagia.core.service import Edit  # noqa: E402
from pelagia.orders.edits import change  # noqa: E402
from pelagia.runtime.accounts.accounts import Account, create_account  # noqa: E402
from pelagia.runtime.decisions import Annotator  # noqa: E402
from pelagia.runtime.runner import Runtime, open_runtime  # noqa: E402
from pelagia.runtime.settings import read_settings  # noqa: E402

OUT = ROOT / "docs" / "services" / "zooscan"
EMAIL, PASSWORD = "ada@example.org", "plankton at midnight"
# A third of a frame, with as many organisms as a scan should have.
DRAWN = {"height": 6400, "width": 5000, "objects": 1050, "dpi": 1200}
PATIENCE_S, SETTLE_S = 120, 1.0


def prepare(runtime: Runtime, folder: Path) -> str:
    """Run the cruise as Ada, who has corrected one value already; returns the identifier of the run."""
    ada: Account = create_account(runtime.database, email=EMAIL, name="Ada", password=PASSWORD)
    job = cruise_job(runtime, folder, asker=ada.asker, shipped=True, **DRAWN)
    corrected = Edit(kind="metadata", subject=f"sample:{SAMPLE('st01')}", field="ship", value="Thetys", why="log book")
    change(bench_of(runtime), job, [corrected], Annotator(key=ada.asker, name=ada.name))
    return job.id


def take(driver: WebDriver, scans: str, out: Path) -> list[str]:
    """Take the pictures; returns what axe-core finds wrong with the pages."""
    faults = []
    driver.get(scans)
    seen(driver, ".scans")
    pictures = driver.find_elements(By.CSS_SELECTOR, ".picture img")
    WebDriverWait(driver, PATIENCE_S).until(lambda _: all(one.get_property("naturalWidth") for one in pictures))
    faults += _taken(driver, out / "scans.png")
    driver.get(f"{scans}/metadata?subject=sample:{SAMPLE('st03')}&field=longitude")
    seen(driver, "#review")
    keys = ActionChains(driver)
    for key in ("7.6333", Keys.ENTER, Keys.ARROW_UP, Keys.ARROW_UP, "200", Keys.ENTER, Keys.ARROW_DOWN):
        keys.send_keys(key)
    keys.perform()
    resize(driver, 1280, 960)
    driver.execute_script("scrollTo(0, 0)")
    faults += _taken(driver, out / "metadata.png")
    resize(driver, 1280, 900)
    return faults + _take_a_scan(driver, scans, out)


def _take_a_scan(driver: WebDriver, scans: str, out: Path) -> list[str]:
    """Take the viewer, an object being chosen, and the editor with a line that the model proposed."""
    listed = driver.execute_async_script(
        "const told = arguments[1]; fetch(arguments[0]).then((answer) => answer.json()).then(told)",
        scans.replace("/runs/", "/v1/jobs/").replace("/scans", "/cuts?limit=2000"),
    )
    cut = [one for one in listed["items"] if one["applied"]]
    largest = max(cut, key=lambda one: one["height"] * one["width"])
    driver.get(f"{scans}/{largest['scan_id']}/view?object={largest['name']}")
    seen(driver, "#object-name")
    keys = ActionChains(driver)
    for _ in range(3):
        keys.send_keys("-")
    keys.pause(PATIENCE_S / 60).perform()
    faults = _taken(driver, out / "viewer.png", colours=0)
    driver.get(f"{scans}/{largest['scan_id']}/separate?object={largest['name']}")
    seen(driver, "#pieces li")
    return faults + _taken(driver, out / "separation.png", colours=0)


def _taken(driver: WebDriver, path: Path, *, colours: int = 256) -> list[str]:
    """Save what is shown; with so many colours, 0 for all: beside many greys a palette loses those of thin lines."""
    time.sleep(SETTLE_S)
    driver.save_screenshot(str(path))
    with Image.open(path) as picture:
        whole = picture.convert("RGB")
        reduced = (
            whole.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE) if colours else whole
        )
    reduced.save(path, optimize=True)
    return [f"{path.stem}: {line}" for line in violations(driver)]


def main() -> int:
    """Run a drawn cruise, and take its pages; the faults found on the way are the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    out: Path = parser.parse_args().out
    if missing():
        sys.exit(missing())
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        with open_runtime(read_settings({}, home=home, executor="inline", workers=2)) as runtime:
            job = prepare(runtime, Path(folder))
        with running_server(home) as base, open_browser() as driver:
            resize(driver, 1280, 900)
            driver.get(f"{base}/sign-in?next=/account")
            seen(driver, "#f-email").send_keys(EMAIL, Keys.TAB, PASSWORD, Keys.ENTER)
            seen(driver, ".tabs")
            faults = take(driver, f"{base}/runs/{job}/scans", out)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
