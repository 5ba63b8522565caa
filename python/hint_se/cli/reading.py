"""Trees from files, with their graph where its file is named too, and the communities that a command asks of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hint_se.edgefile import FileEdges, read_edges
from hint_se.trees.tree import Tree

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hint_se.cli.arguments import Labels
    from hint_se.tables import TreeTable

__all__ = ["communities", "has_words", "in_table", "load", "over"]


def load(tree: Path, edges: Path | None) -> Tree:
    """Return a tree from its file, or from the folder of its table; the file of its edges gives it the graph that it was built on."""
    found = in_table(tree).to_tree() if tree.is_dir() else Tree.load(tree)
    if edges is None:
        return found
    return found._on(over(found, read_edges(edges, names=has_words(found) or None)).graph())


def in_table(folder: Path) -> TreeTable:
    """Return the tree of the table in a folder."""
    from hint_se.tables import open_tree

    return open_tree(folder)


def has_words(tree: Tree) -> bool:
    """Return whether nodes are called by strings, which says how the ids of the file were read when it was built."""
    return any(isinstance(name, str) for name in tree.node_names or ())


def over(tree: Tree, edges: FileEdges) -> FileEdges:
    """Return edges over the leaves of a tree."""
    return edges.over(range(tree.n_leaves) if tree.node_names is None else tree.node_names)


def communities(tree: Tree, chosen: Labels) -> NDArray[np.int32]:
    """Return the community of each leaf at a level, or in a cut."""
    if chosen.level is not None:
        if chosen.level > tree.height:
            raise ValueError(f"--level: expected at most {tree.height}, the height of the tree, got {chosen.level}")
        return tree.labels(chosen.level)
    count = tree.suggest_level().n_communities if chosen.communities is None else chosen.communities
    return tree.cut(count, min_size=chosen.min_size)
