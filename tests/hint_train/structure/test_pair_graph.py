"""The graph of the pairs against a loop over sets, and neighbours of its tree."""

from collections import Counter

import numpy as np
import pytest

import hint_se
from hint_train.config.sections import GraphConfig, ProxyConfig, TreeConfig
from hint_train.structure.encoding_tree import EncodingTree
from hint_train.structure.neighbour_lists import NeighbourLists
from hint_train.structure.pair_graph import PairGraph, changes, pair_graph

N = 12


def lists(seed, k=4):
    rng = np.random.default_rng(seed)
    index = np.array([rng.permutation([j for j in range(N) if j != i])[:k] for i in range(N)])
    similarity = -np.sort(-rng.uniform(-0.2, 1, size=(N, k)).astype(np.float32), axis=1)
    return NeighbourLists(index, similarity)


def as_dict(graph):
    found = Counter()
    for (u, v), w in zip(graph.edges.tolist(), graph.weights.tolist(), strict=True):
        assert u != v
        found[min(u, v), max(u, v)] += w
    return found


@pytest.mark.parametrize("pairs", ["contract", "edge"])
@pytest.mark.parametrize("knn", ["union", "mutual"])
@pytest.mark.parametrize("weight", ["unit", "agreement"])
@pytest.mark.parametrize("floor", [0.0, 0.1])
def test_edges_and_weights_match_a_loop(pairs, knn, weight, floor):
    image, text = lists(0), lists(1)
    config = GraphConfig(
        k=2, knn=knn, edge_weight=weight, agreement_k=3, agreement_floor=floor, pairs=pairs, pair_edge=3.0
    )
    expected = Counter()
    for own, other, offset in ((image, text, 0), (text, image, N if pairs == "edge" else 0)):
        arcs = {(i, int(j)) for i in range(N) for j in own.index[i, :2]}
        for i, j in {(min(a), max(a)) for a in arcs}:
            if knn == "mutual" and not ((i, j) in arcs and (j, i) in arcs):
                continue
            listed = [(u, v) for u, v in ((i, j), (j, i)) if (u, v) in arcs]
            weighed = sum(floor + (v in other.index[u, :3]) for u, v in listed)
            if weight == "unit" or weighed:
                expected[i + offset, j + offset] += 1 if weight == "unit" else weighed
    if pairs == "edge":
        expected |= {(i, i + N): 3.0 for i in range(N)}
    graph = pair_graph(image, text, config)
    assert as_dict(graph) == pytest.approx(expected)
    assert graph.n_nodes == (N if pairs == "contract" else 2 * N)


def test_similarity_weights_are_positive():
    graph = pair_graph(lists(0), lists(1), GraphConfig(k=4, edge_weight="similarity"))
    assert (graph.weights > 0).all()


def two_cliques(contracted):
    """Pairs 0-3 and 4-7 are two cliques, over both modalities at once where pairs are not contracted."""
    blocks = [range(4), range(4, 8)]
    if not contracted:
        blocks = [[*block, *(i + 8 for i in block)] for block in blocks]
    edges = np.array([(i, j) for block in blocks for i in block for j in block if i < j])
    return PairGraph(edges, np.ones(len(edges)), 8, contracted)


@pytest.mark.parametrize("contracted", [True, False])
@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("include_pair", [True, False])
def test_neighbours_are_the_community(contracted, include_self, include_pair):
    tree = EncodingTree.build(two_cliques(contracted), TreeConfig(height=2))
    assert len(set(tree.communities(None).tolist())) == 2
    for found in tree.neighbours(ProxyConfig(include_self=include_self, include_pair=include_pair), seed=0):
        for i in range(8):
            block = set(range(4)) if i < 4 else set(range(4, 8))
            for table, with_own in ((found.same, include_self), (found.cross, include_pair)):
                listed = table.indices[table.indptr[i] : table.indptr[i + 1]].tolist()
                assert len(listed) == len(set(listed))
                assert set(listed) == (block if with_own else block - {i})


def test_an_isolated_pair_is_its_own_neighbour():
    graph = PairGraph(np.array([[0, 1]]), np.ones(1), 3, contracted=True)
    tree = EncodingTree.build(graph, TreeConfig())
    for found in tree.neighbours(ProxyConfig(include_pair=False), seed=0):
        for table in (found.same, found.cross):
            assert (np.diff(table.indptr) >= 1).all()


def test_cap_bounds_every_list():
    n = 40
    edges = np.array([(i, j) for i in range(n) for j in range(i)])
    tree = EncodingTree.build(PairGraph(edges, np.ones(len(edges)), n, contracted=True), TreeConfig(height=1))
    for found in tree.neighbours(ProxyConfig(cap=5), seed=3):
        assert np.diff(found.same.indptr).max() <= 5
        assert np.diff(found.cross.indptr).max() <= 6  # the pair comes on top


def test_communities_are_numbered_and_isolated_nodes_are_alone():
    graph = two_cliques(True)
    wider = PairGraph(graph.edges, graph.weights, 11, contracted=True)
    found = EncodingTree.build(wider, TreeConfig(height=2)).communities(None)
    assert [len(set(found[part].tolist())) for part in (slice(0, 4), slice(4, 8), slice(8, 11))] == [1, 1, 3]
    assert set(found.tolist()) == set(range(5))


def test_communities_at_a_level_are_coarser():
    tree = EncodingTree.build(two_cliques(True), TreeConfig(height=None))
    coarse, fine = tree.communities(1), tree.communities(None)
    assert len(set(coarse.tolist())) <= len(set(fine.tolist()))
    assert all(len(set(coarse[fine == c].tolist())) == 1 for c in set(fine.tolist()))


def rings(n_rings, size, seed, extra):
    """Rings, one node of which touches the next ring, and `extra` random edges; some edges twice."""
    edges = [(r * size + i, r * size + (i + d) % size) for r in range(n_rings) for i in range(size) for d in (1, 2)]
    edges += [(r * size, (r * size + size) % (n_rings * size)) for r in range(n_rings)]
    source = np.random.default_rng(seed)
    edges += [tuple(pair) for pair in source.integers(n_rings * size, size=(extra, 2)) if pair[0] != pair[1]]
    return PairGraph(np.array(edges, dtype=np.int64), np.ones(len(edges)), n_rings * size, contracted=True)


def test_changes_are_those_of_a_dictionary():
    before, after = rings(4, 6, 0, 20), rings(4, 6, 1, 15)
    old, new = as_dict(before), as_dict(after)
    gone, added, share = changes(before, after)
    assert as_dict(gone) == {edge: w for edge, w in old.items() if new.get(edge) != w}
    assert as_dict(added) == {edge: w for edge, w in new.items() if old.get(edge) != w}
    assert share == pytest.approx((len(gone.edges) + len(added.edges)) / (len(old) + len(new)))
    same = changes(before, PairGraph(before.edges[::-1, ::-1], before.weights, 24, contracted=True))
    assert [len(same[0].edges), len(same[1].edges), same[2]] == [0, 0, 0]


KEPT = TreeConfig(height=3, rebuild_every=1)


def test_a_tree_follows_its_graph_where_few_edges_change(monkeypatch):
    before, after = rings(30, 8, 0, 12), rings(30, 8, 1, 12)
    tree, fresh = EncodingTree.build(before, KEPT), EncodingTree.build(after, KEPT)
    monkeypatch.setattr(EncodingTree, "build", None)
    found = tree.following(after, KEPT)
    graph = hint_se.Graph.from_edges(after.edges, after.weights, n_nodes=after.n_nodes)
    assert found.entropy == pytest.approx(hint_se.structural_entropy(graph, found.parent), abs=1e-9)
    assert fresh.entropy <= found.entropy + 1e-9 <= 1.02 * fresh.entropy
    assert found.height <= 3
    again = found.following(before, KEPT)  # the graph that it follows from is the one it was brought to
    assert again.entropy <= 1.02 * tree.entropy


@pytest.mark.parametrize(
    ("kept", "config", "extra"),
    [
        (KEPT, KEPT, 400),
        (KEPT, TreeConfig(height=None, algorithm="merge-compress", rebuild_every=1), 12),
        (TreeConfig(height=3), TreeConfig(height=3), 12),
    ],
    ids=["many edges change", "another algorithm", "no rebuilding"],
)
def test_else_it_is_built_anew(kept, config, extra):
    after = rings(30, 8, 1, extra)
    found = EncodingTree.build(rings(30, 8, 0, 12), kept).following(after, config)
    assert np.array_equal(found.parent, EncodingTree.build(after, config).parent)


def test_a_tree_comes_back_from_its_parents():
    graph = rings(5, 6, 0, 6)
    tree = EncodingTree.build(graph, KEPT)
    back = EncodingTree.restored(graph, tree.parent, KEPT)
    assert (back.entropy, back.height) == (tree.entropy, tree.height)
    assert np.array_equal(
        back.following(rings(5, 6, 1, 6), KEPT).parent, tree.following(rings(5, 6, 1, 6), KEPT).parent
    )
