import signal
import subprocess
import sys

import numpy as np
import pytest
from search_oracle import named, small

from hint_train.errors import ConfigError, DataError
from hint_train.search.files import MANIFEST
from hint_train.search.index import Index

KINDS = ["flat", "ivf", "hnsw"]


@pytest.fixture(params=["few codes", "many codes"])
def size(request, monkeypatch):
    """Whether distinct codes count as few."""
    if request.param == "many codes":
        monkeypatch.setattr("hint_train.search.approximate.FEW", 63)


def listing(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ids", [None, named(200), range(500, 700)], ids=["rows", "mixed", "numbers"])
def test_what_is_loaded_answers_as_what_was_saved(tmp_path, kind, ids):
    index = Index(small(), ids, bits=20, kind=kind, model="abc")
    index.save(tmp_path / "new" / "index")
    loaded = Index.load(tmp_path / "new" / "index", model="abc")
    assert (len(loaded), loaded.bits, loaded.kind, loaded.model) == (200, 20, kind, "abc")
    queries = small(30, seed=1)
    for options in ({"k": 12}, {"k": 5, "within": index.search(queries[:1], 40).ids[0]}, {"k": None, "radius": 6}):
        right, found = index.search(queries, **options), loaded.search(queries, **options)
        assert (found.rows == right.rows).all()
        assert (found.distances == right.distances).all()
        assert found.ids == right.ids
        assert all(
            type(a) is type(b)
            for row, other in zip(found.ids, right.ids, strict=True)
            for a, b in zip(row, other, strict=True)
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [0, 1])
def test_an_index_of_next_to_nothing(tmp_path, kind, n):
    Index(small(n), bits=20, kind=kind).save(tmp_path)
    assert Index.load(tmp_path).search(small(2, seed=1), 3).rows.tolist() == [[0, -1, -1] if n else [-1] * 3] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_loaded_index_goes_on(tmp_path, kind):
    codes = small()
    Index(codes[:100], bits=20, kind=kind).save(tmp_path)
    before = listing(tmp_path)
    index = Index.load(tmp_path)
    index.add(codes[100:], range(100, 200))
    index.remove([7])
    assert listing(tmp_path) == before
    index.save(tmp_path)
    assert len(list(tmp_path.iterdir())) == (6 if kind == "flat" else 9)
    again = Index.load(tmp_path)
    assert (again.codes == np.delete(codes, 7, axis=0)).all()
    assert again.search(codes[150:151], 1).ids == [[150]]


def test_codes_are_mapped_and_not_read_into_memory(tmp_path):
    Index(small(), bits=20).save(tmp_path)
    codes = Index.load(tmp_path).codes
    assert not codes.flags.owndata
    base = codes
    while isinstance(base, np.ndarray) and base.base is not None:
        base = base.base
    assert type(base).__name__ == "mmap"
    with pytest.raises(ValueError, match="read-only"):
        codes[0] = 0


@pytest.mark.parametrize("bad", [frozenset([1]), 1 + 2j, b"bytes", float("inf"), ("a", object())])
def test_ids_that_json_cannot_hold_are_refused_before_anything_is_written(tmp_path, bad):
    index = Index(small(2), ["a", bad], bits=20)
    with pytest.raises(DataError, match="saved with ids of text, numbers and tuples of these; that of row 1"):
        index.save(tmp_path / "index")
    assert not (tmp_path / "index").exists()


@pytest.mark.parametrize("name", ["notes.txt", "codes.npy", "hint-run.json", "codes.12345678.npy.bak"])
def test_a_folder_with_anything_else_is_left_alone(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(ConfigError, match="not empty and holds no index"):
        Index(small(), bits=20).save(tmp_path)
    assert listing(tmp_path) == {name: b"mine"}


def test_a_manifest_of_something_else_is_left_alone(tmp_path):
    (tmp_path / MANIFEST).write_text('{"format": "another"}')
    with pytest.raises(ConfigError, match="that of something else"):
        Index(small(), bits=20).save(tmp_path)
    with pytest.raises(ConfigError, match="no folder"):
        Index(small(), bits=20).save(tmp_path / MANIFEST)
    assert [*listing(tmp_path)] == [MANIFEST]


def test_an_index_is_replaced_and_what_lies_beside_it_stays(tmp_path):
    Index(small(), named(200), bits=20, kind="hnsw").save(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    Index(small(7), bits=20).save(tmp_path)
    assert len(Index.load(tmp_path)) == 7
    assert len(listing(tmp_path)) == 3
    assert (tmp_path / "notes.txt").read_text() == "mine"


KILLED = """
import os, pathlib, signal, sys
import numpy as np
from hint_train.search.index import Index
left = int(sys.argv[2])
def counted(function):
    def call(*words, **options):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*words, **options)
    return call
pathlib.Path.replace = counted(pathlib.Path.replace)
pathlib.Path.unlink = counted(pathlib.Path.unlink)
Index(np.zeros((50, 3), np.uint8), [f"new {i}" for i in range(50)], bits=20).save(sys.argv[1])
"""


@pytest.mark.parametrize("new", [False, True])
def test_a_kill_at_any_step_leaves_the_old_index_or_the_new_one(tmp_path, new):
    outcomes = set()
    for steps in (0, 2, 4, 9):
        folder = tmp_path / str(steps)
        if not new:
            Index(small(), bits=20).save(folder)
        done = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(steps)], check=False)
        assert done.returncode in (0, -signal.SIGKILL)
        if new and not (folder / MANIFEST).exists():
            outcomes.add(0)
        else:
            outcomes.add(len(Index.load(folder)))
        Index(small(9), bits=20).save(folder)  # what was left is no obstacle
        assert len(Index.load(folder)) == 9
    assert outcomes == ({0, 50} if new else {200, 50})


def test_a_disk_that_is_full_leaves_the_old_index(tmp_path, monkeypatch):
    Index(small(), bits=20).save(tmp_path)
    before = listing(tmp_path)
    monkeypatch.setattr(np, "save", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        Index(small(5), named(5), bits=20).save(tmp_path)
    assert listing(tmp_path) == before
