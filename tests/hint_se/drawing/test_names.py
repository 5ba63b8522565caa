"""Names: shorter ones stay different, lines end between words, nothing of a name is made up."""

import re

import pytest
from drawn import EXAMPLES
from hypothesis import given
from hypothesis import strategies as st

from hint_se.drawing.names import Names, broken, plain, shortened

LONG = [f"org.example.project.component.submodule.Class{i:03d}Handler" for i in range(40)]


@pytest.mark.parametrize("letters", [48, 28, 22, 15, 10, 6])
def test_names_that_begin_alike_stay_different(letters):
    found = shortened(LONG, letters)
    assert max(map(len, found)) <= letters
    assert len(set(found)) == len(LONG)
    assert all(f"{i:03d}"[-2:] in text for i, text in enumerate(found))


def test_the_middle_is_left_out_where_that_is_enough():
    assert shortened(["Montparnasse", "Champmathieu", "Count"], 8) == ["Mont…sse", "Cham…ieu", "Count"]


def test_names_that_cannot_be_told_apart_in_so_many_letters_are_left_out():
    names = ["a" * n for n in range(20, 24)]
    assert shortened(names, 6) == [""] * 4
    assert shortened(["same", "same"], 6) == ["same", "same"]


@EXAMPLES
@given(st.lists(st.text("ab·", max_size=14), max_size=12), st.integers(5, 10))
def test_any_names(names, letters):
    found = shortened(names, letters)
    for one, short in zip(names, found, strict=True):
        assert len(short) <= letters
        assert short == one or len(one) > letters
        parts = [re.escape(part) for part in short.split("…")]
        assert not short or re.fullmatch(".*".join(parts), one)
        assert all(other == one for other, form in zip(names, found, strict=True) if form == short and short)


def test_forms_are_the_name_and_ever_shorter_ones():
    names = Names(["Count", LONG[3], LONG[4]])
    assert list(names.forms(0)) == ["Count"]
    forms = list(names.forms(1))
    assert [len(form) for form in forms] == sorted({len(form) for form in forms}, reverse=True)
    assert len(forms[0]) <= 48
    assert not set(forms) & set(names.forms(2))
    assert names.at_most(1, 12) in forms


@pytest.mark.parametrize(
    ("text", "lines", "expected"),
    [
        ("MmePontmercy", 2, ["Mme", "Pontmercy"]),
        ("line one and two", 2, ["line one", "and two"]),
        ("org.example.Handler", 3, ["org.", "example.", "Handler"]),
        ("#16 (1,335)", 2, ["#16", "(1,335)"]),
        ("Montparnasse", 3, ["Montparnasse"]),
        ("", 2, [""]),
    ],
)
def test_lines_end_between_words(text, lines, expected):
    assert broken(text, lines, anywhere=False) == expected


def test_lines_end_anywhere():
    assert broken("Montparnasse", 2, anywhere=True) == ["Montpa", "rnasse"]
    assert broken("東京都港区芝公園", 3, anywhere=True) == ["東京都", "港区芝", "公園"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("line one\nline\ttwo\0", "line one line two"),
        ("\udcff", ""),
        ("e\u0301clair", "éclair"),
        ("\u202eabc\u202c", "abc"),
        ("שלום", "שלום"),
    ],
)
def test_plain_names(text, expected):
    assert plain(text) == expected
