"""What a person does on the pages, in the words of a journey."""

from __future__ import annotations

from pathlib import Path

from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE_S = 120


def seen(driver: WebDriver, selector: str, seconds: float = PATIENCE_S) -> WebElement:
    """Wait for something to be seen; return it."""

    def look(driver: WebDriver) -> WebElement | None:
        shown = [found for found in driver.find_elements(By.CSS_SELECTOR, selector) if found.is_displayed()]
        return shown[0] if shown else None

    return WebDriverWait(driver, seconds, ignored_exceptions=None).until(look, f"{selector} is not to be seen")


def choose_folder(driver: WebDriver, folder: Path, slot: str = "runs") -> None:
    """Choose a folder, as dropping it does: with all that is in it, under its name."""
    driver.find_element(By.CSS_SELECTOR, f'[data-slot="{slot}"] input[webkitdirectory]').send_keys(str(folder))


def choose_files(driver: WebDriver, files: list[Path], slot: str = "runs") -> None:
    """Choose single files."""
    chooser = driver.find_element(By.CSS_SELECTOR, f'[data-slot="{slot}"] input[type=file]:not([webkitdirectory])')
    chooser.send_keys("\n".join(map(str, files)))


def start(driver: WebDriver) -> str:
    """Press Start once it is there; return the identifier of the run."""
    seen(driver, "#start").click()
    seen(driver, "#state")
    return driver.current_url.rpartition("/")[2]


def ended(driver: WebDriver) -> str:
    """Wait on the page of a run for its end; return how it ended."""
    return seen(driver, ".now.succeeded, .now.failed, .now.cancelled").get_attribute("class").split()[-1]
