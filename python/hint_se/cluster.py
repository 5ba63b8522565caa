"""Clustering by structural entropy as an estimator of scikit-learn's conventions, without scikit-learn."""

from __future__ import annotations

import inspect
import sys
import warnings
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from hint_se.checks import integer, one_of
from hint_se.choices import Algorithm, Effort
from hint_se.errors import GraphError, InputWarning, SelfLoopWarning, warn_user
from hint_se.inputs.arrays import as_array, is_array
from hint_se.inputs.graph import Graph
from hint_se.inputs.inputs import GraphLike, as_graph
from hint_se.inputs.knn import Metric, as_matrix, neighbour_edges, warn_of_copies
from hint_se.inputs.pairs import is_triples
from hint_se.inputs.sources import source_of
from hint_se.inputs.tables import is_table
from hint_se.trees.build import RandomState, build_tree, seed_of
from hint_se.trees.tree import Tree

__all__ = ["StructuralEntropyClustering"]

# How far from symmetric a dense affinity may be, as a share of its largest entry: products of matrices round so.
_ROUNDING = 1e-10


class StructuralEntropyClustering:
    """Communities of a graph, or of feature vectors by their nearest neighbours, from an encoding tree.

    Follows scikit-learn's conventions (``get_params``, ``clone``, pipelines, grid search) without importing it. No
    number of clusters is asked for: by default they are the cut of the whole hierarchy that `Tree.suggest_level` names.

    Parameters
    ----------
    height : int, optional
        Greatest leaf depth of the tree, >= 2: 2 is a partition, 3 has communities of communities. None: no limit.
    level : int, optional
        In [1, height): which level of the tree ``labels_`` shows; 1 is the coarsest. None: a cut.
    n_clusters : int, optional
        In [1, n_samples]: into how many communities the tree is cut, see `Tree.cut`. None: into those that are suggested.
    min_size : int
        >= 1. Communities of a cut with fewer members join a linked one, see `Tree.cut`.
    n_neighbors : int, optional
        None: ``X`` is a graph. Otherwise ``X`` holds feature vectors, and its graph joins two rows where one is among
        the ``n_neighbors`` nearest of the other. Every edge weighs 1, so that no scale of distances enters. Fewer
        neighbours make more and smaller communities; 20 is a start.
    metric : {"euclidean", "cosine"}
        For feature vectors: which rows are near. By cosine a row of zeros is a community of its own.
    algorithm : {"auto", "merge-compress"}
        See `build_tree`.
    effort : {"fast", "default", "best"}
        See `build_tree`.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None
        An int in [0, 2^64) gives the same tree in every run; a generator is drawn from; None takes a new seed.
    n_threads : int, optional
        Threads of the tree's construction, >= 1. None: as many as this process may use. The result is the same.

    Attributes
    ----------
    labels_ : ndarray of int32, shape (n_samples,)
        Community of each node or row: 0, 1, ... in the order of their first appearance.
    tree_ : Tree
        The whole hierarchy; ``tree_.labels(level)`` gives other levels, ``tree_.entropy`` the bits.
    graph_ : Graph
        The graph that the tree was built on.
    n_features_in_ : int
        Number of columns of ``X``, where it is a matrix of features or a dense or sparse adjacency matrix.
    feature_names_in_ : ndarray of str, shape (n_features,)
        Names of the columns, where ``X`` is a data frame of features whose columns are named by strings.

    Notes
    -----
    Neighbours are sought exactly, in float64 and in blocks: O(n^2 d) time, 16 n d bytes for the rows and some 50 MB
    beside. From some 10^5 rows on take an approximate index and give its graph.

    Examples
    --------
    >>> StructuralEntropyClustering().fit_predict([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)])
    array([0, 0, 0, 1, 1, 1], dtype=int32)
    >>> X = [[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]]
    >>> model = StructuralEntropyClustering(n_neighbors=2).fit(X)
    >>> model.labels_
    array([0, 0, 0, 1, 1, 1], dtype=int32)
    >>> model
    StructuralEntropyClustering(n_neighbors=2)
    """

    labels_: NDArray[np.int32]
    tree_: Tree
    graph_: Graph
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]

    def __init__(
        self,
        height: int | None = None,
        *,
        level: int | None = None,
        n_clusters: int | None = None,
        min_size: int = 1,
        n_neighbors: int | None = None,
        metric: Metric = "euclidean",
        algorithm: Algorithm = "auto",
        effort: Effort = "default",
        random_state: RandomState = 0,
        n_threads: int | None = None,
    ) -> None:
        # Kept as they are: scikit-learn compares by identity, and `fit` checks.
        self.height = height
        self.level = level
        self.n_clusters = n_clusters
        self.min_size = min_size
        self.n_neighbors = n_neighbors
        self.metric = metric
        self.algorithm = algorithm
        self.effort = effort
        self.random_state = random_state
        self.n_threads = n_threads

    def fit(self, X: GraphLike, y: object = None) -> StructuralEntropyClustering:  # noqa: ARG002
        """Build the tree and set the attributes.

        Parameters
        ----------
        X : graph, or array_like of float, shape (n_samples, n_features)
            Without ``n_neighbors`` anything `build_tree` takes, or a dense adjacency or affinity matrix: floats, or
            integers of more than two rows. It is symmetric but for rounding (1e-10 of its largest entry), and its
            diagonal does not count. With ``n_neighbors``, finite real numbers.
        y : ignored
            There for scikit-learn.

        Returns
        -------
        self

        Raises
        ------
        GraphError, ValueError, TypeError
            If X or a parameter is not as above.
        """
        self._check()
        matrix = as_matrix(X) if self.n_neighbors is not None or _is_matrix(X) else None
        graph = self._graph(X, matrix)
        if self.n_clusters is not None:
            integer("n_clusters", self.n_clusters, 1, graph.n_nodes + 1)
        tree = build_tree(
            graph,
            height=self.height,
            algorithm=self.algorithm,
            effort=self.effort,
            seed=seed_of(self.random_state),
            n_threads=self.n_threads,
        )
        for name in ("n_features_in_", "feature_names_in_"):
            vars(self).pop(name, None)
        self.labels_, self.tree_, self.graph_ = self._read(tree), tree, graph
        if matrix is not None or source_of(X) == "scipy":
            self.n_features_in_ = X.shape[1] if matrix is None else matrix.shape[1]
        names = list(X.columns) if matrix is not None and is_table(X) and hasattr(X, "columns") else []
        if names and all(isinstance(name, str) for name in names):
            self.feature_names_in_ = np.array(names, dtype=object)
        return self

    def fit_predict(self, X: GraphLike, y: object = None) -> NDArray[np.int32]:
        """Return ``fit(X).labels_``."""
        return self.fit(X, y).labels_

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002
        """Return the parameters by name; ``deep`` is there for scikit-learn and changes nothing."""
        return {name: getattr(self, name) for name in self._parameters()}

    def set_params(self, **params: Any) -> StructuralEntropyClustering:
        """Set parameters by name and return self; ValueError for a name that is none, and then nothing is set."""
        known = self._parameters()
        for name in params:
            if name not in known:
                raise ValueError(f"Invalid parameter {name!r} for {type(self).__name__}: expected one of {list(known)}")
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        changed = (
            f"{name}={getattr(self, name)!r}"
            for name, parameter in self._parameters().items()
            if repr(getattr(self, name)) != repr(parameter.default)
        )
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_tags__(self) -> Any:
        """Return the tags by which scikit-learn (1.6 or newer), the only caller, knows what X may be."""
        utils = sys.modules.get("sklearn.utils")
        if utils is None:
            raise RuntimeError("__sklearn_tags__ is for scikit-learn, which is not imported")
        graph = self.n_neighbors is None
        return utils.Tags(
            estimator_type="clusterer",
            target_tags=utils.TargetTags(required=False),
            input_tags=utils.InputTags(pairwise=graph, sparse=graph, positive_only=graph),
        )

    @classmethod
    def _parameters(cls) -> dict[str, inspect.Parameter]:
        return {name: value for name, value in inspect.signature(cls.__init__).parameters.items() if name != "self"}

    def _check(self) -> None:
        if self.height is not None:
            integer("height", self.height, 2)
        integer("min_size", self.min_size, 1)
        if self.level is not None:
            self._check_level(integer("level", self.level, 1))
        if self.n_neighbors is not None:
            integer("n_neighbors", self.n_neighbors, 1)
        one_of("metric", self.metric, get_args(Metric))

    def _check_level(self, level: int) -> None:
        if self.n_clusters is not None or self.min_size > 1:
            raise ValueError("level: expected it, or n_clusters and min_size, which cut the tree instead")
        if self.height is None and level == 1:
            warn_user(
                "level 1 of a tree without a limit has but two or three parts; level=None reads the suggested cut, n_clusters another",
                InputWarning,
            )
        if self.height is not None and level >= self.height:
            raise ValueError(
                f"level: expected less than height = {self.height}, got {level}, where every leaf is by itself"
            )

    def _read(self, tree: Tree) -> NDArray[np.int32]:
        if self.level is not None:
            return tree.labels(self.level)
        count = tree.suggest_level().n_communities if self.n_clusters is None else self.n_clusters
        return tree.cut(count, min_size=self.min_size)

    def _graph(self, X: GraphLike, matrix: NDArray[np.float64] | None) -> Graph:
        """Return the graph of X, which ``matrix`` holds where it is dense; overwrites ``matrix``."""
        if matrix is None:
            try:
                with _without_loop_warnings(source_of(X) == "scipy"):
                    return as_graph(X)
            except GraphError as error:
                if is_table(X):
                    raise GraphError(f"X: {error}; for a table of feature vectors set n_neighbors") from error
                raise
        n = len(matrix)
        if self.n_neighbors is not None:
            if self.n_neighbors >= n:
                raise ValueError(
                    f"n_neighbors: expected less than the number of rows, n_samples = {n}, got {self.n_neighbors}"
                )
            warn_of_copies(matrix, self.n_neighbors, self.metric)
            return Graph.from_edges(neighbour_edges(matrix, self.n_neighbors, self.metric), n_nodes=n)
        if matrix.shape[1] != n:
            raise GraphError(
                f"X: expected a graph or a square adjacency matrix, got an array of shape {matrix.shape}; for feature "
                "vectors set n_neighbors"
            )
        if matrix.min() < 0:
            raise GraphError(f"Negative values in data: expected weights >= 0 in X, got {matrix.min()}")
        if (np.abs(matrix - matrix.T) <= _ROUNDING * matrix.max()).all():
            matrix = (matrix + matrix.T) / 2
        with _without_loop_warnings(True):
            return Graph.from_dense(matrix)


def _is_matrix(X: GraphLike) -> bool:
    """Return whether a graph comes as a dense matrix: it is square, or its entries cannot be node ids."""
    if source_of(X) is not None or is_table(X):
        return False
    if is_triples(X):
        return any(isinstance(end, float) for end in X[0][:2])
    if isinstance(X, list) and X and isinstance(X[0], list | tuple):
        return len(X[0]) == len(X) > 2 or any(isinstance(value, float) for value in X[0])
    if not is_array(X):
        return False
    array = as_array(X, "X")
    square = array.ndim == 2 and array.shape[0] == array.shape[1] > 2
    return array.ndim == 2 and (array.dtype.kind in "fcb" or (square and array.dtype.kind in "iuO"))


def _without_loop_warnings(matrix: bool) -> warnings.catch_warnings:
    """Return a context without `SelfLoopWarning` for matrices: every affinity has a diagonal."""
    return warnings.catch_warnings(action="ignore", category=SelfLoopWarning) if matrix else warnings.catch_warnings()
