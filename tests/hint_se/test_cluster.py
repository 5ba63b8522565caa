"""The estimator keeps scikit-learn's conventions and finds the communities of known data."""

import pickle
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import pytest
from sklearn.base import clone, is_clusterer
from sklearn.datasets import load_digits, make_blobs, make_moons
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted

import hint_se
from hint_se import Graph, GraphError, InputWarning, SelfLoopWarning, StructuralEntropyClustering

EDGES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]


COMMUNITIES = [0, 0, 0, 1, 1, 1]


with warnings.catch_warnings():
    # Inheriting from BaseEstimator would import scikit-learn.
    warnings.filterwarnings("ignore", "Estimator .* does not inherit from")
    # All of scikit-learn's checks, and no failure expected: of features, and of a graph as its adjacency matrix.
    conventions = parametrize_with_checks(
        [
            StructuralEntropyClustering(n_neighbors=8),
            StructuralEntropyClustering(n_neighbors=8, metric="cosine"),
            StructuralEntropyClustering(),
        ]
    )


@pytest.mark.filterwarnings("ignore")
@conventions
def test_conventions(estimator, check, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # scikit-learn removes its own files when the process ends
    check(estimator)


def test_scikit_learn_is_not_imported():
    code = (
        "import sys, hint_se; model = hint_se.StructuralEntropyClustering(n_neighbors=1); "
        "model.set_params(height=3).fit([[0.0], [1.0], [5.0]]); repr(model); model.get_params(); "
        "print('sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(sys.modules, "sklearn.utils")
        with pytest.raises(RuntimeError, match="for scikit-learn"):
            StructuralEntropyClustering().__sklearn_tags__()


def test_parameters():
    model = StructuralEntropyClustering(3, level=2, effort="best")
    assert repr(model) == "StructuralEntropyClustering(height=3, level=2, effort='best')"
    assert repr(StructuralEntropyClustering()) == "StructuralEntropyClustering()"
    assert model.get_params() == {
        "height": 3,
        "level": 2,
        "n_clusters": None,
        "min_size": 1,
        "n_neighbors": None,
        "metric": "euclidean",
        "algorithm": "auto",
        "effort": "best",
        "random_state": 0,
        "n_threads": None,
    }
    assert model.set_params(height=None, metric="cosine") is model
    assert (model.height, model.metric) == (None, "cosine")
    with pytest.raises(
        ValueError, match=r"Invalid parameter 'k' for StructuralEntropyClustering: expected one of \['hei"
    ):
        model.set_params(height=5, k=3)
    assert model.height is None
    twin = clone(model)
    assert twin is not model
    assert twin.get_params() == model.get_params()
    assert is_clusterer(model)


def test_subclasses_have_their_own_parameters():
    class Louder(StructuralEntropyClustering):
        def __init__(self, height=2, *, volume=11):
            super().__init__(height)
            self.volume = volume

    assert Louder(volume=3).get_params() == {"height": 2, "volume": 3}
    assert repr(clone(Louder(volume=3))) == "Louder(volume=3)"


def test_before_and_after_fit():
    model = StructuralEntropyClustering()
    with pytest.raises(NotFittedError):
        check_is_fitted(model)
    with pytest.raises(AttributeError, match="labels_"):
        model.labels_  # noqa: B018
    assert model.fit(EDGES) is model
    check_is_fitted(model)
    again = pickle.loads(pickle.dumps(model))
    assert again.labels_.tolist() == COMMUNITIES
    assert (again.tree_, again.graph_) == (model.tree_, model.graph_)
    assert not hasattr(clone(model), "labels_")


def test_tags_tell_graphs_from_features():
    graph, features = get_tags(StructuralEntropyClustering()), get_tags(StructuralEntropyClustering(n_neighbors=3))
    assert graph.input_tags.pairwise
    assert graph.input_tags.sparse
    assert graph.input_tags.positive_only
    assert not features.input_tags.pairwise
    assert not features.input_tags.sparse
    assert not features.input_tags.positive_only
    assert not graph.target_tags.required


def test_any_graph():
    networkx, sparse = pytest.importorskip("networkx"), pytest.importorskip("scipy.sparse")
    pandas = pytest.importorskip("pandas")
    dense = networkx.to_numpy_array(networkx.Graph(EDGES))
    named = [(f"n{u}", f"n{v}") for u, v in EDGES]
    forms = [
        EDGES,
        np.array(EDGES),
        np.array(EDGES).T,
        (np.array(EDGES), np.ones(7)),
        Graph.from_edges(EDGES),
        networkx.Graph(EDGES),
        pandas.DataFrame(EDGES, columns=["source", "target"]),
        sparse.csr_array(dense),
        dense,
        dense.astype(int),
        dense.astype(bool),
        dense.tolist(),
        named,
    ]
    for form in forms:
        model = StructuralEntropyClustering().fit(form)
        assert model.labels_.tolist() == COMMUNITIES
        assert model.labels_.dtype == np.int32
        assert model.tree_ == hint_se.build_tree(model.graph_)
        square = isinstance(form, list) and len(form[0]) == 6
        matrix = square or getattr(form, "shape", None) == (6, 6)
        assert getattr(model, "n_features_in_", None) == (6 if matrix else None)
    assert model.tree_.node_names[:2] == ("n0", "n1")
    # Nothing is left of an earlier fit.
    assert not hasattr(StructuralEntropyClustering().fit(dense).fit(EDGES), "n_features_in_")


def test_the_diagonal_of_an_affinity_does_not_count():
    sparse = pytest.importorskip("scipy.sparse")
    affinity = np.full((6, 6), 0.01) + np.eye(6)
    for u, v in EDGES[:6]:
        affinity[u, v] = affinity[v, u] = 1
    for form in (affinity, sparse.csr_array(affinity), affinity.astype(np.float32)):
        assert StructuralEntropyClustering().fit_predict(form).tolist() == COMMUNITIES
    with pytest.warns(SelfLoopWarning):
        StructuralEntropyClustering().fit([*EDGES, (1, 1)])
    affinity[0, 1] += 1e-14
    assert StructuralEntropyClustering().fit_predict(affinity).tolist() == COMMUNITIES
    affinity[0, 1] += 1e-6
    with pytest.raises(GraphError, match=r"symmetric.*A \+ A\.T"):
        StructuralEntropyClustering().fit(affinity)


def test_levels_and_heights():
    graph = Graph.from_edges(np.random.default_rng(1).integers([0, 50], [50, 100], (150, 2)), n_nodes=100)
    for height, level in ((2, 1), (3, 1), (3, 2), (None, 2), (None, 3)):
        model = StructuralEntropyClustering(height, level=level).fit(graph)
        assert model.tree_ == hint_se.build_tree(graph, height=height)
        assert model.labels_.tolist() == model.tree_.labels(level).tolist()


def test_pipeline_and_grid_search():
    X, y = make_blobs(120, centers=4, cluster_std=0.5, n_features=8, random_state=3)
    X[:, 0] *= 1000
    pipeline = make_pipeline(StandardScaler(), StructuralEntropyClustering(n_neighbors=20))
    assert adjusted_rand_score(y, pipeline.fit_predict(X)) > 0.95

    def score(model, X, y):
        return adjusted_mutual_info_score(y, model[-1].labels_)

    everything = np.arange(len(X))
    search = GridSearchCV(
        pipeline,
        {"structuralentropyclustering__n_neighbors": [2, 20], "structuralentropyclustering__metric": ["euclidean"]},
        scoring=score,
        cv=[(everything, everything)],
        error_score="raise",
    )
    search.fit(X, y)
    assert search.best_params_["structuralentropyclustering__n_neighbors"] == 20
    assert search.best_score_ > 0.95


def test_grid_search_cuts_a_graph_on_both_sides():
    X, _ = make_blobs(40, random_state=0)
    affinity = np.exp(-((X[:, None] - X[None]) ** 2).sum(axis=2))
    sizes = []
    search = GridSearchCV(
        StructuralEntropyClustering(),
        {"effort": ["fast", "default"]},
        scoring=lambda model, X, y=None: sizes.append(model.graph_.n_nodes) or -model.tree_.entropy,
        cv=2,
        error_score="raise",
    )
    search.fit(affinity)
    assert sizes == [20] * 4
    assert search.best_estimator_.graph_.n_nodes == 40


def test_communities_of_known_data():
    X, y = make_blobs(300, centers=5, n_features=8, random_state=0)
    for metric in ("euclidean", "cosine"):
        labels = StructuralEntropyClustering(n_neighbors=20, metric=metric).fit_predict(X)
        assert adjusted_rand_score(y, labels) > 0.99
    X, y = load_digits(return_X_y=True)
    model = StructuralEntropyClustering(n_neighbors=20).fit(X)
    assert adjusted_mutual_info_score(y, model.labels_) > 0.87
    assert 8 <= len(set(model.labels_)) <= 14
    model.set_params(n_clusters=10).fit(X)
    assert len(set(model.labels_)) == 10
    assert adjusted_mutual_info_score(y, model.labels_) > 0.85
    model.set_params(n_clusters=40, min_size=30).fit(X)
    assert np.bincount(model.labels_).min() >= 30
    # Unlike spheres, moons are followed: no community lies on both.
    X, y = make_moons(400, noise=0.05, random_state=0)
    labels = StructuralEntropyClustering(n_neighbors=10).fit_predict(X)
    assert all(len(set(y[labels == label])) == 1 for label in set(labels))


def test_column_names():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"x": [0.0, 0.1, 5.0, 5.1], "y": [0, 1, 0, 1]})
    model = StructuralEntropyClustering(n_neighbors=1).fit(frame)
    assert model.feature_names_in_.tolist() == ["x", "y"]
    assert model.n_features_in_ == 2
    assert not hasattr(model.fit(frame.to_numpy()), "feature_names_in_")
    assert not hasattr(model.fit(frame.set_axis([0, 1], axis=1)), "feature_names_in_")


def test_random_states():
    X, _ = make_blobs(200, centers=8, random_state=0)
    graph = StructuralEntropyClustering(n_neighbors=4).fit(X).graph_

    def tree(random_state):
        return StructuralEntropyClustering(random_state=random_state).fit(graph).tree_

    assert tree(7) == tree(np.int64(7)) == hint_se.build_tree(graph, seed=7)
    assert tree(2**64 - 1) == hint_se.build_tree(graph, seed=2**64 - 1)
    for make in (np.random.default_rng, np.random.RandomState):
        first, second = make(5), make(5)
        assert tree(first) == tree(second)
        assert tree(first).n_leaves == 200
    assert tree(None).n_leaves == 200


def test_level_1_of_a_tree_without_a_limit_is_warned_of():
    with pytest.warns(InputWarning, match="level 1 of a tree without a limit has but two or three parts"):
        StructuralEntropyClustering(level=1).fit(EDGES)
    assert StructuralEntropyClustering(height=2, level=1).fit_predict(EDGES).tolist() == COMMUNITIES
