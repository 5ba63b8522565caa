"""A tree that is a table in a folder: its entropy, its levels and cuts as tables, and, where it fits in memory, itself as a `Tree`."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import narwhals as nw

from hint_se.checks import integer
from hint_se.errors import TreeError
from hint_se.hierarchy.summary import LevelsSummary
from hint_se.inputs.words import Weight
from hint_se.tables.answers import Asked, given
from hint_se.tables.cuts import divided_above, levels_of, settled
from hint_se.tables.cutting import cut_into
from hint_se.tables.engines import Engine, engine_for
from hint_se.tables.folder import NAMES, TREE, WorkFolder, read_manifest, source_of
from hint_se.tables.inmemory import in_memory
from hint_se.tables.known import Known
from hint_se.tables.limits import Limits, bytes_of
from hint_se.tables.matching import TableMatching, match_into
from hint_se.tables.placing import place_into
from hint_se.tables.summary import entropy_terms, summarise
from hint_se.trees.searching import threads_for
from hint_se.trees.tree import Tree

__all__ = ["TreeTable", "open_tree"]


class TreeTable:
    """An encoding tree as the table ``node, parent, volume, cut, depth``, in no order, in a folder that a build has finished.

    Leaves are the ids of the graph's nodes, or the numbers of their names, which ``names.parquet`` holds as ``node, name``.
    The other nodes have larger numbers, with gaps; a parent of -1 is that of the root.

    Parameters
    ----------
    folder : path
    engine : str or pyspark.sql.SparkSession
    memory : str or int
    n_threads : int, optional
        As in `build_tree_from_tables`; they need not be those of the build.

    Raises
    ------
    TreeError
        If the folder holds no finished tree.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        engine: Any = "duckdb",
        memory: str | int = "4GB",
        n_threads: int | None = None,
    ) -> None:
        self.folder = Path(folder)
        self._manifest = read_manifest(self.folder)
        if not self._manifest.finished:
            raise TreeError(
                f"{folder}: expected a finished tree, got a build that was ended; the same call goes on with it"
            )
        self._engine, self._memory, self._threads = engine, bytes_of(memory), threads_for(n_threads)

    @property
    def table(self) -> Path:
        """Where the table lies: a Parquet file, or a folder of such files."""
        return self.folder / TREE

    @property
    def names(self) -> Path | None:
        """Where the table of names lies; None where the leaves are ids."""
        return self.folder / NAMES if self._manifest.named else None

    @property
    def n_leaves(self) -> int:
        """Number of nodes of the graph."""
        return self._manifest.n_leaves

    @property
    def n_edges(self) -> int:
        """Number of edges of the graph; loops and duplicates do not count."""
        return self._manifest.n_edges

    @property
    def volume(self) -> float:
        """Sum of the degrees."""
        return self._manifest.volume

    def structural_entropy(self) -> float:
        """Return the structural entropy in bits, Eq. 4 of HINT (Li and Pan 2016): the sum of a term for each node but the root."""
        with self._asked() as (engine, rows, _):
            if self.volume == 0:
                return 0.0
            total = engine.rows(entropy_terms(rows).select(nw.col("bits").sum()))[0]["bits"]
            return float(total or 0.0) / self.volume

    def height(self) -> int:
        """Return the greatest depth of a leaf."""
        with self._asked() as (engine, rows, _):
            return levels_of(engine, rows)

    def summary(self) -> LevelsSummary:
        """Return sizes and entropies of the tree, level by level, by names of `hint_se.TreeSummary`; `print` shows a table.

        It takes one pass over the table for each level.
        """
        with self._asked() as (engine, rows, scratch):
            return summarise(engine, rows, self._manifest, scratch)

    def labels(self, level: int, *, out: str | os.PathLike[str] | None = None) -> Any:
        """Return the community of each leaf at a level counted from the root, as a table ``node, community``.

        Parameters
        ----------
        level : int
            >= 1; 1 is the coarsest. Leaves above that level stand for themselves.
        out : path, optional
            Keep the table there, in Parquet, and return None: it may not fit in memory. Nothing may be there.

        Returns
        -------
        pyarrow.Table or None
            Communities by the numbers of their tree nodes. Leaves by name, in a column ``name``, where they have some.
        """
        depth = integer("level", level, 1)
        with self._asked() as (engine, rows, scratch):
            found = settled(engine, divided_above(rows, depth), levels_of(engine, rows), scratch)
            return given(engine, found, self._known(engine).names, out, scratch)

    def cut(
        self,
        n_communities: int,
        *,
        edges: Any = None,
        weight: Weight = "auto",
        out: str | os.PathLike[str] | None = None,
    ) -> Any:
        """Return the community of each leaf in the cut of the tree into so many communities, as `labels` does.

        The rule is that of `hint_se.Tree.cut`: from the root down, the node whose parts hang together most loosely is divided into its children,
        by the merge height of `hint_se.Tree.to_linkage`. Where the last one has more children than are wanted, these form groups by
        the edges between them. Without the edges it is divided or not, whichever is nearer to the number, of two the fewer. Parts that nothing
        links form no groups. Where the number is missed, an `InputWarning` says so.

        Parameters
        ----------
        n_communities : int
            In [1, n].
        edges : str, path, sequence of these, or table, optional
            Those that the tree was built from, as in `build_tree_from_tables`: a tree does not keep them.
        weight : "auto", None, or name
            As in `hint_se.build_tree`.
        out : path, optional
            As in `labels`.

        Returns
        -------
        pyarrow.Table or None
            As `labels`; a group goes by the smallest number of a tree node in it.

        Raises
        ------
        TreeError
            If these are other edges.
        MemoryError
            If a node has more children than the memory holds.
        """
        count = integer("n_communities", n_communities, 1, self.n_leaves + 1)
        most = Limits.of(self._memory).core_edges
        with self._asked() as (engine, rows, scratch):
            deepest = levels_of(engine, rows)
            known = self._known(engine)
            found = cut_into(engine, known, count, edges, weight, deepest=deepest, most=most, scratch=scratch)
            return given(engine, found, known.names, out, scratch)

    def place(
        self,
        edges: Any,
        *,
        out: str | os.PathLike[str],
        weight: Weight = "auto",
        height: int | None = None,
    ) -> TreeTable:
        """Return the tree with new nodes, each where it raises the entropy least, in another folder; the others stay where they are.

        The rule is that of `hint_se.Tree.place`, by the same code: what the new nodes can touch is brought into memory, which is their
        edges and all nodes above their neighbours. All other rows are copied. Where two places cost the same but for rounding, the
        one of `hint_se.Tree.place` may be another.

        Parameters
        ----------
        edges : str, path, sequence of these, or table
            As in `build_tree_from_tables`. Ids and names that the tree does not have are new nodes, and each edge has one.
        out : path
            New or empty folder. This tree stays as it is.
        weight : "auto", None, or name
            As in `hint_se.build_tree`.
        height : int, optional
            Greatest leaf depth, from the height of this tree on. None: no limit.

        Raises
        ------
        GraphError
            If the edges hold a fault, or one is between nodes of the tree.
        ValueError
            If the height is less than that of this tree, or the folder holds something else.
        MemoryError
            If the new nodes touch more than the memory holds.

        Examples
        --------
        >>> import tempfile, pyarrow
        >>> from hint_se.tables import build_tree_from_tables
        >>> edges = pyarrow.table({"source": [0, 1, 2, 3, 4, 5, 2], "target": [1, 2, 0, 4, 5, 3, 3]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     tree = build_tree_from_tables(edges, out=f"{folder}/tree", height=2)
        ...     more = tree.place(pyarrow.table({"source": [6, 6], "target": [3, 4]}), out=f"{folder}/more", height=2)
        ...     more.to_tree().labels(1)
        array([0, 0, 0, 1, 1, 1, 1], dtype=int32)
        """
        limits = Limits.of(self._memory)
        asked = {**self._manifest.asked, "placed": source_of(edges)}
        with (
            contextlib.closing(WorkFolder(Path(out), asked)) as folder,
            contextlib.closing(engine_for(self._engine, limits.engine_bytes, self._threads, folder.spill)) as engine,
        ):
            most = limits.core_edges
            place_into(engine, folder, self._known(engine), edges, weight=weight, height=height, most=most)
            folder.finish()
        return TreeTable(out, engine=self._engine, memory=self._memory, n_threads=self._threads)

    def match(
        self, before: TreeTable | TableMatching, *, level: int, out: str | os.PathLike[str] | None = None
    ) -> TableMatching:
        """Return the communities of this tree under the ids that they had before, paired by the greatest overlap as in `hint_se.match`.

        The engine joins and counts leaves; into memory come the communities, and the pairs of them that share leaves.

        Parameters
        ----------
        before : TreeTable or TableMatching
            A matching hands its ids on, and what it has ever used is not used again. Communities of a tree are numbered in the order of their
            first leaves. Leaves meet by their names or ids.
        level : int
            >= 1, of each tree, as in `labels`.
        out : path, optional
            Keep the labels there, as in `labels`.

        Raises
        ------
        TypeError
            If `before` is neither; a `Tree` in memory is matched by `hint_se.match`.
        TreeError
            If one side alone names its leaves.
        MemoryError
            If the communities or their pairs are more than the memory holds.
        """
        told: object = before  # callers without types pass what they like
        if not isinstance(told, TreeTable | TableMatching):
            kind = type(told).__name__
            raise TypeError(
                f"before: expected a TreeTable or a TableMatching, got {kind}; trees in memory go to hint_se.match"
            )
        depth, most = integer("level", level, 1), Limits.of(self._memory).core_edges
        with self._asked() as (engine, _, scratch):
            known = before if isinstance(before, TableMatching) else before._known(engine)
            return match_into(engine, known, self._known(engine), depth, out=out, most=most, scratch=scratch)

    def to_tree(self) -> Tree:
        """Return the tree in memory. It has no graph; leaves are in the order of their numbers, which is that of their names.

        Raises
        ------
        MemoryError
            If it takes more than the memory: some 200 bytes a node while it is read.
        """
        return in_memory(self.table, self.names, self._memory)

    def _known(self, engine: Engine) -> Known:
        names = None if self.names is None else engine.read(self.names)
        return Known(engine.read(self.table), names, self._manifest)

    def _asked(self) -> Asked:
        return Asked(self.folder, self._engine, self._memory, self._threads)

    def __repr__(self) -> str:
        return f"TreeTable({str(self.folder)!r}, n_leaves={self.n_leaves})"


def open_tree(
    folder: str | os.PathLike[str], *, engine: Any = "duckdb", memory: str | int = "4GB", n_threads: int | None = None
) -> TreeTable:
    """Return the tree that a build has left in a folder; TreeError where there is none. See `TreeTable`."""
    return TreeTable(folder, engine=engine, memory=memory, n_threads=n_threads)
