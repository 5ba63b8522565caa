"""Preorder, best connected members and blocks, against oracles that share no code with them."""

import numpy as np
import pytest
from known import APART

import hint_se
from hint_se.explorer import blocks, members, order


def trees():
    rng = np.random.default_rng(3)
    edges = rng.integers(0, 60, size=(220, 2))
    edges = edges[edges[:, 0] != edges[:, 1]]
    weighted = hint_se.Graph.from_edges(edges, rng.integers(1, 9, len(edges)).astype(float), n_nodes=64)
    path = hint_se.Graph.from_edges([(i, i + 1) for i in range(39)])
    chain = [40 + max(i - 1, 0) for i in range(40)] + [*range(41, 79), -1]
    return {
        "random": (hint_se.build_tree(weighted), weighted),
        "flat": (hint_se.build_tree(weighted, height=1), weighted),
        "chain": (hint_se.Tree.from_parent(path, chain), path),
        "apart": (APART, APART.graph),
        "single": (hint_se.build_tree([], n_nodes=1), hint_se.Graph.from_edges([], n_nodes=1)),
    }


TREES = trees()


@pytest.fixture(params=TREES)
def built(request):
    return TREES[request.param]


def below(tree, node):
    """The tree nodes in a subtree, by following children."""
    found = [node]
    for one in found:
        found += [child for child in range(tree.parent.size) if tree.parent[child] == one]
    return found


def ordered(tree):
    return order.preorder(tree.parent, tree.volume)


def test_preorder(built):
    tree, _ = built
    found = ordered(tree)
    assert sorted(found.node) == list(range(tree.parent.size))
    for position, node in enumerate(found.node.tolist()):
        inside = below(tree, node)
        assert sorted(found.node[position : position + found.span[position]]) == sorted(inside)
        assert found.leaves[position] == sum(one < tree.n_leaves for one in inside)
        assert found.inner[position] == (node >= tree.n_leaves)
        up = found.up[position]
        assert tree.parent[node] == (found.node[up] if up >= 0 else -1)
        sizes = [found.leaves[p] for p in range(found.node.size) if found.up[p] == position]
        assert sizes == sorted(sizes, reverse=True)


def test_members_are_those_with_the_most_weight_inside(built):
    tree, graph = built
    found, told = ordered(tree), []
    connections = members.by_weight_inside(found, graph.indptr, graph.indices, graph.weights, told.append)
    best = members.best(found, connections, told.append)
    assert all(0 <= share <= 1 for share in told)
    place = {int(node): position for position, node in enumerate(found.node)}
    large = {p for p in range(found.node.size) if found.leaves[p] > members.MOST}
    assert set(best) == large
    for position in large:
        inside = set(tree.leaves(int(found.node[position])).tolist())
        weight = {
            place[leaf]: sum(
                graph.weights[k]
                for k in range(graph.indptr[leaf], graph.indptr[leaf + 1])
                if int(graph.indices[k]) in inside
            )
            for leaf in inside
        }
        wanted = sorted((p for p in weight if weight[p] > 0), key=lambda p: (-weight[p], p))[: members.MOST]
        assert best[position] == wanted


def test_members_in_slices_are_the_same(built, monkeypatch):
    tree, graph = built
    found = ordered(tree)
    rows = (graph.indptr, graph.indices, graph.weights, lambda share: None)
    whole = members.best(found, members.by_weight_inside(found, *rows), lambda share: None)
    monkeypatch.setattr(members, "_SLICE", 7)
    assert members.best(found, members.by_weight_inside(found, *rows), lambda share: None) == whole


@pytest.mark.parametrize("turned", [False, True])
def test_light_edges_beside_heavy_ones_count(turned):
    """What is added up of one leaf knows nothing of the others: 10^17 + 1 is 10^17. Degrees go the other way here."""
    clique = [(a, b) for a in range(8) for b in range(a)]
    edges = np.array([(a + 8, b + 8) for a, b in clique] + clique + [(a, a + 8) for a in range(8)])
    weights = [1e17] * 28 + [1.0 + a + b for a, b in clique] + [100.0 * (8 - a) for a in range(8)]
    graph = hint_se.Graph.from_edges(15 - edges if turned else edges, weights)
    tree = hint_se.Tree.from_labels(graph, [0] * 8 + [1] * 8)
    found = order.preorder(tree.parent, tree.volume)
    connections = members.by_weight_inside(found, graph.indptr, graph.indices, graph.weights, lambda _: None)
    best = members.best(found, connections, lambda _: None).values()
    light = [7, 6, 5, 4, 3]
    assert [15 - a if turned else a for a in light] in [found.node[leading].tolist() for leading in best]


def test_members_without_the_graph_are_those_of_largest_degree(built):
    tree, _ = built
    found = ordered(tree)
    best = members.best(found, members.by_volume(found, tree.volume), lambda share: None)
    for position, leading in best.items():
        degrees = sorted((float(tree.volume[leaf]) for leaf in tree.leaves(int(found.node[position]))), reverse=True)
        assert [float(tree.volume[found.node[leaf]]) for leaf in leading] == degrees[: members.MOST]


@pytest.mark.parametrize("size", [1, 2, 5, 16, 1000])
def test_blocks_hold_every_node_once_and_hang_together(built, size):
    tree, _ = built
    found = ordered(tree)
    made = blocks.divided(found, size)
    assert sorted(np.concatenate(made.parts).tolist()) == list(range(found.node.size))
    assert made.parts[0][0] == 0
    hung = {(above, row): [] for above, some in enumerate(made.more) for row, _ in some}
    for number, part in enumerate(made.parts):
        assert part.size <= size
        assert (np.diff(part) > 0).all()
        assert (made.place[part] == number * size + np.arange(part.size)).all()
        for up, first, count in made.runs[number]:
            children = [p for p in part.tolist() if found.up[p] == up]
            assert (children[0], len(children)) == (first, count)
            hung[divmod(int(made.place[up]), size)].append((first, number, children))
    for (above, row), some in hung.items():
        assert [block for at, block in made.more[above] if at == row] == [number for _, number, _ in sorted(some)]
        # What is in a node's own block are its first children.
        up = int(made.parts[above][row])
        own = [p for p in made.parts[above].tolist() if found.up[p] == up]
        elsewhere = [child for _, _, children in sorted(some) for child in children]
        assert own + elsewhere == [p for p in range(found.node.size) if found.up[p] == up]
    # The first block has no smaller nodes than any other.
    assert found.leaves[made.parts[0]].min() >= max((found.leaves[part].max() for part in made.parts[1:]), default=0)
