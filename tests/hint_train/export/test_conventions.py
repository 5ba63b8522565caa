"""The page about engines says what the tables of conventions say."""

import re
from pathlib import Path

from hint_train.export.conventions import CONVENTIONS, tables

PAGE = (Path(__file__).parents[3] / "docs" / "export.md").read_text()


def between(name):
    return re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", PAGE, re.DOTALL)[1].strip()


def test_the_page_holds_the_tables():
    """To write them: `python -c 'from hint_train.export.conventions import tables; print(*tables(), sep="\\n\\n")'`."""
    packing, answers = tables()
    assert between("packing") == packing
    assert between("answers") == answers


def test_every_row_says_where_it_is_from():
    for one in CONVENTIONS.values():
        assert one.source.startswith("https://") != one.run
        assert re.search(r"\d|names no version", one.version)
