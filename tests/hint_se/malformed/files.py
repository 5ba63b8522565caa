"""Files that are no saved trees, though some come close."""

import io
import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from hint_se import Tree, TreeError
from malformed.case import CUT, PARENT, TREE, VOLUME, Case


def npy(array, **options):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(array), **options)
    return stream.getvalue()


def text(value):
    return npy(np.frombuffer(value.encode() if isinstance(value, str) else json.dumps(value).encode(), np.uint8))


MEMBERS = {
    "format_version": npy(np.array([1], np.int64)),
    "parent": npy(np.array(PARENT, np.int32)),
    "volume": npy(np.array(VOLUME, np.float64)),
    "cut": npy(np.array(CUT, np.float64)),
}


def archive(changes=(), options=(), again=None):
    """Return the bytes of a saved tree with members changed, added, or (None) left out."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", **dict(options)) as file:
        for name, data in {**MEMBERS, **dict(changes)}.items():
            if data is not None:
                file.writestr(f"{name}.npy", data)
        if again is not None:
            file.writestr(zipfile.ZipInfo(f"{again}.npy"), MEMBERS[again])
    return stream.getvalue()


def header(words, data):
    """Return an npy file with any header."""
    return np.lib.format.magic(1, 0) + len(words).to_bytes(2, "little") + words + data


def load(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tree.npz"
        path.write_bytes(data)
        return Tree.load(path)


def save(names):
    with tempfile.TemporaryDirectory() as folder:
        Tree(PARENT, VOLUME, CUT, names).save(Path(folder) / "tree.npz")


def patched(old, new):
    """Return a saved tree with some bytes replaced, wherever they stand."""
    whole = archive()
    assert old in whole
    return whole.replace(old, new)


ZEROS = np.zeros(9)
BOMB = {"cut": npy(np.zeros(10_000_000))}
TERABYTES = npy(ZEROS).replace(b"(9,)", b"(9" + b"0" * 12 + b",)").replace(b" " * 12 + b"\n", b"\n")
FOLLOWED = {"format_version": npy(np.array([2]))}
CURLY = b"{'descr': '<f8', 'fortran_order': False, 'shape': "
#: What is wrong with a member, the member, what the message says.
BAD_MEMBERS = [
    ("a version to come", {"format_version": npy(np.array([2]))}, r"format version 1, got \[2\]"),
    ("two versions", {"format_version": npy(np.array([1, 1]))}, r"format version 1, got \[1, 1\]"),
    ("no version", {"format_version": npy(np.array([], np.int64))}, r"format version 1, got \[\]"),
    ("a version of floats", {"format_version": npy(np.array([1.0]))}, "format_version: expected flat <i8, got"),
    ("changes in the older version", {"changed": npy(np.zeros(6))}, r"format version 2, got \[1\]"),
    ("changes of some leaves", {**FOLLOWED, "changed": npy(np.zeros(5))}, "changed: expected 6 real numbers"),
    ("changes below 0", {**FOLLOWED, "changed": npy(np.full(6, -1.0))}, "changed: expected finite numbers >= 0"),
    ("changes of integers", {**FOLLOWED, "changed": npy(np.ones(6, np.int64))}, "changed: expected flat <f8"),
    ("cut left out", {"cut": None}, "expected the members .*cut, .*, got format_version, parent, volume"),
    ("version left out", {"format_version": None}, "expected the members"),
    ("a member too many", {"code": npy(np.arange(3))}, "expected the members .*, got .*code"),
    ("a path as member", {"../cut": npy(ZEROS)}, r"expected the members .*, got .*\.\./cut"),
    (
        "a pickled column",
        {"cut": npy(np.array([{}] * 9), allow_pickle=True)},
        r"cut: expected flat <f8, got \|O of shape \(9,\)",
    ),
    (
        "pickled names",
        {"node_names": npy(np.array(list("abcdef"), object), allow_pickle=True)},
        r"node_names: expected flat \|u1, got \|O",
    ),
    ("int64 parents", {"parent": npy(np.array(PARENT, np.int64))}, "parent: expected flat <i4, got <i8"),
    ("big-endian parents", {"parent": npy(np.array(PARENT, ">i4"))}, "parent: expected flat <i4, got >i4"),
    ("a square of parents", {"parent": npy(np.array([PARENT], np.int32))}, r"got <i4 of shape \(1, 9\)"),
    ("npy version 3", {"cut": npy(ZEROS, version=(3, 0))}, "cut: expected an array in version 1 or 2"),
    (
        "npy version 9",
        {"cut": npy(ZEROS).replace(b"NUMPY\x01", b"NUMPY\x09")},
        "cut: expected an array in version 1 or 2",
    ),
    ("a short column", {"cut": npy(np.zeros(3))}, r"cuts: expected 9 real numbers, got float64 of shape \(3,\)"),
    ("an empty column", {"volume": npy(np.zeros(0))}, "volume: expected 9 real numbers"),
    ("no parents", {"parent": npy(np.zeros(0, np.int32))}, "parent: expected a flat array of integers"),
    ("bytes after the array", {"cut": npy(ZEROS) + b"x"}, r"got <f8 of shape \(9,\) in 73 bytes"),
    ("a cut array", {"cut": npy(ZEROS)[:-1]}, r"got <f8 of shape \(9,\) in 71 bytes"),
    ("terabytes claimed", {"cut": TERABYTES}, r"cut: expected flat <f8, got <f8 of shape \(9000000000000,\)"),
    (
        "more than int64 claimed",
        {"cut": header(CURLY + b"(" + b"9" * 30 + b",), }\n", b"")},
        "cut: expected the header of a flat dtype",
    ),
    ("a negative shape", {"cut": header(CURLY + b"(-9,), }\n", bytes(72))}, "cut: expected the header of a flat dtype"),
    ("no end of a header", {"cut": header(CURLY + b"(9,\n", bytes(72))}, "cut: expected the header of a flat dtype"),
    (
        "a header that is code",
        {"cut": header(b"__import__('os').abort()\n", b"")},
        "cut: expected the header of a flat dtype",
    ),
    ("a header of brackets", {"cut": header(b"[" * 5000 + b"\n", b"")}, "cut: expected the header of a flat dtype"),
    ("a header beyond the file", {"cut": npy(ZEROS)[:8] + b"\xff\xff"}, "cut: expected the header of a flat dtype"),
    ("no header", {"cut": b"hello"}, "cut: expected an array in version 1 or 2 of the npy format, got b'hello'"),
    ("nothing in a member", {"cut": b""}, "cut: expected an array in version 1 or 2 of the npy format, got b''"),
    ("parents backwards", {"parent": npy(np.array(PARENT[::-1], np.int32))}, "parent: expected the root last"),
    ("volumes of NaN", {"volume": npy(np.full(9, np.nan))}, "volume: expected finite numbers >= 0, got nan"),
    ("negative cuts", {"cut": npy(-np.ones(9))}, r"cuts: expected finite numbers >= 0, got -1\.0"),
    ("volumes of another tree", {"volume": npy(np.arange(9.0))}, "volume: expected the sum of the children"),
    ("names cut short", {"node_names": text("[")}, "node_names: expected a list in JSON"),
    ("names that nest deeply", {"node_names": text("[" * 100_000)}, "node_names: expected a list in JSON"),
    ("names that are a string", {"node_names": text('"abcdef"')}, "node_names: expected a list, got str"),
    ("names that are a table", {"node_names": text({"a": 1})}, "node_names: expected a list, got dict"),
    ("names of floats", {"node_names": text([0.5] * 6)}, "strings, integers or tuples of these, got float"),
    ("names of NaN", {"node_names": text("[NaN, 1, 2, 3, 4, 5]")}, "strings, integers or tuples of these, got float"),
    ("names of null", {"node_names": text([None] * 6)}, "strings, integers or tuples of these, got NoneType"),
    ("names of booleans", {"node_names": text([True] * 6)}, "strings, integers or tuples of these, got bool"),
    ("names that are tables", {"node_names": text([{}] * 6)}, "strings, integers or tuples of these, got dict"),
    ("names of long digits", {"node_names": text("[" + "9" * 5000 + "]")}, "node_names: expected a list in JSON"),
    ("names in UTF-8", {"node_names": text('["ä"]')}, "node_names: expected a list in JSON"),
    ("too few names", {"node_names": text(["a"])}, "node_names: expected 6 names, one per leaf, got 1"),
    ("names twice", {"node_names": text(["a"] * 6)}, "distinct names, got 5 repeated"),
]
WHOLE = archive()
BAD_FILES = [
    ("nothing", b"", "expected a saved tree: File is not a zip file"),
    ("two bytes", b"PK", "expected a saved tree: File is not a zip file"),
    ("words", b"hello world" * 100, "expected a saved tree: File is not a zip file"),
    ("one array", npy(ZEROS), "expected a saved tree: File is not a zip file"),
    ("an empty zip file", b"PK\5\6" + bytes(18), "expected the members .*, got $"),
    ("the first half", WHOLE[: len(WHOLE) // 2], "expected a saved tree"),
    ("the last half", WHOLE[len(WHOLE) // 2 :], "expected a saved tree"),
    ("the last byte missing", WHOLE[:-1], "expected a saved tree"),
    ("a member of zeros", WHOLE[:200] + bytes(200) + WHOLE[400:], "expected a saved tree"),
    ("a wrong checksum", patched(MEMBERS["cut"], npy(np.array(CUT[::-1], np.float64))), "Bad CRC-32"),
    ("a compressed member", archive(options={"compression": zipfile.ZIP_DEFLATED}), "neither compressed nor encrypted"),
    ("a bomb", archive(BOMB, {"compression": zipfile.ZIP_DEFLATED}), "neither compressed nor encrypted"),
    ("a bomb in bzip2", archive(BOMB, {"compression": zipfile.ZIP_BZIP2}), "neither compressed nor encrypted"),
    ("a bomb in lzma", archive(BOMB, {"compression": zipfile.ZIP_LZMA}), "neither compressed nor encrypted"),
]
BAD_PATHS = [
    ("a number", 7, TypeError, "expected str, bytes or os.PathLike object, not int"),
    ("None", None, TypeError, "expected str, bytes or os.PathLike object, not NoneType"),
    ("a list", ["tree.npz"], TypeError, "expected str, bytes or os.PathLike object, not list"),
    ("a folder", tempfile.gettempdir(), IsADirectoryError, "Is a directory"),
    ("a missing folder", "missing/tree.npz", FileNotFoundError, "No such file or directory"),
    ("a zero byte", "a\0b", ValueError, "embedded null"),
]

CASES = [
    *(
        Case(f"load, {name}", lambda changes=changes: load(archive(changes)), TreeError, message)
        for name, changes, message in BAD_MEMBERS
    ),
    *(Case(f"load, {name}", lambda data=data: load(data), TreeError, message) for name, data, message in BAD_FILES),
    *(
        Case(f"{call.__name__}, path: {name}", lambda c=call, p=path: c(p), error, message)
        for name, path, error, message in BAD_PATHS
        for call in (Tree.load, TREE.save)
    ),
    Case("save, names of sets", lambda: save([frozenset([i]) for i in range(6)]), TreeError, "got frozenset"),
    Case("save, names of bytes", lambda: save([b"a", *"bcdef"]), TreeError, "got bytes"),
    Case("save, names of tuples of bytes", lambda: save([("a", b"b"), *"bcdef"]), TreeError, "got bytes"),
]
