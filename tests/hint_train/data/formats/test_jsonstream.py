"""Streamed JSON: elements come whatever the window, malformed and endless files are refused."""

import json

import pytest

from hint_train.data.formats.jsonstream import elements
from hint_train.errors import DataError

WANTED = frozenset({"a", "b"})


@pytest.mark.parametrize("step", [1, 7, 2**20])
def test_elements_come_in_order_whatever_the_window(tmp_path, monkeypatch, step):
    monkeypatch.setattr("hint_train.data.formats.jsonstream._STEP", step)
    path = tmp_path / "f.json"
    whole = {
        "info": {"x": [1, {"a": 2}]},
        "n": 12,
        "a": [{"id": 1, "s": ']},{\\"é'}, {"id": 22}],
        "skip": [1, "]", []],
        "b": [],
        "word": "w",
        "a2": [{"id": 3}],
    }
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False), encoding="utf-8")
    assert list(elements(path, WANTED)) == [("a", element) for element in whole["a"]]
    path.write_text("{}")
    assert list(elements(path, WANTED)) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "ends in the middle"),
        ("[1]", "expected '{', got '\\['"),
        ('{"a": [{"id": 1}', "ends in the middle"),
        ('{"a": [{"id": 1', "torn"),
        ('{"a": [{"id": 1} {"id": 2}]}', "expected ','"),
        ('{"a": [1]}', "expected objects in a, got int"),
        ('{"a" 1}', "expected ':'"),
        ("{1: 2}", "expected a name"),
        ('{"a": [' + "[" * 100_000, "RecursionError|torn"),
        ('{"a": [{"x": "' + "y" * 3000 + '"}]}', "more than 1,000 characters"),
    ],
)
def test_malformed_json(tmp_path, monkeypatch, content, message):
    monkeypatch.setattr("hint_train.data.formats.jsonstream._STEP", 64)
    path = tmp_path / "f.json"
    path.write_text(content)
    with pytest.raises(DataError, match=message):
        list(elements(path, WANTED, max_element=1000))


def test_json_files_are_bounded_and_must_exist(tmp_path):
    path = tmp_path / "f.json"
    path.write_text("{}" + " " * 100)
    with pytest.raises(DataError, match="has 102 bytes, more than the limit of 50"):
        list(elements(path, WANTED, max_bytes=50))
    path.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(DataError, match="UnicodeDecodeError"):
        list(elements(path, WANTED))
    with pytest.raises(DataError, match="FileNotFoundError"):
        list(elements(tmp_path / "none.json", WANTED))
