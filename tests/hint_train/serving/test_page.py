"""The page in a real browser, with a keyboard, on a phone, and without a mouse."""

import base64

import pytest
from browser import chromium, screen, until, violations
from hostile import drawn

pytest.importorskip("selenium")
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

SIZES = {"wide": (1280, 900), "phone": (390, 844)}
DROP = """
const [data, name, type] = arguments;
const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
const dataTransfer = new DataTransfer();
dataTransfer.items.add(new File([bytes], name, { type }));
for (const kind of ["dragenter", "dragover", "drop"])
  document.body.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
"""
SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as one:
        yield one


class Page:
    def __init__(self, driver, service):
        self.driver, self.service = driver, service

    def open(self, size="wide", **wishes):
        screen(self.driver, *SIZES[size], **wishes)
        self.driver.get("about:blank")  # or the question before is asked again
        self.driver.get(self.service.url + "/")
        until(lambda: self.cards())
        return self

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def cards(self):
        return self.driver.find_elements(By.CSS_SELECTOR, "#hits .hit")

    def captions(self):
        return [card.find_element(By.CSS_SELECTOR, ".caption").text for card in self.cards()]

    def answered(self, words):
        """Wait for the results of a question, as a screen reader is told them."""
        until(lambda: "bits away" in self.one("#status").text and words in self.one("#query").text)
        return self.one("#status").text

    def search(self, words):
        self.one("#words").clear()
        self.one("#words").send_keys(words + Keys.ENTER)
        return self.answered(words)

    def shown(self):
        """Whether every picture in sight is there."""
        script = (
            "return [...document.querySelectorAll('#hits img')].every((image) => image.complete && image.naturalWidth)"
        )
        return self.driver.execute_script(script)

    def focused(self):
        return self.driver.switch_to.active_element


@pytest.fixture
def page(driver, service):
    page = Page(driver, service)
    yield page
    said = [line["message"] for line in driver.get_log("browser") if "/search" not in line["message"]]
    assert said == []  # no error, nothing that the policy of the page forbids


def test_words_find_pictures(page, run, service):
    page.open()
    said = page.search("a red wedge")
    hits = service.ask("/search", {"text": "a red wedge", "k": 24}).said["hits"]
    assert page.captions() == [hit["caption"] for hit in hits]
    assert said.startswith("24 pictures, ")
    assert until(page.shown)
    card = page.cards()[0]
    assert f"{hits[0]['distance']} of 64 bits" in card.text
    assert "community" in card.text
    drawn = card.find_element(By.CSS_SELECTOR, ".bits .off").get_attribute("d")
    assert drawn.count("M") == hits[0]["distance"]


def test_a_result_is_the_next_question_and_back_leads_to_the_one_before(page, service):
    page.open()
    page.search("a red wedge")
    before = page.captions()
    row = service.ask("/search", {"text": "a red wedge", "k": 24}).said["hits"][3]["row"]
    page.cards()[3].click()
    page.answered(before[3])
    assert page.captions() == [hit["caption"] for hit in service.ask("/search", {"row": row, "k": 24}).said["hits"]]
    assert page.focused().get_attribute("id") == "heading"
    page.driver.back()
    until(lambda: page.captions() == before)
    assert page.one("#words").get_attribute("value") == "a red wedge"


def test_a_picture_is_dropped(page, service):
    page.open()
    picture = base64.b64encode(drawn()).decode()
    page.driver.execute_script(DROP, picture, "mine.png", "image/png")
    page.answered("mine.png")
    hits = service.ask("/search", {"picture": picture, "k": 24}).said["hits"]
    assert page.captions() == [hit["caption"] for hit in hits]
    assert page.driver.execute_script("return document.querySelector('#query img').naturalWidth") == 32


def test_a_picture_is_chosen(page, tmp_path):
    page.open()
    (tmp_path / "chosen.png").write_bytes(drawn())
    page.one("#file").send_keys(str(tmp_path / "chosen.png"))
    page.answered("chosen.png")
    page.driver.execute_script(DROP, base64.b64encode(drawn()).decode(), "other.png", "image/png")
    page.answered("other.png")
    page.driver.back()
    page.answered("chosen.png")


def test_texts_are_found(page, service):
    page.open()
    page.search("a red wedge")
    page.one("#find label:last-of-type").click()
    until(lambda: page.one("#status").text.startswith("24 texts"))
    hits = service.ask("/search", {"text": "a red wedge", "find": "text", "k": 24}).said["hits"]
    assert page.captions() == [hit["caption"] for hit in hits]


def test_a_keyboard_is_enough(page):
    page.open()
    keys = ActionChains(page.driver)
    page.driver.execute_script("document.activeElement.blur()")
    keys.send_keys("/").send_keys("green ring").send_keys(Keys.ENTER).perform()
    page.answered("green ring")
    wanted = page.captions()[1]
    reached = []
    for _ in range(30):
        ActionChains(page.driver).send_keys(Keys.TAB).perform()
        reached.append(page.focused())
        outline = page.driver.execute_script("return getComputedStyle(arguments[0]).outlineStyle", reached[-1])
        hidden = "unseen" in reached[-1].get_attribute("class") or reached[-1].get_attribute("name") == "find"
        assert outline != "none" or hidden  # their labels show the focus
        if reached[-1] == page.cards()[1]:
            break
    assert reached[-1] == page.cards()[1]
    ActionChains(page.driver).send_keys(Keys.ENTER).perform()
    page.answered(wanted)
    ActionChains(page.driver).send_keys(Keys.TAB, Keys.TAB).perform()
    other = page.focused().find_element(By.CSS_SELECTOR, ".caption").text
    assert other == page.captions()[1] != wanted
    ActionChains(page.driver).send_keys(Keys.SPACE).perform()
    page.answered(other)


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_wider_than_the_screen_and_nothing_moves(page, size):
    page.open(size)
    page.driver.execute_script(SHIFTS)
    page.search("a red wedge beside a very_long_word_" + "x" * 200)
    assert until(page.shown)
    width = page.driver.execute_script("return document.documentElement.scrollWidth")
    assert width == SIZES[size][0]
    edges = page.driver.execute_script(
        "return [...document.querySelectorAll('body *')].map((node) => node.getBoundingClientRect().right)"
    )
    assert max(edges) <= width + 0.5
    assert page.driver.execute_script("return window.shifted") < 0.1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing(page, size, dark):
    page.open(size, dark=dark, still=True)
    assert violations(page.driver) == []
    page.search("a red wedge")
    assert violations(page.driver) == []
    page.one("#find label:last-of-type").click()
    until(lambda: page.one("#status").text.startswith("24 texts"))
    page.driver.execute_script(DROP, base64.b64encode(b"no picture").decode(), "bad.png", "image/png")
    until(lambda: page.one("#error").text)
    assert violations(page.driver) == []


@pytest.mark.parametrize(
    ("data", "name", "kind", "words"),
    [
        (b"no picture", "a.png", "image/png", "not a picture"),
        (b"words", "a.txt", "text/plain", "a.txt is no picture"),
        (bytes(900_000), "a.png", "image/png", "at most"),
    ],
)
def test_what_cannot_be_answered_is_said(page, data, name, kind, words):
    page.open()
    page.driver.execute_script(DROP, base64.b64encode(data).decode(), name, kind)
    until(lambda: words in page.one("#error").text)
    page.one("#words").send_keys(Keys.ENTER)
    until(lambda: "Type some words" in page.one("#error").text)
    assert page.search("a red wedge")
    assert page.one("#error").text == ""


def test_a_service_that_is_gone_is_said(page):
    page.open()
    page.driver.set_network_conditions(offline=True, latency=0, throughput=0)
    try:
        page.one("#words").send_keys("a red wedge" + Keys.ENTER)
        until(lambda: "does not answer" in page.one("#error").text)
    finally:
        page.driver.delete_network_conditions()
    assert page.search("a red wedge")


def test_nothing_comes_from_elsewhere(page, service):
    page.open()
    page.search("a red wedge")
    assert until(page.shown)
    names = page.driver.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert len(names) > 20
    assert all(name.startswith(service.url) for name in names)
