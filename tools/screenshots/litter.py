"""Pictures of the map of litter for the documentation, of drawn orthophotos and the models of the service.

    python tools/screenshots/litter.py

They go to ``docs/services/litter``, as PNG.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

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
from tests.orders.finished import finished_job  # noqa: E402

from pelagia.catalogue.models import resolve  # noqa: E402
from pelagia.core.service import Request  # noqa: E402
from pelagia.runtime.accounts.accounts import Account, create_account  # noqa: E402
from pelagia.runtime.runner import Runtime, open_runtime  # noqa: E402
from pelagia.runtime.settings import read_settings  # noqa: E402
from pelagia.services.litter.sample.orthophoto import draw_orthophoto  # noqa: E402
from pelagia.services.litter.service import SERVICE  # noqa: E402

OUT = ROOT / "docs" / "services" / "litter"
EMAIL, PASSWORD = "ada@example.org", "plankton at midnight"
HEIGHT, WIDTH, GSD_CM = 4000, 5600, 0.5
SURVEYS = (("Kuta, spring", 0.1), ("Kuta, autumn", 0.03))
"""Title, and how much of the ground is littered."""
PATIENCE_S, SETTLE_S, COLOURS = 120, 1.5, 96


def prepare(runtime: Runtime, folder: Path) -> tuple[str, str]:
    """Put two surveys of Ada's into an installation; returns the identifiers of their runs."""
    ada: Account = create_account(runtime.database, email=EMAIL, name="Ada", password=PASSWORD)
    models = {slot.role: resolve(slot.default, slot.role, home=runtime.settings.home) for slot in SERVICE.models}
    made = []
    for title, littered in SURVEYS:
        picture = folder / f"{title.replace(', ', '-').lower()}.tif"
        draw_orthophoto(picture, height_px=HEIGHT, width_px=WIDTH, gsd_cm=GSD_CM, seed=5, littered=littered)
        request: Request[Any] = Request(
            service=SERVICE.slug,
            service_version=SERVICE.version,
            inputs={"pictures": (str(picture),)},
            params=SERVICE.params.model_validate({"length_m": WIDTH * GSD_CM / 100, "area_id": "kuta"}),
            models=models,
        )
        made.append(finished_job(runtime, request, asker=ada.asker, title=title).id)
    return made[0], made[1]


def take(driver: WebDriver, base: str, runs: tuple[str, str], out: Path) -> list[str]:
    """Take the pictures; returns what axe-core finds wrong with the pages."""
    driver.get(f"{base}/runs/{runs[0]}/map")
    seen(driver, "#list button")
    WebDriverWait(driver, PATIENCE_S).until(lambda _: driver.find_elements(By.CSS_SELECTOR, "[data-ready]"))
    ActionChains(driver).send_keys("n", Keys.ENTER).pause(SETTLE_S).send_keys("-").perform()
    faults = _taken(driver, out / "map.png")
    ActionChains(driver).send_keys(Keys.ESCAPE, "0", "r").pause(SETTLE_S).perform()
    stage = driver.find_element(By.ID, "stage")
    for across, down in ((-340, 70), (-120, 60), (90, 85), (330, 60)):
        ActionChains(driver).move_to_element_with_offset(stage, across, down).click().pause(0.5).perform()
    faults += _taken(driver, out / "survey.png")
    driver.get(f"{base}/compare?left={runs[0]}&right={runs[1]}")
    WebDriverWait(driver, PATIENCE_S).until(lambda _: driver.find_elements(By.CSS_SELECTOR, "#pair[data-ready]"))
    resize(driver, 1280, 1240)
    return faults + _taken(driver, out / "compare.png")


def _taken(driver: WebDriver, path: Path) -> list[str]:
    time.sleep(SETTLE_S)
    driver.save_screenshot(str(path))
    with Image.open(path) as picture:
        reduced = picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    reduced.save(path, optimize=True)
    return [f"{path.stem}: {line}" for line in violations(driver)]


def main() -> int:
    """Draw two surveys, and take their pages; the faults found on the way are the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    out: Path = parser.parse_args().out
    if missing():
        sys.exit(missing())
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        with open_runtime(read_settings({}, home=home, executor="inline", workers=2)) as runtime:
            runs = prepare(runtime, Path(folder))
        with running_server(home) as base, open_browser() as driver:
            resize(driver, 1280, 900)
            driver.get(f"{base}/sign-in?next=/account")
            seen(driver, "#f-email").send_keys(EMAIL, Keys.TAB, PASSWORD, Keys.ENTER)
            seen(driver, ".tabs")
            faults = take(driver, base, runs, out)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
