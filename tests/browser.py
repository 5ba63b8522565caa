"""A real browser that tests drive: Chromium, as Debian packages it."""

import contextlib
import importlib.resources
import os
import shutil
import time

import pytest

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]


@contextlib.contextmanager
def chromium(profile):
    """Start one with a profile of its own; HINT_BROWSER=needed, as in continuous integration, makes its absence a fault."""
    program, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if program is None or driver is None:
        absent = "there is no browser: apt-get install chromium chromium-driver"
        pytest.fail(absent) if os.environ.get("HINT_BROWSER") == "needed" else pytest.skip(absent)
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = program
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in [*FLAGS, f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    started = webdriver.Chrome(options, webdriver.ChromeService(driver))
    try:
        yield started
    finally:
        started.quit()


def screen(browser, width, height, *, dark=False, still=False):
    """Make the window as large as a screen; below 500 pixels it is a phone."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    wishes = [
        ("prefers-color-scheme", "dark" if dark else "light"),
        ("prefers-reduced-motion", "reduce" if still else ""),
    ]
    features = [{"name": name, "value": value} for name, value in wishes]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def until(condition, seconds=60):
    """What `condition` returns as soon as that is true; an element that is replaced while it is asked is asked for again."""
    from selenium.common.exceptions import StaleElementReferenceException

    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(StaleElementReferenceException):
            found = condition()
            if found:
                return found
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def violations(browser):
    """What axe-core has against the page: rule and element."""
    script = (importlib.resources.files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
    browser.execute_script(script)
    found = browser.execute_async_script("const done = arguments[0]; axe.run().then(done);")
    assert len(found["passes"]) > 10
    return [(fault["id"], node["html"][:100]) for fault in found["violations"] for node in fault["nodes"]]
