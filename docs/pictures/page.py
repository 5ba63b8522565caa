"""Photograph the page of `hint-serve` for the guide.

Run as ``python docs/pictures/page.py RUN``, where RUN is a run on shapes of 64 bits; Chromium and its driver are needed.
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).parent
sys.path[:0] = [str(FOLDER.parents[1] / "tests"), str(FOLDER.parents[1] / "tests" / "hint_train")]

from asking import served  # noqa: E402
from browser import chromium, screen, until  # noqa: E402

SHOWN = "return [...document.querySelectorAll('#hits img')].every((image) => image.complete) && document.querySelector('#query')"


def main(run: str) -> None:
    """Ask for a red wedge on a wide screen and keep what is seen."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with served(run, folder / "log") as service, chromium(folder / "profile") as browser:
            screen(browser, 1120, 866)
            browser.get(service.url + "/")
            until(lambda: browser.execute_script("return document.querySelectorAll('.hit').length"))
            browser.find_element("id", "words").send_keys("a red wedge\n")
            until(lambda: "away" in browser.find_element("id", "status").text)
            until(lambda: browser.execute_script(SHOWN))
            seen = Image.open(io.BytesIO(browser.get_screenshot_as_png()))
    seen.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(FOLDER / "search-page.png", optimize=True)


if __name__ == "__main__":
    main(sys.argv[1])
