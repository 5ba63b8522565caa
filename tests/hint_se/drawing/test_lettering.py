"""Fonts that have the letters of names, and what is written where none has them."""

import matplotlib as mpl
import pytest
from matplotlib.font_manager import FontProperties, fontManager

from hint_se.drawing.lettering import LEADING, fitted, fonts_for, width_of, writable


def test_own_fonts_are_enough_for_most_names():
    assert fonts_for(["Zürich", "Ωmega", "שלום"]) == ((), frozenset())


def test_letters_of_another_font():
    fonts, missing = fonts_for(["𝔘𝔫𝔦"])
    assert missing == frozenset()
    assert fonts[0] == FontProperties().get_family()[0]
    assert len(fonts) == 2
    assert width_of("𝔘𝔫𝔦", fonts) > 1


def test_fonts_of_the_settings_come_first():
    with mpl.rc_context({"font.family": ["STIXGeneral"]}):
        assert fonts_for(["𝔘𝔫𝔦"]) == ((), frozenset())


def test_letters_that_no_font_has(monkeypatch):
    own = [font for font in fontManager.ttflist if font.name == "DejaVu Sans"]
    monkeypatch.setattr(fontManager, "ttflist", own)
    _, missing = fonts_for(["ann", "東京", "𝔘"])
    assert missing == frozenset("東京𝔘")
    message = (
        "no installed font has the letters 京東𝔘 of 2 names; they are drawn by number, such as 'leaf 1' for '東京'"
    )
    with pytest.warns(UserWarning, match=message):
        assert writable(["ann", "東京", "𝔘"], missing) == ["ann", "leaf 1", "leaf 2"]


def test_words_are_as_large_as_they_may_be():
    assert fitted("word", 100, 100) == ("word", 8.0)
    text, size = fitted("word", 100, 8)
    assert (text, size) == ("word", pytest.approx(8 / LEADING))
    assert fitted("word", 100, 5) is None
    assert fitted("word", 3, 100) is None
    assert fitted("", 100, 100) is None
    assert fitted("   ", 100, 100) is None


def test_lines_are_broken_where_there_is_height():
    assert fitted("Mme Pontmercy", 45, 40, lines=2)[0] == "Mme\nPontmercy"
    assert fitted("Mme Pontmercy", 45, 40, lines=1) is None
    assert fitted("Montparnasse", 30, 40, lines=2)[0] == "Montpa\nrnasse"
    assert fitted("1234", 6, 40, lines=4) is None
