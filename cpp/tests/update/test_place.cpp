// New leaves in a tree: against the graph of old and new edges, built beside it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "edits.hpp"
#include "hint_se/build/linkage.hpp"
#include "hint_se/tree/tree.hpp"
#include "hint_se/update/place.hpp"
#include "samples.hpp"

using namespace hint_se;
using namespace hint_se::test;

namespace {

// The graph of the edges that have an end from `first` on, over all nodes; or that of the others, over those
// below.
Graph part_of(const Graph& graph, NodeId first, bool later) {
    std::vector<NodeId> pairs;
    std::vector<double> weights;
    for (const auto& [pair, weight] : weights_of(graph)) {
        if ((pair.second >= first) != later) continue;
        pairs.insert(pairs.end(), {pair.first, pair.second});
        weights.push_back(weight);
    }
    return graph_of(pairs, later ? graph.view().n_nodes() : first, weights);
}

std::set<std::set<NodeId>> leaf_sets(const std::vector<NodeId>& parent, NodeId n) {
    std::vector<std::set<NodeId>> below(parent.size());
    for (NodeId v = 0; v < n; ++v) {
        for (NodeId a = v; a >= 0; a = parent[static_cast<std::size_t>(a)])
            below[static_cast<std::size_t>(a)].insert(v);
    }
    std::set<std::set<NodeId>> sets(below.begin(), below.end());
    sets.erase(std::set<NodeId>{});
    return sets;
}

}  // namespace

TEST_CASE("placed leaves leave the others where they are, and volumes and cuts are exact") {
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
        const NodeId n = 40;
        const NodeId first = 30;
        const Graph graph = random_graph(n, seed % 2 == 0 ? 90 : 30, seed, seed % 3 == 0);
        const Graph before = part_of(graph, first, false);
        const Graph added = part_of(graph, first, true);
        for (const NodeId height : {0, 1, 2, 4}) {
            Monitor monitor;
            auto parent = canonical_parent(link_in_rounds(before.view(), 0, monitor).parent, first);
            if (height > 0) parent = std::vector<NodeId>(static_cast<std::size_t>(first), first);
            if (height > 0) parent.push_back(-1);
            const Tree tree = tree_from_parent(before.view(), parent, monitor);
            const Tree placed = place_leaves(added.view(), tree, height, monitor);
            CHECK_NOTHROW(validate_parent(placed.parent, n));
            CHECK(canonical_parent(placed.parent, n) == placed.parent);
            const auto depth = depths(placed.parent);
            if (height > 0) CHECK(*std::max_element(depth.begin(), depth.end()) <= height);
            const Tree fresh = tree_from_parent(graph.view(), placed.parent, monitor);
            for (std::size_t v = 0; v < placed.parent.size(); ++v) {
                CHECK(placed.volume[v] == doctest::Approx(fresh.volume[v]).epsilon(1e-12));
                CHECK(std::abs(placed.cut[v] - fresh.cut[v]) <= 1e-9 * total_weight(graph));
            }
            const auto kept = leaf_sets(placed.parent, first);
            for (const auto& leaves : leaf_sets(tree.parent, first)) CHECK(kept.contains(leaves));
        }
    }
}

TEST_CASE("nothing is placed in a tree of one leaf, which stays as it is") {
    Monitor monitor;
    const Graph lone = graph_of({}, 1);
    const Tree tree = tree_from_parent(lone.view(), std::vector<NodeId>{-1}, monitor);
    for (const NodeId height : {0, 1, 2})
        CHECK(place_leaves(lone.view(), tree, height, monitor).parent == tree.parent);
}
