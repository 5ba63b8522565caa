"""Parameters and data that the estimator refuses, each in one sentence."""

import numpy as np
import pytest

from hint_se import GraphError, StructuralEntropyClustering


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"height": 1}, "height: expected an integer >= 2, got 1"),
        ({"height": 2.0}, "height: expected an integer >= 2, got 2.0"),
        ({"height": "2"}, "height: expected an integer >= 2, got '2'"),
        ({"height": True}, "height: expected an integer >= 2, got True"),
        ({"level": 0}, "level: expected an integer >= 1, got 0"),
        ({"height": 2, "level": 2}, "level: expected less than height = 2, got 2"),
        ({"level": 3, "min_size": 2}, "level: expected it, or n_clusters and min_size"),
        ({"n_clusters": 0}, "n_clusters: expected an integer >= 1 and < 7, got 0"),
        ({"n_clusters": 7}, "n_clusters: expected an integer >= 1 and < 7, got 7"),
        ({"min_size": 0}, "min_size: expected an integer >= 1, got 0"),
        ({"n_neighbors": 0}, "n_neighbors: expected an integer >= 1, got 0"),
        ({"n_neighbors": 1.5}, "n_neighbors: expected an integer >= 1, got 1.5"),
        ({"n_neighbors": 6}, r"n_neighbors: expected less than the number of rows, n_samples = 6, got 6"),
        ({"metric": "manhattan"}, "metric: expected one of 'euclidean', 'cosine', got 'manhattan'"),
        ({"algorithm": "best"}, "algorithm: expected one of"),
        ({"effort": "much"}, "effort: expected one of"),
        ({"random_state": -1}, "random_state: expected an integer >= 0.*got -1"),
        ({"random_state": 2**64}, "random_state: expected an integer >= 0 and < 18446744073709551616"),
        ({"random_state": "seed"}, "random_state: expected an integer >= 0.*got 'seed'"),
        ({"n_threads": 0}, "n_threads: expected an integer >= 1 .*got 0"),
    ],
)
def test_bad_parameters(parameters, message):
    model = StructuralEntropyClustering(**{"n_neighbors": 2} | parameters)
    with pytest.raises(ValueError, match=message):
        model.fit(np.arange(12.0).reshape(6, 2))
    assert not hasattr(model, "labels_")


BAD_FEATURES = {
    "nan": ([[0.0, 1.0], [np.nan, 2.0], [1.0, 2.0]], "finite numbers, got NaN in row 1"),
    "inf": ([[0.0, 1.0], [2.0, 2.0], [-np.inf, 2.0]], "finite numbers, got inf in row 2"),
    "beyond float64": (np.array([[1.0], [2.0], [np.longdouble("1e400")]]), "finite numbers, got inf in row 2"),
    "flat": (np.arange(5.0), r"Expected 2D array, got 1D array instead, of shape \(5,\)"),
    "cube": (np.zeros((3, 3, 3)), "Expected 2D array, got 3D array"),
    "number": (3.0, "Expected 2D array, got 0D array"),
    "no rows": (np.zeros((0, 3)), r"0 sample\(s\) \(shape=\(0, 3\)\)"),
    "no columns": (np.zeros((3, 0)), r"0 feature\(s\) \(shape=\(3, 0\)\)"),
    "one row": (np.zeros((1, 3)), "n_samples = 1"),
    "complex": (np.zeros((3, 3), complex), "Complex data not supported"),
    "strings": (np.array([["a", "b"]] * 3), "expected real numbers, got dtype <U1"),
    "numbers as strings": (np.array([["1", 2.0]] * 3, dtype=object), "expected real numbers, got strings"),
    "dates": (np.zeros((3, 3), "M8[s]"), "expected real numbers, got dtype datetime64"),
    "ragged": ([[0.0, 1.0], [2.0]], "X: expected an array that NumPy can read, got list"),
    "masked": (np.ma.array(np.zeros((3, 2)), mask=np.eye(3, 2)), "X: expected no masked values, got 2"),
}


@pytest.mark.parametrize("name", BAD_FEATURES)
def test_bad_features(name):
    X, message = BAD_FEATURES[name]
    with pytest.raises(ValueError, match=message):
        StructuralEntropyClustering(n_neighbors=1).fit(X)


def test_graphs_are_no_features_and_features_no_graphs():
    sparse, networkx = pytest.importorskip("scipy.sparse"), pytest.importorskip("networkx")
    for graph in (sparse.csr_array(np.eye(4)), networkx.path_graph(4)):
        with pytest.raises(TypeError, match="Sparse data and graphs are no feature vectors"):
            StructuralEntropyClustering(n_neighbors=2).fit(graph)
    pandas, model = pytest.importorskip("pandas"), StructuralEntropyClustering()
    for X, message in (
        (
            np.zeros((5, 3)),
            r"square adjacency matrix, got an array of shape \(5, 3\); for feature vectors set n_neighb",
        ),
        (np.array([[0, -1.0], [-1.0, 0]]), "Negative values in data: expected weights >= 0 in X, got -1"),
        (np.full((3, 3), np.nan), "finite numbers, got NaN in row 0"),
        (np.array([[0, 1.0], [2.0, 0]]), "symmetric"),
        ([[0.5, 1.5, 2.5], [1.0, 0.5, 0.5]], r"array of shape \(2, 3\); for feature vectors set n_neighbors"),
        (pandas.DataFrame({"x": [0.5, 1.0], "y": [1.0, 2.0]}), "got dtype float64; for a table of feature vectors"),
        (pandas.DataFrame(np.ones((3, 4))), r"or two columns, got \[0, 1, 2, 3\].*; for a table of feature vectors"),
        ("karate", "read_graph"),
    ):
        with pytest.raises(GraphError if "finite" not in message else ValueError, match=message):
            model.fit(X)
