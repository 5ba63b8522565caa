"""The matrix of malformed inputs: every public entry, what it refuses, with which class and in which words.

The rows stand in `malformed/`, by what they are given to. A row that is accepted fails here, and so does one that is
refused with another class than the promised, even where that class is related. What refused is read off the traceback,
so that an entry to which nobody has thought of giving anything malformed fails here too.
"""

import collections
import inspect
import re
import traceback

import pytest
from malformed import changes, command, edgefiles, files, graphs, inputs, programs, trees, views

import hint_se
import hint_se.cli

CASES = [
    *graphs.CASES,
    *inputs.CASES,
    *trees.CASES,
    *views.CASES,
    *files.CASES,
    *edgefiles.CASES,
    *programs.CASES,
    *command.CASES,
    *changes.CASES,
]
#: What is handed out, not made by a user, and what takes nothing that could be malformed.
HANDED_OUT = ("Comparison", "LevelSummary", "Neighbours", "NullModel", "Suggestion", "TreeSummary", "Update")
TAKE_ANYTHING = ("StructuralEntropyClustering.get_params", "Tree.suggest_level")


def entries():
    """Return the code of every public function, method and constructor by its name."""
    found = {"hint-se": hint_se.cli.main, "Tree.cut": hint_se.Tree.cut}
    for name in set(hint_se.__all__) - set(HANDED_OUT):
        entry = getattr(hint_se, name)
        if inspect.isfunction(entry):
            found[name] = entry
        elif not issubclass(entry, Exception):
            members = {member: getattr(entry, member) for member in dir(entry) if not member.startswith("_")}
            members |= {"__post_init__": entry.__post_init__} if hasattr(entry, "__post_init__") else {}
            found |= {f"{name}.{member}": method for member, method in members.items() if callable(method)}
    return {name: inspect.unwrap(entry).__code__ for name, entry in found.items() if name not in TAKE_ANYTHING}


def refusing(error):
    """Return the code that an error, or one that it came from, passed through."""
    while error is not None:
        yield from (frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__))
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_malformed(case):
    with pytest.raises(case.error) as caught:
        case.call()
    assert type(caught.value) is case.error
    assert re.search(case.message, str(caught.value)), str(caught.value)


def test_every_public_entry_refuses_something(record_property):
    refused = set()
    for case in CASES:
        with pytest.raises(case.error) as caught:
            case.call()
        refused.update(refusing(caught.value))
    assert [name for name, code in entries().items() if code not in refused] == []
    record_property("entries", len(entries()))


def test_no_two_rows_have_one_name():
    names = collections.Counter(case.name for case in CASES)
    assert [name for name, count in names.items() if count > 1] == []
