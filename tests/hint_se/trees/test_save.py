"""Trees in files: the same tree comes back, and whatever is damaged is refused."""

import io
import json
import os
import zipfile

import numpy as np
import pytest
from samples import PARENT
from samples import TRIANGLES as EDGES

from hint_se import Tree, TreeError


@pytest.mark.parametrize(
    "names",
    [None, tuple("abcdef"), (1, -2, 10**30, "x", ("y", 3), ((),)), ("ä", "\udcff", "", "\0", '"', "日")],
)
def test_save_and_load(tmp_path, tree, names):
    named = Tree(tree.parent, tree.volume, tree.cuts, names)
    path = tmp_path / "tree.npz"
    named.save(path)
    assert Tree.load(path) == named
    assert Tree.load(str(path)).entropy == named.entropy
    assert os.listdir(tmp_path) == ["tree.npz"]
    with np.load(path, allow_pickle=False) as archive:
        assert archive["parent"].tolist() == PARENT


def test_equal_trees_are_equal_files(tmp_path, tree):
    tree.save(tmp_path / "one")
    Tree.from_parent(EDGES, PARENT).save(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_saving_replaces_whole_files_only(tmp_path, tree):
    path = tmp_path / "tree.npz"
    path.write_bytes(b"older")
    with pytest.raises(TreeError, match="got frozenset"):
        Tree(tree.parent, tree.volume, tree.cuts, tuple(frozenset([i]) for i in range(6))).save(path)
    assert path.read_bytes() == b"older"
    assert os.listdir(tmp_path) == ["tree.npz"]
    tree.save(path)
    assert Tree.load(path) == tree
    with pytest.raises(FileNotFoundError):
        tree.save(tmp_path / "missing" / "tree.npz")
    with pytest.raises(FileNotFoundError):
        Tree.load(tmp_path / "missing.npz")


def saved(tree):
    buffer = {}
    for name, array in (
        ("format_version", np.array([1])),
        ("parent", np.array(tree.parent)),
        ("volume", np.array(tree.volume)),
        ("cut", np.array(tree.cuts)),
    ):
        stream = io.BytesIO()
        np.lib.format.write_array(stream, array, version=(1, 0))
        buffer[f"{name}.npy"] = stream.getvalue()
    return buffer


def write(path, members, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def npy(array, **options):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, **options)
    return stream.getvalue()


def test_hand_made_file_loads(tmp_path, tree):
    write(tmp_path / "tree.npz", saved(tree))
    assert Tree.load(tmp_path / "tree.npz") == tree


DAMAGE = {
    "version to come": ({"format_version.npy": npy(np.array([2]))}, "format version 1, got"),
    "missing member": ({"cut.npy": None}, "expected the members"),
    "unknown member": ({"code.npy": npy(np.arange(3))}, "expected the members"),
    "pickle": ({"cut.npy": npy(np.array([{}] * 9), allow_pickle=True)}, "cut: expected flat"),
    "pickled names": (
        {"node_names.npy": npy(np.array(list("abcdef"), dtype=object), allow_pickle=True)},
        "node_names",
    ),
    "other dtype": ({"parent.npy": npy(np.array(PARENT, np.int64))}, "parent: expected flat"),
    "big endian": ({"parent.npy": npy(np.array(PARENT, ">i4"))}, "parent: expected flat"),
    "square": ({"parent.npy": npy(np.array([PARENT], np.int32))}, "parent: expected flat <i4"),
    "short column": ({"cut.npy": npy(np.zeros(3))}, "cuts: expected 9 real numbers"),
    "bytes after the array": ({"cut.npy": npy(np.zeros(9)) + b"x"}, "cut: expected flat"),
    "cut array": ({"cut.npy": npy(np.zeros(9))[:-1]}, "cut: expected flat"),
    "header that claims terabytes": (
        {"cut.npy": npy(np.zeros(9)).replace(b"(9,)", b"(9" + b"0" * 12 + b",)").replace(b" " * 12 + b"\n", b"\n")},
        "cut",
    ),
    "no header": ({"cut.npy": b"hello"}, "expected a saved tree"),
    "empty member": ({"cut.npy": b""}, "expected a saved tree"),
    "wrong parents": ({"parent.npy": npy(np.array(PARENT[::-1], np.int32))}, "parent"),
    "nan": ({"volume.npy": npy(np.full(9, np.nan))}, "volume: expected finite"),
    "names that are no JSON": ({"node_names.npy": npy(np.frombuffer(b"[", np.uint8))}, "node_names"),
    "names that nest deeply": (
        {"node_names.npy": npy(np.frombuffer(b"[" * 100_000, np.uint8))},
        "node_names",
    ),
    "names that are no list": (
        {"node_names.npy": npy(np.frombuffer(b'"abcdef"', np.uint8))},
        "expected a list",
    ),
    "names of floats": (
        {"node_names.npy": npy(np.frombuffer(json.dumps([0.5] * 6).encode(), np.uint8))},
        "node_names",
    ),
    "too few names": ({"node_names.npy": npy(np.frombuffer(b'["a"]', np.uint8))}, "6 names"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_member(tmp_path, tree, name):
    change, message = DAMAGE[name]
    members = {key: value for key, value in {**saved(tree), **change}.items() if value is not None}
    path = tmp_path / "tree.npz"
    write(path, members)
    with pytest.raises(TreeError, match=message):
        Tree.load(path)


def test_compressed_members_are_refused(tmp_path, tree):
    """A stored member cannot claim more than the file holds; a compressed one is how zip bombs are made."""
    path = tmp_path / "tree.npz"
    write(path, {**saved(tree), "cut.npy": npy(np.zeros(10_000_000))}, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(TreeError, match="compressed"):
        Tree.load(path)


def test_every_truncation_and_many_flips_are_noticed(tmp_path, tree):
    path = tmp_path / "tree.npz"
    tree.save(path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(TreeError):
            Tree.load(path)
    rng = np.random.default_rng(0)
    for _ in range(300):
        broken = bytearray(whole)
        broken[rng.integers(len(whole))] ^= 1 << rng.integers(8)
        path.write_bytes(broken)
        # A flip in a field that means nothing (a time stamp) is harmless; no other error may appear.
        try:
            assert Tree.load(path) == tree
        except TreeError:
            pass


def test_load_refuses_other_files(tmp_path):
    path = tmp_path / "other.npz"
    for data in (b"", b"PK", b"hello world" * 100, npy(np.arange(9))):
        path.write_bytes(data)
        with pytest.raises(TreeError, match="expected a saved tree"):
            Tree.load(path)
