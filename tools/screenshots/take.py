"""Pictures of every page for the documentation: ``make screenshots`` starts a server and a browser of its own.

Each page is taken at the size of a laptop in light and dark colours, and at that of a tablet; written as PNG with a
palette, so that one has no more than 150 kB.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser.chromium import missing, open_browser, resize, set_colours, violations  # noqa: E402
from tests.browser.server import running_server  # noqa: E402
from tests.browser.steps import PATIENCE_S, choose_folder, ended, seen  # noqa: E402

from pelagia.services.flowcam.sample import NAME, make_sample  # noqa: E402
from pelagia.services.flowcam.sample.run import make_run  # noqa: E402

OUT = ROOT / "docs" / "screenshots"
LOOKS = {"light": (1280, 900, "light"), "dark": (1280, 900, "dark"), "tablet": (820, 1180, "light")}
LARGEST_BYTES = 150_000
SETTLE_S = 0.8
ADMIN = "admin@example.org"


class Camera:
    """Takes the page that a browser shows, in every look."""

    def __init__(self, driver: WebDriver, out: Path, wanted: set[str]) -> None:
        self._driver = driver
        self._out = out
        self._wanted = wanted
        self.faults: list[str] = []

    def take(self, name: str) -> None:
        """Take the page under a name; what axe-core finds wrong with it is kept."""
        if self._wanted and name not in self._wanted:
            return
        for look, (width, height, scheme) in LOOKS.items():
            resize(self._driver, width, height)
            set_colours(self._driver, scheme)
            time.sleep(SETTLE_S)
            self.faults += [f"{name} ({look}): {line}" for line in violations(self._driver)]
            self._save(name, look)
        resize(self._driver, *LOOKS["light"][:2])
        set_colours(self._driver, "light")

    def _save(self, name: str, look: str) -> None:
        path = self._out / f"{name}-{look}.png"
        self._driver.save_screenshot(str(path))
        with Image.open(path) as picture:
            reduced = picture.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        reduced.save(path, optimize=True)
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            self.faults.append(f"{path.name} has {size:,} bytes")


def visit(driver: WebDriver, camera: Camera, base: str) -> None:
    """Go through all pages, first as a visitor, then as an administrator."""
    _as_visitor(driver, camera, lambda path: driver.get(base + path))
    _signed_in(driver, camera, lambda path: driver.get(base + path))


def _as_visitor(driver: WebDriver, camera: Camera, go: Callable[[str], None]) -> None:
    go("/")
    camera.take("home")
    go("/runs")
    camera.take("runs-none")
    go("/services/flowcam")
    camera.take("service")
    with tempfile.TemporaryDirectory() as usb:
        make_sample(Path(usb))
        choose_folder(driver, Path(usb, NAME))
        seen(driver, "#start")
        camera.take("service-understood")
        driver.find_element(By.ID, "start").click()
        seen(driver, ".now")
        ended(driver)
        camera.take("run-done")
        run = driver.current_url.rpartition("/")[2]
        make_run(Path(usb, "long-run"), particles=5000, name="long-run")
        go("/services/flowcam")
        choose_folder(driver, Path(usb, "long-run"))
        seen(driver, "#start").click()
        WebDriverWait(driver, PATIENCE_S).until(lambda driver: _progress(driver) > 0.3)
        camera.take("run-running")
        ended(driver)
    go("/runs")
    camera.take("runs")
    go(f"/runs/{run}/results")
    camera.take("results")
    go(f"/runs/{run}/results/gallery")
    camera.take("gallery")
    for path, name in (("/models", "models"), ("/models/flowcam-protist/1.0.0", "model"), ("/docs/api", "reference")):
        go(path)
        camera.take(name)
    go("/services/nonsense")
    camera.take("error")
    for path, name in (("/sign-in", "sign-in"), ("/register", "register")):
        go(path)
        camera.take(name)


def _progress(driver: WebDriver) -> float:
    return float(driver.execute_script("return document.querySelector('.now progress')?.value ?? 0"))


def _signed_in(driver: WebDriver, camera: Camera, go: Callable[[str], None]) -> None:
    go("/sign-in")
    driver.find_element(By.NAME, "email").send_keys(ADMIN)
    driver.find_element(By.NAME, "password").send_keys(os.environ["PELAGIA_ADMIN_PASSWORD"])
    driver.find_element(By.NAME, "password").submit()
    seen(driver, "header a[href='/account']")
    for path, name in PAGES_OF_AN_ADMINISTRATOR.items():
        go(path)
        camera.take(name)


PAGES_OF_AN_ADMINISTRATOR = {
    "/account": "account",
    "/account/tokens": "tokens",
    "/account/access": "access",
    "/account/privacy": "privacy",
    "/requests": "requests",
    "/admin/users": "users",
    "/usage": "usage",
    "/admin": "admin",
    "/admin/reports": "reports",
}


def main() -> int:
    """Take the pictures; the faults found on the way are the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="only these pages")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    if missing():
        sys.exit(missing())
    given.out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PELAGIA_ADMIN_PASSWORD", secrets.token_urlsafe(16))
    with tempfile.TemporaryDirectory() as home:
        making = [sys.executable, "-m", "pelagia.cli.main", "accounts", "create-admin", ADMIN]
        subprocess.run(making, check=True, env={**os.environ, "PELAGIA_HOME": f"{home}/home"})
        with running_server(Path(home, "home")) as base, open_browser() as driver:
            camera = Camera(driver, given.out, set(given.names))
            visit(driver, camera, base)
    for fault in camera.faults:
        print(fault)
    return 1 if camera.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
