"""The matrix of malformed inputs: every public entry, what it refuses, with which class and in which words.

The rows stand in `malformed/`, by what they are given to. A row that is accepted fails here, and so does one that is
refused with another class than the promised, even where that class is related.
"""

import collections
import re

import pytest
from malformed import files, graphs, inputs, trees, views

CASES = [*graphs.CASES, *trees.CASES, *files.CASES, *inputs.CASES, *views.CASES]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_malformed(case):
    with pytest.raises(case.error) as caught:
        case.call()
    assert type(caught.value) is case.error
    assert re.search(case.message, str(caught.value)), str(caught.value)


def test_no_two_rows_have_one_name():
    names = collections.Counter(case.name for case in CASES)
    assert [name for name, count in names.items() if count > 1] == []
