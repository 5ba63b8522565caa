import hashlib
import json
import os
import shutil

import numpy as np
import pytest
from search_oracle import named, small

from hint_train.errors import DataError
from hint_train.search.files import MANIFEST
from hint_train.search.index import Index


def damaged(folder, part, change):
    manifest = json.loads((folder / MANIFEST).read_text())
    path = folder / manifest["parts"][part]["file"]
    change(path)
    return path


@pytest.mark.parametrize(
    "part", ["codes", "id-lines", "id-starts", "id-keys", "id-rows", "rows", "starts", "structure"]
)
def test_damaged_parts_are_refused(tmp_path, part):
    index = Index(small(), named(200), bits=20, kind="hnsw")
    for number, (change, words) in enumerate(
        [
            (lambda path: path.unlink(), "is missing"),
            (lambda path: path.write_bytes(path.read_bytes()[:-1]), "bytes, not"),
            (
                lambda path: path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1])),
                "not what was",
            ),
            (lambda path: (path.unlink(), os.mkfifo(path)), "is missing"),
        ]
    ):
        folder = tmp_path / str(number)
        index.save(folder)
        damaged(folder, part, change)
        with pytest.raises(DataError, match=words):
            Index.load(folder)


def forged(folder, change):
    """Change the manifest as somebody would who knows its form."""
    content = json.loads((folder / MANIFEST).read_text())
    change(content)
    (folder / MANIFEST).write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.update(version=3), "later version \\(3\\); this one reads 2: save the index anew"),
        (lambda m: m.update(version=1), "earlier version \\(1\\); this one reads 2: save the index anew"),
        (lambda m: m.update(format="usearch"), "that of something else"),
        (lambda m: m.update(version="1"), "version is '1'"),
        (lambda m: m.update(n=-1), "n is -1"),
        (lambda m: m.update(n=10**18), "n is 1000000000000000000"),
        (lambda m: m.update(n=199), "expected uint8 of shape \\(199, 3\\), got uint8 \\(200, 3\\)"),
        (lambda m: m.update(bits=200), "expected uint8 of shape \\(200, 25\\)"),
        (lambda m: m.update(bits=18), "0 in the 6 unused bits"),
        (lambda m: m.update(kind="tree"), "kind is 'tree'"),
        (lambda m: m.update(kind="hnsw"), "it has no starts"),
        (lambda m: m.update(model=["x"]), "model is no digest"),
        (lambda m: m.update(parts=[]), "not the manifest of an index"),
        (lambda m: m["parts"].clear(), "it has no codes"),
        (lambda m: m["parts"]["codes"].update(file="../secret.npy"), "a part is"),
        (lambda m: m["parts"]["codes"].update(file="/etc/passwd"), "a part is"),
        (lambda m: m["parts"]["codes"].pop("sha256"), "not the manifest of an index"),
        (lambda m: m["parts"].update({"id-lines": m["parts"]["codes"]}), "expected uint8 of shape \\(None,\\)"),
    ],
)
def test_forged_manifests_are_refused(tmp_path, change, words):
    Index(small(), bits=20).save(tmp_path)
    forged(tmp_path, change)
    with pytest.raises(DataError, match=words):
        Index.load(tmp_path)


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[1]", b"null", b"\xff\xfe", b"[" * 60_000, b"x" * 100_000, b'{"format": 1}']
)
def test_manifests_that_are_none_are_refused(tmp_path, text):
    Index(small(), bits=20).save(tmp_path)
    (tmp_path / MANIFEST).write_bytes(text)
    with pytest.raises(DataError, match="not the manifest of an index"):
        Index.load(tmp_path)


def test_a_folder_without_an_index_is_said(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(DataError, match="holds no index: there is no hint-index.json"):
            Index.load(folder)


def replaced(folder, part, array):
    """Put another array in the place of a part, with its own size and digest."""
    manifest = json.loads((folder / MANIFEST).read_text())
    entry = manifest["parts"][part]
    path = folder / entry["file"]
    if isinstance(array, bytes):
        path.write_bytes(array)
    else:
        with path.open("wb") as stream:
            np.save(stream, array, allow_pickle=array.dtype == object)
    entry.update(bytes=path.stat().st_size, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    (folder / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("part", "content", "words"),
    [
        ("codes", np.array([["os.system"] * 3] * 200, dtype=object), "not a readable array"),
        ("codes", np.asfortranarray(np.zeros((200, 3), np.uint8)), "expected uint8"),
        ("codes", b"\x93NUMPY\x07\x00" + b"\0" * 400, "not a readable array"),
        ("codes", b"", "not a readable array"),
        ("id-starts", np.zeros(201, np.int64), "ids are damaged"),
        ("id-keys", np.arange(200, dtype=np.uint64)[::-1].copy(), "their keys do not ascend"),
        ("id-rows", np.full(200, 7), "not each there once"),
        ("id-rows", np.arange(1, 201), "not each there once"),
        ("starts", np.arange(10), "rows do not lie"),
        ("rows", np.full(200, 10**9), "names rows that are not there"),
        ("rows", np.full(200, -1), "names rows that are not there"),
        ("structure", b"IBHf" + b"\xff" * 400, "not a readable structure"),
        ("structure", b"", "not a readable structure"),
    ],
)
def test_parts_that_are_forged_with_their_digests_are_refused(tmp_path, part, content, words):
    Index(small(), named(200), bits=20, kind="hnsw").save(tmp_path)
    replaced(tmp_path, part, content)
    with pytest.raises(DataError, match=words):
        Index.load(tmp_path)


def test_a_structure_of_other_codes_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("hint_train.search.approximate.FEW", 63)
    Index(small(), bits=20, kind="hnsw").save(tmp_path / "a")
    for other in (Index(small(9), bits=20, kind="hnsw"), Index(small(), bits=20, kind="ivf")):
        other.save(tmp_path / "b")
        manifest = json.loads((tmp_path / "b" / MANIFEST).read_text())
        content = (tmp_path / "b" / manifest["parts"]["structure"]["file"]).read_bytes()
        shutil.copytree(tmp_path / "a", tmp_path / "c")
        replaced(tmp_path / "c", "structure", content)
        with pytest.raises(DataError, match="expected IndexBinaryHNSW or IndexBinaryFlat of"):
            Index.load(tmp_path / "c")
        shutil.rmtree(tmp_path / "b")
        shutil.rmtree(tmp_path / "c")


def test_an_index_of_another_model_is_refused_where_the_model_is_known(tmp_path):
    Index(small(), bits=20, model="aaaa").save(tmp_path)
    assert Index.load(tmp_path).model == "aaaa"
    with pytest.raises(DataError, match="codes of another model \\(aaaa, not bbbb\\)"):
        Index.load(tmp_path, model="bbbb")


@pytest.mark.parametrize("line", [b'{"a": 1}\n', b"nope\n", b"[" * 30 + b"\n"])
def test_an_id_that_is_damaged_is_said_when_it_is_read(tmp_path, line):
    Index(small(2), ["a", "b"], bits=20).save(tmp_path)
    replaced(tmp_path, "id-lines", np.frombuffer(line + b'"b"\n', np.uint8))
    replaced(tmp_path, "id-starts", np.array([0, len(line), len(line) + 4]))
    with pytest.raises(DataError, match="the id of row 0 is damaged"):
        Index.load(tmp_path).search(small(2), 1)
