"""Headless Chromium, and axe-core to judge the pages it shows."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
# Without the flags against the network, Chromium looks for hosts of its maker.
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def missing() -> str:
    """Return what a browser test lacks on this machine; empty where it lacks nothing."""
    programs = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if programs:
        return f"{' and '.join(programs)} not installed (Debian: apt install chromium chromium-driver)"
    return "" if AXE.exists() else "axe-core is missing: make web"


@contextlib.contextmanager
def open_browser(width: int = 1280, height: int = 900) -> Iterator[WebDriver]:
    """Open a browser with a fresh profile as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="chromium-") as profile:
        options = Options()
        for flag in (*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"):
            options.add_argument(flag)
        options.binary_location = shutil.which("chromium") or "chromium"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        try:
            driver.set_script_timeout(60)
            yield driver
        finally:
            driver.quit()


def resize(driver: WebDriver, width: int, height: int) -> None:
    """Give the page exactly this size, as a device of it would have."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def set_colours(driver: WebDriver, scheme: str) -> None:
    """Let the system of the person prefer ``light`` or ``dark``."""
    features = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", features)


def violations(driver: WebDriver) -> list[str]:
    """Return what axe-core finds wrong with the page as it stands, a line each."""
    # By the debugger, since the page itself forbids scripts that are not its own.
    driver.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    call = f"axe.run(document, {json.dumps({'runOnly': WCAG})}).then(found => JSON.stringify(found.violations))"
    answer = driver.execute_cdp_cmd(
        "Runtime.evaluate", {"expression": call, "awaitPromise": True, "returnByValue": True}
    )
    if "exceptionDetails" in answer:
        raise RuntimeError(answer["exceptionDetails"])
    found: list[dict[str, Any]] = json.loads(answer["result"]["value"])
    return [
        f"{rule['id']}: {rule['help']}: {node['target']} {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for rule in found
        for node in rule["nodes"]
    ]


def complaints(driver: WebDriver) -> list[str]:
    """Return what the browser complained of since it was last asked: errors of scripts, refused by policy, missing."""
    severe = [entry["message"] for entry in driver.get_log("browser") if entry["level"] in {"SEVERE", "WARNING"}]
    return [message for message in severe if "favicon" not in message]


def requests(driver: WebDriver) -> list[dict[str, Any]]:
    """Return what was loaded since this was last asked: address, type, and bytes that came over the network."""
    sent: dict[str, dict[str, Any]] = {}
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        about = message["params"]
        if message["method"] == "Network.responseReceived":
            sent[about["requestId"]] = {"url": about["response"]["url"], "type": about["type"], "bytes": 0}
        elif message["method"] == "Network.loadingFinished" and about["requestId"] in sent:
            sent[about["requestId"]]["bytes"] = int(about["encodedDataLength"])
    return list(sent.values())
