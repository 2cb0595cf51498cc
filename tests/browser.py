"""Chromium without a screen and without a network, for the tests of pages."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run "
    "--hide-scrollbars --disable-background-networking --disable-component-update --disable-sync"
).split()


class Page:
    """A page in the browser; `script` runs in it and returns what it returns."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self._driver = driver
        self.script = driver.execute_script

    def open(self, path: Path) -> None:
        """Load the file, forgetting what was logged before."""
        self.console()
        self._driver.get(path.resolve().as_uri())

    def show(self, width: int, scheme: str = "light") -> None:
        """Lay the page out `width` CSS pixels wide, in the colour scheme light or dark."""
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self._driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def type(self, selector: str, text: str) -> None:
        """Put the text into a field, by the keyboard."""
        field = self._driver.find_element("css selector", selector)
        field.clear()
        field.send_keys(text)

    def click(self, selector: str) -> None:
        """Click what the page shows."""
        self._driver.find_element("css selector", selector).click()

    def console(self) -> list[str]:
        """What was logged since the last call: errors, refused content, warnings."""
        return [str(line["message"]) for line in self._driver.get_log("browser")]

    def picture(self, path: Path) -> None:
        """The whole page as PNG, to look at by hand."""
        found = self._driver.execute_cdp_cmd(
            "Page.captureScreenshot", {"captureBeyondViewport": True}
        )
        path.write_bytes(base64.b64decode(found["data"]))


@contextmanager
def chromium() -> Iterator[Page]:
    """A browser for as long as the block lasts.

    Where there is none the test is skipped and says so; with `DATELINE_BROWSER=required`, as in CI,
    it fails.
    """
    binary = next(filter(None, map(shutil.which, _BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if driver is None:
        reason = "no chromedriver: apt-get install chromium chromium-driver"
        if os.environ.get("DATELINE_BROWSER") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    options = Options()
    for argument in _ARGUMENTS:
        options.add_argument(argument)
    if binary is not None:
        options.binary_location = binary
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield Page(started)
    finally:
        started.quit()
