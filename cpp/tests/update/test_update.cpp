// What brings a tree to a changed graph: each step against sets or a recomputation.
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "edits.hpp"
#include "graph/components.hpp"
#include "hint_se/build/compress.hpp"
#include "hint_se/build/linkage.hpp"
#include "hint_se/errors.hpp"
#include "hint_se/graph/edit.hpp"
#include "hint_se/tree/entropy.hpp"
#include "hint_se/tree/tree.hpp"
#include "hint_se/update/update.hpp"
#include "samples.hpp"
#include "update/draft.hpp"
#include "update/open_tree.hpp"
#include "update/relocator.hpp"
#include "update/splitter.hpp"

using namespace hint_se;
using namespace hint_se::test;

namespace {

// The smallest node of each node's component, by repeated passes over the edges.
std::vector<NodeId> component_of(const Graph& graph) {
    std::vector<NodeId> group(static_cast<std::size_t>(graph.view().n_nodes()));
    std::iota(group.begin(), group.end(), 0);
    for (bool changed = true; changed;) {
        changed = false;
        for (const auto& [pair, weight] : weights_of(graph)) {
            auto& u = group[static_cast<std::size_t>(pair.first)];
            auto& v = group[static_cast<std::size_t>(pair.second)];
            if (u == v) continue;
            u = v = std::min(u, v);
            changed = true;
        }
    }
    return group;
}

Tree linked_tree(const Graph& graph, NodeId height = 0) {
    Monitor monitor;
    const NodeId n = graph.view().n_nodes();
    auto parent = canonical_parent(link_in_rounds(graph.view(), 0, monitor).parent, n);
    if (height > 0) parent = restrict_height(graph.view(), parent, height, monitor);
    return tree_from_parent(graph.view(), parent, monitor);
}

double entropy(const Graph& graph, const Tree& tree) { return structural_entropy(graph.view(), tree.parent); }

void check_valid(const Graph& graph, const Tree& tree) {
    Monitor monitor;
    CHECK_NOTHROW(validate_parent(tree.parent, graph.view().n_nodes()));
    CHECK(canonical_parent(tree.parent, graph.view().n_nodes()) == tree.parent);
    const Tree fresh = tree_from_parent(graph.view(), tree.parent, monitor);
    const double slack = 1e-9 * total_weight(graph);
    for (std::size_t v = 0; v < tree.parent.size(); ++v) {
        CHECK(std::abs(tree.volume[v] - fresh.volume[v]) <= slack);
        CHECK(std::abs(tree.cut[v] - fresh.cut[v]) <= slack);
    }
}

}  // namespace

TEST_CASE("what falls off is every new component but one of each old component") {
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        Lcg random(seed + 100);
        const Graph before = random_graph(40, 45, seed);
        std::vector<std::int64_t> removed;
        std::vector<Pair> pairs;
        for (const auto& [pair, weight] : weights_of(before)) {
            if (random.below(4) != 0) continue;
            removed.insert(removed.end(), {pair.first, pair.second});
            pairs.push_back(pair);
        }
        const Graph after = edited(before, {}, removed, 40).graph;
        Monitor monitor;
        std::set<std::set<NodeId>> fallen;
        for (const auto& part : fallen_off(after.view(), pairs, monitor))
            CHECK(fallen.insert(std::set(part.begin(), part.end())).second);
        const auto old_group = component_of(before);
        const auto new_group = component_of(after);
        std::map<NodeId, std::map<NodeId, std::set<NodeId>>> parts;  // by old component, then by new one
        for (NodeId v = 0; v < 40; ++v)
            parts[old_group[static_cast<std::size_t>(v)]][new_group[static_cast<std::size_t>(v)]].insert(v);
        int n_fallen = 0;
        for (const auto& [old_one, new_ones] : parts) {
            int n_kept = 0;
            for (const auto& [id, part] : new_ones) ++(fallen.contains(part) ? n_fallen : n_kept);
            CHECK(n_kept == 1);
        }
        CHECK(n_fallen == static_cast<int>(fallen.size()));
    }
}

TEST_CASE("moves of leaves and subtrees lower the entropy by what they say") {
    for (std::uint32_t seed = 0; seed < 4; ++seed) {
        const Graph graph = with_loops(random_graph(60, 150, seed, seed % 2 == 0), seed);
        const double total =
            std::accumulate(graph.extra_volume.begin(), graph.extra_volume.end(), total_weight(graph));
        for (const NodeId height : {0, 2, 3, 4}) {
            Monitor monitor;
            Tree tree = linked_tree(graph, height);
            int n_moves = 0;
            for (NodeId unit = 0; unit + 1 < static_cast<NodeId>(tree.parent.size()); ++unit) {
                const double before = entropy(graph, tree);
                OpenTree open(draft_of(graph.view(), tree, {}, height, monitor), monitor);
                const double volume = open.volume(open.root());
                CHECK(volume / open.scaled(1.0) == doctest::Approx(total).epsilon(1e-12));
                const double gained = Relocator(graph.view(), open, height).try_unit(unit);
                tree = std::move(open).closed(monitor);
                CHECK(before - entropy(graph, tree) == doctest::Approx(gained / volume).epsilon(1e-7));
                const auto depth = depths(tree.parent);
                if (height > 0) CHECK(*std::max_element(depth.begin(), depth.end()) <= height);
                n_moves += gained > 0.0;
            }
            check_valid(graph, tree);
            CHECK(n_moves > 0);
        }
    }
}

TEST_CASE("divisions of communities lower the entropy by what they say") {
    int n_divided = 0;
    for (std::uint32_t seed = 0; seed < 6; ++seed) {
        // Two cliques that hang together in one community.
        std::vector<NodeId> pairs;
        for (NodeId u = 0; u < 12; ++u) {
            for (NodeId v = u + 1; v < 12; ++v) {
                if (u / 6 == v / 6) pairs.insert(pairs.end(), {u, v});
            }
        }
        pairs.insert(pairs.end(), {0, 6, 3, 12, 12, 13, 13, 14, 12, 14, static_cast<NodeId>(seed), 13});
        const Graph graph = graph_of(pairs, 15);
        Monitor monitor;
        const std::vector<NodeId> parent{15, 15, 15, 15, 15, 15, 15, 15, 15,
                                         15, 15, 15, 16, 16, 16, 17, 17, -1};
        const Tree tree = tree_from_parent(graph.view(), parent, monitor);
        OpenTree open(draft_of(graph.view(), tree, {}, 2, monitor), monitor);
        const double volume = open.volume(open.root());
        const double gained = Splitter(graph.view(), open).try_node(15);
        const Tree after = std::move(open).closed(monitor);
        CHECK(entropy(graph, tree) - entropy(graph, after) == doctest::Approx(gained / volume).epsilon(1e-9));
        check_valid(graph, after);
        n_divided += gained > 0.0;
    }
    CHECK(n_divided == 6);
}

TEST_CASE("a chain of updates keeps every invariant") {
    for (std::uint32_t seed = 0; seed < 12; ++seed) {
        for (const NodeId height : {0, 1, 2, 3}) {
            Lcg random(seed);
            Monitor monitor;
            Graph graph = random_graph(50, 90, seed, true);
            if (seed % 2 == 1) graph = with_loops(std::move(graph), seed);
            Tree tree = linked_tree(graph, height);
            for (int step = 0; step < 6; ++step) {
                const RandomEdit edit = random_edit(graph, 5, random);
                CHECK_NOTHROW(check_tree_of(graph.view(), tree, monitor));
                EditedGraph next = edited(graph, edit.added, edit.removed, edit.n_nodes, edit.weights);
                tree = update_tree(next.graph.view(), std::move(tree), next.changes, height, monitor);
                graph = std::move(next.graph);
                check_valid(graph, tree);
                const auto depth = depths(tree.parent);
                if (height > 0) CHECK(*std::max_element(depth.begin(), depth.end()) <= height);
                CHECK(entropy(graph, tree) ==
                      doctest::Approx(entropy_by_sets(graph, tree.parent)).epsilon(1e-9));
            }
        }
    }
}

TEST_CASE("a tree of another graph is refused") {
    Monitor monitor;
    const Graph graph = random_graph(20, 40, 1);
    const Graph other = random_graph(20, 40, 2);
    const Tree tree = linked_tree(graph);
    CHECK_THROWS_AS(check_tree_of(other.view(), tree, monitor), TreeError);
    CHECK_THROWS_AS(check_tree_of(random_graph(21, 40, 1).view(), tree, monitor), TreeError);
    CHECK_THROWS_AS(check_tree_of(with_loops(graph, 1).view(), tree, monitor), TreeError);
    Tree of_other_cuts = linked_tree(with_loops(graph, 1));
    CHECK_NOTHROW(check_tree_of(with_loops(graph, 1).view(), of_other_cuts, monitor));
    of_other_cuts.cut[3] += 0.5;
    CHECK_THROWS_AS(check_tree_of(with_loops(graph, 1).view(), of_other_cuts, monitor), TreeError);
    Tree short_of_volumes = tree;
    short_of_volumes.volume.pop_back();
    CHECK_THROWS_AS(check_tree_of(graph.view(), short_of_volumes, monitor), TreeError);
}
