"""Pictures of the player and the counts in time for the documentation, of drawn footage and the model of the service.

    python tools/screenshots/ecosystem.py

They go to ``docs/services/ecosystem``, as PNG.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import Select, WebDriverWait

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser.chromium import missing, open_browser, resize, violations  # noqa: E402
from tests.browser.server import running_server  # noqa: E402
from tests.browser.steps import seen  # noqa: E402
from tests.orders.finished import finished_job  # noqa: E402

from pelagia.catalogue.models import resolve  # noqa: E402
from pelagia.core.service import Request  # noqa: E402
from pelagia.runtime.accounts.accounts import create_account  # noqa: E402
from pelagia.runtime.runner import Runtime, open_runtime  # noqa: E402
from pelagia.runtime.settings import read_settings  # noqa: E402
from pelagia.services.ecosystem import sample  # noqa: E402
from pelagia.services.ecosystem.sample.filming import Film, draw_clip  # noqa: E402
from pelagia.services.ecosystem.sample.reef import Reef  # noqa: E402
from pelagia.services.ecosystem.service import SERVICE  # noqa: E402

OUT = ROOT / "docs" / "services" / "ecosystem"
EMAIL, PASSWORD = "ada@example.org", "plankton at midnight"
MINUTES = (2, 3, 6, 7)
"""When further clips of the first camera begin; between them is a gap."""
PATIENCE_S, SETTLE_S, COLOURS = 120, 1.5, 256


def prepare(runtime: Runtime, folder: Path) -> str:
    """Put a run of drawn footage of Ada's into an installation; returns its identifier."""
    ada = create_account(runtime.database, email=EMAIL, name="Ada", password=PASSWORD)
    made = sample.make_sample(folder)
    for seed, minute in enumerate(MINUTES, 11):
        began = sample.STARTED + timedelta(minutes=minute)
        visits = tuple(replace(one, row=one.row + 0.02 * (seed - 12)) for one in sample.VISITS[: 1 + seed % 3])
        clip = Reef(visits=visits, duration_s=20, seed=seed)
        name = f"{began:%Y%m%d-%H%M%S}-{sample.FILM}.mp4"
        draw_clip(folder / sample.FOLDER / sample.FILM / name, clip, Film(key_every_s=1))
    request: Request[Any] = Request(
        service=SERVICE.slug,
        service_version=SERVICE.version,
        inputs={name: tuple(str(folder / one) for one in files) for name, files in made.inputs.items()},
        params=SERVICE.params.model_validate(made.params),
        models={slot.role: resolve(slot.default, slot.role, home=runtime.settings.home) for slot in SERVICE.models},
    )
    return finished_job(runtime, request, asker=ada.asker, title="Drawn reef").id


def take(driver: WebDriver, run: str, out: Path) -> list[str]:
    """Take the pictures; returns what axe-core finds wrong with the pages."""
    driver.get(f"{run}/player")
    WebDriverWait(driver, PATIENCE_S).until(lambda _: driver.find_elements(By.CSS_SELECTOR, "#player[data-ready]"))
    ActionChains(driver).send_keys(*[Keys.ARROW_RIGHT] * 3).pause(SETTLE_S).send_keys("b").perform()
    faults = _taken(driver, out / "player.png")
    names = [option.get_attribute("value") for option in Select(driver.find_element(By.ID, "class")).options]
    ActionChains(driver).send_keys(str(names.index("fish") + 1)).pause(2 * SETTLE_S).perform()
    faults += _taken(driver, out / "corrected.png")
    driver.get(f"{run}/series")
    seen(driver, "#drawn svg .dot")
    Select(driver.find_element(By.ID, "measure")).select_by_value("occupancy")
    resize(driver, 1280, 940)
    return faults + _taken(driver, out / "series.png")


def _taken(driver: WebDriver, path: Path) -> list[str]:
    time.sleep(SETTLE_S)
    driver.save_screenshot(str(path))
    with Image.open(path) as picture:
        reduced = picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    reduced.save(path, optimize=True)
    return [f"{path.stem}: {line}" for line in violations(driver)]


def main() -> int:
    """Draw footage, and take its pages; the faults found on the way are the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    out: Path = parser.parse_args().out
    if missing():
        sys.exit(missing())
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        drawn = Path(folder, "drawn")
        drawn.mkdir()
        with open_runtime(read_settings({}, home=home, executor="inline", workers=2)) as runtime:
            job = prepare(runtime, drawn)
        with running_server(home) as base, open_browser() as driver:
            resize(driver, 1280, 900)
            driver.get(f"{base}/sign-in?next=/account")
            seen(driver, "#f-email").send_keys(EMAIL, Keys.TAB, PASSWORD, Keys.ENTER)
            seen(driver, ".tabs")
            faults = take(driver, f"{base}/runs/{job}", out)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
