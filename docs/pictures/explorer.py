"""Photograph the page of a tree for the guide: Les Misérables, 77 leaves.

Run as ``python docs/pictures/explorer.py``; Chromium and its driver are needed.
"""

import io
import sys
import tempfile
from pathlib import Path

import networkx
from PIL import Image

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parents[1] / "tests"))

from browser import chromium, screen, until  # noqa: E402

import hint_se  # noqa: E402

SHOWN = "return document.documentElement.dataset.shown"


def main() -> None:
    """Open the page on a wide screen and keep what is seen."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        page = folder / "miserables.html"
        hint_se.build_tree(networkx.les_miserables_graph()).report(page, title="Les Misérables")
        with chromium(folder / "profile") as browser:
            screen(browser, 1200, 800, still=True)
            browser.get(page.as_uri())
            until(lambda: browser.execute_script(SHOWN))
            height = browser.execute_script("return document.documentElement.scrollHeight")
            screen(browser, 1200, height, still=True)
            seen = Image.open(io.BytesIO(browser.get_screenshot_as_png()))
    seen.convert("RGB").quantize(64, dither=Image.Dither.NONE).save(FOLDER / "explorer.png", optimize=True)


if __name__ == "__main__":
    main()
