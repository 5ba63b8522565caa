"""What a tree can be turned into: cuts, summaries, forms of other tools, pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from hint_se.checks import integer, one_of
from hint_se.drawing.captions import heading
from hint_se.drawing.plot import Kind, draw, leaf_labels
from hint_se.hierarchy.cuts import level_heights, merge_heights
from hint_se.hierarchy.export import as_graphml, as_igraph, as_linkage, as_networkx, as_newick
from hint_se.hierarchy.invariants import leaf_count
from hint_se.hierarchy.summary import TreeSummary, notebook_table, summarise
from hint_se.trees.null import TreeNull

if TYPE_CHECKING:
    import networkx
    from matplotlib.axes import Axes


__all__ = ["Heights", "TreeViews"]

Heights: TypeAlias = Literal["merge", "level"]


class TreeViews(TreeNull):
    """The methods of `Tree` that show it or hand it over. None of them changes it."""

    def summary(self, *, null: bool | None = None) -> TreeSummary:
        """Return the sizes of the communities and the bits of every level, and what the tree saves. O(t log t).

        Parameters
        ----------
        null : bool, optional
            Whether to say what random graphs of the same degrees save, see `null`. None: where the tree has its graph, and
            that has at most 10,000 edges, which takes a second.

        Returns
        -------
        TreeSummary
            A frozen dataclass; ``print`` shows a table, a notebook too.

        Raises
        ------
        TreeError
            If the null model is asked for and the tree has lost its graph.

        Examples
        --------
        >>> import hint_se
        >>> print(hint_se.build_tree([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)], height=2).summary())
        6 leaves under 3 nodes, height 2
        1.6995 bits, 33.5% below the 2.5567 of a flat tree
        random graphs of the same degrees: 27.9% ± 2.4%, this one 33.5% (effort fast); z = 2.3, not told from chance
        read 2 communities (nearest level: 1): 100% of the most that a two-level code saves, then a gap of 9.2 in merge odds
        <BLANKLINE>
        level  communities  smallest  median  largest    bits
            1            2         3       3        3  0.1429
            2            6         1       1        1  1.5567
        """
        return summarise(self.parent, self.volume, self.cuts, self._chance(null))

    def to_linkage(self, heights: Heights = "merge") -> NDArray[np.float64]:
        r"""Return the tree as a linkage matrix of SciPy, for its ``dendrogram``, ``fcluster`` and ``cophenet``.

        A node with k children becomes k - 1 merges of the same height, in an order that depends on the ids alone.
        Rows are sorted by height, and heights are finite, for disconnected graphs too. O(t log t).

        Parameters
        ----------
        heights : {"merge", "level"}
            "merge": how loosely the parts of a node hang together, in [0, 1]: with e the weight that chance
            would put between them and o the weight there is, e / (e + o); 1 where nothing links them. Raised
            where needed, so that no merge is higher than one around it. ``fcluster(Z, n, "maxclust")`` then gives
            what ``tree.cut(n)`` gives, but where heights tie: it takes all merges of one height or none, and so has at
            most n clusters, in the worst case one.
            "level": the tree's height minus the depth, so that ``fcluster(Z, tree.height - k, "distance")`` is
            the partition ``tree.labels(k)``.

        Returns
        -------
        ndarray of float64, shape (n - 1, 4)
            The two merged clusters, the height, the number of leaves.

        Raises
        ------
        TreeError
            If the tree has a single leaf: there is nothing to merge.
        ValueError
            If ``heights`` is another word.

        Examples
        --------
        >>> import hint_se
        >>> hint_se.build_tree([(0, 1), (2, 3)]).to_linkage()
        array([[0. , 1. , 0.2, 2. ],
               [2. , 3. , 0.2, 2. ],
               [4. , 5. , 1. , 4. ]])
        """
        one_of("heights", heights, get_args(Heights))
        if heights == "level":
            return as_linkage(self.parent, level_heights(self.parent))
        return as_linkage(self.parent, merge_heights(self.parent, self.volume, self.cuts))

    def to_newick(self) -> str:
        """Return the tree in Newick format, leaves by their names, else by their ids. O(t).

        The length of a branch is log2(V_parent / V) bits, with V the volume: the factor of its term in the structural
        entropy. From the root to a leaf they add up to the leaf's code length -log2(degree / volume). A branch to
        a node without volume has length 0.

        Raises
        ------
        TreeError
            If a name has control characters or lone surrogates, or two names read the same as text.

        Examples
        --------
        >>> import hint_se
        >>> hint_se.build_tree([("a", "b"), ("it's", "d")]).to_newick()
        "((a:1,b:1):1,('it''s':1,d:1):1);"
        """
        return as_newick(self.parent, self.volume, self.node_names)

    def to_graphml(self) -> str:
        """Return the tree as a GraphML document for networkx, igraph, Gephi or yEd: edges from parents to children. O(t).

        Nodes are ``n0``, ``n1``, ... by tree id, with the attributes ``name`` (of leaves: their name, else their id),
        ``n_leaves``, ``level`` (depth), ``volume``, ``cut`` and ``merge_height`` (see `to_linkage`).

        Raises
        ------
        TreeError
            If a name has characters that XML cannot hold, or two names read the same as text.

        Examples
        --------
        >>> import hint_se
        >>> '<node id="n4"><data key="n_leaves">4</data>' in hint_se.build_tree([(0, 1), (1, 2), (1, 3)], height=1).to_graphml()
        True
        """
        return as_graphml(self.parent, self.volume, self.cuts, self.node_names)

    def to_networkx(self) -> networkx.DiGraph:
        """Return the tree as a networkx DiGraph, edges from parents to children. O(t).

        Returns
        -------
        networkx.DiGraph
            Nodes are tree ids; where the graph brought names, leaves are these and the others ``("tree", id)``. Node
            attributes: ``n_leaves``, ``level`` (depth), ``volume``, ``cut`` and ``merge_height`` (see `to_linkage`).

        Raises
        ------
        ImportError
            If networkx is not installed.
        TreeError
            If a name equals such a tuple.
        """
        return as_networkx(self.parent, self.volume, self.cuts, self.node_names)

    def to_igraph(self) -> Any:
        """Return the tree as a directed igraph Graph, edges from parents to children. O(t).

        Returns
        -------
        igraph.Graph
            Vertices are tree ids. Attributes: ``name`` (a string for leaves: their name, else their id; None for the others),
            ``n_leaves``, ``level`` (depth), ``volume``, ``cut`` and ``merge_height`` (see `to_linkage`).

        Raises
        ------
        ImportError
            If igraph, which is under the GPL, is not installed.
        TreeError
            If two names read the same as text.
        """
        return as_igraph(self.parent, self.volume, self.cuts, self.node_names)

    def plot(
        self,
        kind: Kind = "dendrogram",
        *,
        ax: Axes | None = None,
        n_communities: int | None = None,
        labels: Sequence[Any] | None = None,
        title: str | None = None,
        legend: bool = True,
    ) -> Axes:
        """Draw the tree and return the axes; readable from two leaves to millions, and as fast.

        Every community has a colour of its own, of which a thousand differ, paler with each level below it; what lies above the communities is grey, or where these
        are more than 30 the mixture of their colours. "#3 (12)" is community 3 of the cut, with 12 leaves, "(12)" another node. Words
        appear where they fit; names that do not are broken or shortened, and stay different. Subtrees too thin for the size of
        the axes are drawn as one: make the axes larger to see more.

        Parameters
        ----------
        kind : {"dendrogram", "sunburst", "treemap", "icicle"}
            "dendrogram": merges at the heights of `to_linkage`; triangles are subtrees that are not opened, pale
            blocks several small ones. "icicle": levels from left to right. "sunburst": levels from the
            middle outwards. "treemap": areas by leaves. Where levels would be too narrow, an icicle and a sunburst
            leave out those that merely shed a few leaves.
        ax : matplotlib Axes, optional
            Two-dimensional, with linear scales. None: a new figure, large enough to name up to 120 leaves.
        n_communities : int, optional
            In [1, n]: colour by a cut into so many, or fewer where nodes are divided as a whole only. None: by the cut that
            `suggest_level` names.
        labels : sequence, optional
            What to write on each leaf, shape (n,). None: the node names, else the ids.
        title : str, optional
            None: leaves, height, structural entropy and what random graphs of the same degrees save. An empty string for none.
        legend : bool
            List the largest communities beside the axes, with their best-connected members where leaves have names.

        Returns
        -------
        matplotlib.axes.Axes
            Not shown and not saved: ``ax.figure.savefig("tree.png")``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If an argument is out of range, the axes are of another kind, or there is not one label per leaf.

        Warns
        -----
        UserWarning
            If no installed font has the letters of a name.
        """
        leaves = leaf_count(self.parent)
        one_of("kind", kind, get_args(Kind))
        most = None if n_communities is None else integer("n_communities", n_communities, 1, leaves + 1)
        texts = leaf_labels(labels, self.node_names, leaves)
        if title is None:
            title = heading(self.summary())
        return draw(
            self.parent,
            self.volume,
            self.cuts,
            texts,
            kind=kind,
            ax=ax,
            n_communities=most,
            title=title,
            legend=legend,
        )

    def report(
        self,
        path: str | os.PathLike[str],
        *,
        title: str | None = None,
        progress: Callable[[str, float], object] | None = None,
    ) -> None:
        """Write the tree as a page to look around in: one HTML file that works offline. See the guide, "Look around in a tree".

        Parameters
        ----------
        path : str or path-like
            Taken as it is. An existing file is replaced; it appears whole or not at all.
        title : str, optional
            Heading of the page. None: the number of leaves.
        progress : callable, optional
            Called as ``progress(stage, fraction)``, fractions in [0, 1].

        Raises
        ------
        OSError
            If the file cannot be written.

        Notes
        -----
        Best-connected members are those with the most weight to other members where the tree has its graph, and those of
        largest degree where it has lost it: see `load`. The page says which. Up to 10,000 edges it also says what `null` does.
        Time and size are linear in tree and graph but for sorting; the browser reads the parts that come into view.
        """
        from hint_se.explorer.write import write_page

        write_page(
            path,
            self.parent,
            self.volume,
            self.cuts,
            None if self.node_names is None else leaf_labels(None, self.node_names, len(self.node_names)),
            self.graph,
            self.summary(),
            title=f"A tree of {leaf_count(self.parent):,} leaves" if title is None else title,
            progress=progress,
        )

    def _repr_html_(self) -> str:
        return notebook_table(self.summary(), self.parent, self.volume, self.cuts, self.node_names)
