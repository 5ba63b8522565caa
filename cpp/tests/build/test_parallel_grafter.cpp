// Grafts on several threads: the tree is the same for every number of them, and what it holds of each node is
// what a fresh count gives.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "build/blocks.hpp"
#include "build/leaf_order.hpp"
#include "build/parallel_grafter.hpp"
#include "hint_se/build/linkage.hpp"
#include "hint_se/tree/binary_tree.hpp"
#include "hint_se/tree/tree.hpp"
#include "samples.hpp"

using namespace hint_se;
using namespace hint_se::test;

namespace {

BinaryTree linked(const Graph& graph) {
    Monitor monitor;
    const auto parent = link_in_rounds(graph.view(), 0, monitor).parent;
    return binary_tree(graph.view(), canonical_parent(parent, graph.view().n_nodes()));
}

std::vector<NodeId> parents(const BinaryTree& tree) {
    std::vector<NodeId> all;
    for (const Rung& rung : tree.rungs) all.push_back(rung.parent);
    return all;
}

// Edges first, then a climb from either end: shares nothing with the moves.
void check_sums(const Graph& graph, const BinaryTree& tree) {
    const GraphView view = graph.view();
    const auto n = tree.nodes.size();
    std::vector<double> volume(n, 0.0);
    std::vector<double> joined(n, 0.0);
    for (NodeId v = 0; v < tree.n_leaves; ++v) {
        std::vector<bool> above(n, false);
        for (NodeId a = v; a >= 0; a = tree.parent(a)) {
            above[static_cast<std::size_t>(a)] = true;
            volume[static_cast<std::size_t>(a)] += view.degree(v);
        }
        for (auto e = view.begin(v); e < view.end(v); ++e) {
            NodeId meets = view.target(e);
            while (!above[static_cast<std::size_t>(meets)]) meets = tree.parent(meets);
            joined[static_cast<std::size_t>(meets)] += view.weight(e);
        }
    }
    for (std::size_t v = 0; v < n; ++v) {
        const BinaryNode& node = tree.nodes[v];
        CHECK(node.volume == doctest::Approx(volume[v]));
        CHECK(node.log_volume == log_of(node.volume));
        if (static_cast<NodeId>(v) < tree.n_leaves) continue;
        CHECK(std::abs(node.joined - joined[v]) < 1e-9);
        CHECK(tree.parent(node.left) == static_cast<NodeId>(v));
        CHECK(tree.parent(node.right) == static_cast<NodeId>(v));
    }
}

// Sparse and dense, with and without weights, and a hub.
Graph sample(std::uint32_t seed) {
    if (seed % 8 == 0) return random_graph(90, 400, seed, seed % 16 == 0);
    if (seed % 8 == 1) return star(60);
    return random_graph(60 + static_cast<NodeId>(seed), 150 + 2 * static_cast<int>(seed), seed,
                        seed % 2 == 0);
}

}  // namespace

TEST_CASE("grafts on any number of threads make the same tree, with the right sums") {
    std::int64_t conflicts = 0;
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        const Graph graph = sample(seed);
        const BinaryTree start = linked(graph);
        const Shares shares{seed % 3 == 0 ? 4 : 16, seed % 2 == 0 ? 4 : 32};
        const std::int64_t max_visits = (seed % 5 == 0 ? 4 : 1) * std::int64_t{start.n_leaves};
        BinaryTree first;
        for (const int n_threads : {1, 2, 3, 4, 8, 16}) {
            Monitor monitor;
            BinaryTree tree = start;
            ParallelGrafter grafter(graph.view(), tree, shares, n_threads);
            const double gained = grafter.run(max_visits, monitor);
            if (n_threads == 1) {
                CHECK(gained >= -1e-9);
                CHECK(joined_cost(start) - joined_cost(tree) == doctest::Approx(gained));
                check_sums(graph, tree);
                conflicts += grafter.n_conflicts();
                first = tree;
            }
            REQUIRE(parents(tree) == parents(first));
        }
    }
    CHECK(conflicts > 0);  // else nothing was shown about them
}

TEST_CASE("blocks hold each leaf once and meet where their leaves do") {
    const Graph graph = random_graph(300, 900, 5, false);
    const BinaryTree tree = linked(graph);
    const Blocks blocks(tree, 8);
    NodeId n_leaves = 0;
    for (NodeId block = 0; block < blocks.size(); ++block) {
        CHECK(blocks.leaves(block).size() <= 8);
        for (const NodeId leaf : blocks.leaves(block)) {
            ++n_leaves;
            CHECK(blocks.of(leaf) == block);
            NodeId a = leaf;
            while (a >= 0 && a != blocks.above(block)) a = tree.parent(a);
            CHECK(a == blocks.above(block));
        }
    }
    CHECK(n_leaves == tree.n_leaves);
    const auto above = [&](NodeId v) {
        std::vector<NodeId> all;
        for (; v >= 0; v = tree.parent(v)) all.push_back(v);
        return all;
    };
    const auto one = above(blocks.leaves(0).front());
    const auto other = above(blocks.leaves(blocks.size() - 1).front());
    for (const NodeId a : one) {
        if (std::find(other.begin(), other.end(), a) == other.end()) continue;
        CHECK(blocks.log_common(0, blocks.size() - 1) == tree[a].log_volume);
        break;
    }
}

TEST_CASE("labels lie in the spans of the nodes above their leaves and of no others, also after moves") {
    const Graph graph = random_graph(40, 120, 3, false);
    BinaryTree tree = linked(graph);
    LeafOrder order(tree);
    for (NodeId leaf = 0; leaf < 30; ++leaf) {
        // Out of its place, and beside one that is neither above nor beside it.
        const NodeId node = tree.parent(leaf);
        const NodeId above = tree.parent(node);
        const NodeId to = (leaf + 7) % tree.n_leaves;
        if (above < 0 || tree.parent(to) == node) continue;
        const NodeId sibling = tree[node].left == leaf ? tree[node].right : tree[node].left;
        (tree[above].left == node ? tree[above].left : tree[above].right) = sibling;
        tree.rung(sibling).parent = above;
        REQUIRE(order.has_room(tree, to));
        order.put_beside(tree, leaf, node, to);
    }
    for (NodeId leaf = 0; leaf < tree.n_leaves; ++leaf) {
        std::vector<bool> is_above(tree.nodes.size(), false);
        for (NodeId a = leaf; a >= 0; a = tree.parent(a)) is_above[static_cast<std::size_t>(a)] = true;
        for (NodeId v = 0; v < static_cast<NodeId>(tree.nodes.size()); ++v)
            CHECK(order.span(v).holds(order.label(leaf)) == is_above[static_cast<std::size_t>(v)]);
    }
}

TEST_CASE("a place runs out of room after as many halvings as its gap allows") {
    const Graph graph = random_graph(200, 600, 4, false);
    BinaryTree tree = linked(graph);
    LeafOrder order(tree);
    NodeId place = 0;
    int moved = 0;
    for (NodeId leaf = 1; leaf < tree.n_leaves && order.has_room(tree, place); ++leaf) {
        const NodeId node = tree.parent(leaf);
        const NodeId above = tree.parent(node);
        if (above < 0 || tree.parent(place) == node) continue;
        const NodeId sibling = tree[node].left == leaf ? tree[node].right : tree[node].left;
        (tree[above].left == node ? tree[above].left : tree[above].right) = sibling;
        tree.rung(sibling).parent = above;
        order.put_beside(tree, leaf, node, place);
        CHECK(order.span(node).holds(order.label(leaf)));
        CHECK(order.label(leaf) != order.label(place));
        ++moved;
    }
    CHECK(!order.has_room(tree, place));
    CHECK(moved >= 50);  // 2^62 / 200 is more than 2^54
    CHECK(moved <= 64);
}

TEST_CASE("grafts on several threads stop where the monitor says") {
    const Graph graph = random_graph(300, 900, 1, false);
    for (const int n_threads : {1, 3}) {
        BinaryTree tree = linked(graph);
        Monitor monitor([](std::string_view, double) { throw std::runtime_error("stop"); });
        CHECK_THROWS_WITH(ParallelGrafter(graph.view(), tree, {8, 16}, n_threads).run(300, monitor), "stop");
    }
}
