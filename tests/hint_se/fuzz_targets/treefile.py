"""Any bytes as a saved tree: refused with TreeError, or a tree that holds every invariant and can be saved again."""

import io
import math
import zipfile

import numpy as np

from fuzz_targets.scratch import scratch
from hint_se import Tree, TreeError

MEMBERS = ("format_version", "parent", "volume", "cut", "node_names", "changed")


def one_input(data):
    with scratch("tree.npz") as path:
        path.write_bytes(data[1:] if data[:1] != b"M" else archive(data[1:]))
        try:
            tree = Tree.load(path)
        except TreeError:
            return
        assert Tree(tree.parent, tree.volume, tree.cuts, tree.node_names) == tree
        assert math.isfinite(tree.entropy)
        assert tree.labels(1).size == tree.n_leaves
        tree.save(path)
        assert Tree.load(path) == tree


def archive(data):
    """Return a zip file with the members that the data stands for: a byte for which, two for its length, its bytes.

    So a mutation gets past the checksums, which would stop nearly every one of the raw file.
    """
    stream, at = io.BytesIO(), 0
    with zipfile.ZipFile(stream, "w") as file:
        while at + 3 <= len(data):
            kind, size = data[at], int.from_bytes(data[at + 1 : at + 3], "little")
            info = zipfile.ZipInfo(f"{MEMBERS[kind % len(MEMBERS)]}.npy")
            if info.filename not in file.namelist():
                file.writestr(info, data[at + 3 : at + 3 + size])
            at += 3 + size
    return stream.getvalue()


def seeds():
    """Return a few saved trees in both forms."""
    trees = [
        Tree([-1], [0.0], [0.0]),
        Tree([2, 2, -1], [1.0, 1.0, 2.0], [1.0, 1.0, 0.0]),
        Tree([4, 4, 5, 5, 6, 6, -1], [1, 1, 1, 1, 2, 2, 4], [1, 1, 1, 1, 0, 0, 0], ["a", 7, ("x", -1), "\udcff"]),
    ]
    for tree in trees:
        with scratch("seed.npz") as path:
            tree.save(path)
            whole = path.read_bytes()
        yield b"R" + whole
        with zipfile.ZipFile(io.BytesIO(whole)) as file:
            parts = [(info.filename.removesuffix(".npy"), file.read(info)) for info in file.infolist()]
        yield b"M" + b"".join(
            bytes([MEMBERS.index(name)]) + len(member).to_bytes(2, "little") + member for name, member in parts
        )
    empty = io.BytesIO()
    np.savez(empty)
    yield b"R" + empty.getvalue()
