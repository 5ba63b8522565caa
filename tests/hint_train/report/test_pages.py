"""The pages in a real browser: nothing runs, nothing is loaded, nothing overflows, and everybody can read them."""

import subprocess
import sys
import unicodedata
import urllib.parse

import pytest
from browser import screen, violations

pytest.importorskip("selenium")
from selenium.webdriver.common.by import By

SIZES = {"wide": (1400, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def pages(hostile_run, own_run, grid_folder, few_results):
    return {
        "hostile": hostile_run / "report.html",
        "own": own_run / "report.html",
        "grid": grid_folder / "report.html",
        "cell": grid_folder / "k=2,bank_tau=0.3" / "report.html",
        "results": few_results,
    }


PAGES = ["hostile", "own", "grid", "cell", "results"]


@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_read_it(driver, pages, name):
    for size, dark in (("wide", False), ("phone", True)):
        screen(driver, *SIZES[size], dark=dark, still=True)
        driver.get(pages[name].as_uri())
        for closed in driver.find_elements(By.TAG_NAME, "summary"):
            closed.click()
        assert violations(driver) == []
        assert driver.execute_script("return document.documentElement.scrollWidth") == SIZES[size][0]
        assert [line["message"] for line in driver.get_log("browser")] == []


@pytest.mark.parametrize("name", PAGES)
def test_it_is_one_file_without_a_script(driver, pages, name):
    driver.get(pages[name].as_uri())
    loaded = driver.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert [address for address in loaded if not address.startswith("data:")] == []
    assert driver.find_elements(By.TAG_NAME, "script") == []
    assert driver.execute_script("return window.hacked") is None
    names = driver.execute_script("return [...document.querySelectorAll('[id]')].map((node) => node.id)")
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_what_is_there(driver, pages, name):
    driver.get(pages[name].as_uri())
    links = [link.get_attribute("href") for link in driver.find_elements(By.TAG_NAME, "a")]
    here = pages[name].as_uri()
    for link in links:
        if link.startswith(f"{here}#"):
            assert driver.find_elements(By.ID, link.partition("#")[2]), link
        else:
            below = link.removeprefix(f"{pages[name].parent.as_uri()}/")
            assert (pages[name].parent / urllib.parse.unquote(below)).is_file(), link


def test_hostile_captions_are_read_as_they_are(driver, pages):
    driver.get(pages["hostile"].as_uri())
    assert driver.find_element(By.TAG_NAME, "h1").text == "hint on <i>shapes</i>"
    said = driver.find_element(By.TAG_NAME, "main").text
    for words in ("<script>window.hacked = 1</script>", "{{ 7 * 7 }}", "$\\frac{$", "onclick=alert(1)"):
        assert words in said
    assert "ends\u202e here \ufffd" in said
    text = pages["hostile"].read_text(encoding="utf-8")
    assert not [letter for letter in text if unicodedata.category(letter) == "Cc" and letter != "\n"]
    assert driver.find_elements(By.CSS_SELECTOR, "main script, main [onerror], main [onload], main [onclick]") == []


def test_pictures_are_inside_and_have_words(driver, pages):
    driver.get(pages["own"].as_uri())
    pictures = driver.find_elements(By.TAG_NAME, "img")
    assert len(pictures) == 4 + 4 + 4 * 6  # queries of both directions, and what texts find
    for picture in pictures:
        assert picture.get_attribute("src").startswith("data:image/")
        assert picture.get_attribute("alt")
        assert driver.execute_script("return arguments[0].naturalWidth", picture) == 32
    drawn = driver.find_elements(By.CSS_SELECTOR, "figure > svg")
    assert [one.get_attribute("aria-label")[:6] for one in drawn] == ["Curves"]


def test_curves_take_the_colours_of_the_page(driver, pages):
    colours = set()
    for dark in (False, True):
        screen(driver, *SIZES["wide"], dark=dark)
        driver.get(pages["hostile"].as_uri())
        letter = driver.find_element(By.CSS_SELECTOR, "figure > svg text")
        colours.add(letter.value_of_css_property("fill"))
        assert letter.value_of_css_property("fill") == driver.find_element(By.TAG_NAME, "body").value_of_css_property(
            "color"
        ).replace("rgba", "rgb").replace(", 1)", ")")
    assert len(colours) == 2


def test_it_prints_without_what_only_a_screen_needs(driver, pages):
    driver.get(pages["hostile"].as_uri())
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not driver.find_element(By.TAG_NAME, "nav").is_displayed()
    finally:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_nothing_of_it_is_loaded_before_there_is_something_to_draw():
    code = "import sys, hint_train.runs.training_run, hint_train.runs.sweep; print([m for m in ('matplotlib', 'PIL') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "matplotlib" not in done.stdout
