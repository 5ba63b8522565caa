// Division into components against sets: every component of every node but the root, and nothing else.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "hint_se/build/build.hpp"
#include "hint_se/tree/connected.hpp"
#include "hint_se/tree/entropy.hpp"
#include "hint_se/tree/tree.hpp"
#include "samples.hpp"

using namespace hint_se;
using namespace hint_se::test;

namespace {

using Set = std::set<NodeId>;

// A tree over n leaves that knows nothing of the graph: groups of neighbours in a random order are closed
// until one is left.
std::vector<NodeId> random_tree(NodeId n, std::uint32_t seed) {
    Lcg random(seed);
    std::vector<NodeId> forest(static_cast<std::size_t>(n));
    std::iota(forest.begin(), forest.end(), 0);
    for (std::size_t k = forest.size(); k > 1; --k)
        std::swap(forest[k - 1], forest[static_cast<std::size_t>(random.below(static_cast<NodeId>(k)))]);
    std::vector<NodeId> parent(static_cast<std::size_t>(n), -1);
    while (forest.size() > 1) {
        const auto most = static_cast<NodeId>(std::min<std::size_t>(forest.size(), 6));
        const auto size = 2 + random.below(most - 1);
        const auto start = random.below(static_cast<NodeId>(forest.size()) - size + 1);
        const auto joint = static_cast<NodeId>(parent.size());
        parent.push_back(-1);
        for (NodeId k = start; k < start + size; ++k)
            parent[static_cast<std::size_t>(forest[static_cast<std::size_t>(k)])] = joint;
        forest.erase(forest.begin() + start + 1, forest.begin() + start + size);
        forest[static_cast<std::size_t>(start)] = joint;
    }
    return canonical_parent(parent, n);
}

std::vector<Set> components(const Graph& graph, Set nodes) {
    std::vector<Set> found;
    while (!nodes.empty()) {
        Set part;
        std::vector<NodeId> open{*nodes.begin()};
        while (!open.empty()) {
            const NodeId v = open.back();
            open.pop_back();
            if (nodes.erase(v) == 0) continue;
            part.insert(v);
            for (auto e = graph.view().begin(v); e < graph.view().end(v); ++e)
                open.push_back(graph.view().target(e));
        }
        found.push_back(part);
    }
    return found;
}

Set leaf_set(const std::vector<NodeId>& parent, NodeId n, NodeId node) {
    const std::vector<NodeId> below = leaves(parent, n, node);
    return {below.begin(), below.end()};
}

// The sets of more than one leaf below nodes other than the root, divided or as they are.
std::set<Set> sets_of(const Graph& graph, const std::vector<NodeId>& parent, bool divided) {
    const NodeId n = graph.view().n_nodes();
    std::set<Set> sets;
    for (NodeId v = n; v + 1 < static_cast<NodeId>(parent.size()); ++v) {
        const Set whole = leaf_set(parent, n, v);
        for (const Set& part : divided ? components(graph, whole) : std::vector<Set>{whole}) {
            if (part.size() > 1) sets.insert(part);
        }
    }
    return sets;
}

NodeId tallest(const std::vector<NodeId>& parent) {
    const std::vector<NodeId> depth = depths(parent);
    return *std::max_element(depth.begin(), depth.end());
}

}  // namespace

TEST_CASE("a divided tree has the components of the old communities, no deeper leaf and less entropy") {
    int n_divided = 0;
    for (std::uint32_t seed = 0; seed < 300; ++seed) {
        const auto n = static_cast<NodeId>(2 + seed % 40);
        Graph graph = random_graph(n, static_cast<int>(seed % 5) * n / 2, seed, seed % 2 == 0);
        if (seed % 3 == 0) graph = with_loops(std::move(graph), seed);
        const std::vector<NodeId> before = random_tree(n, seed);
        std::vector<NodeId> parent = before;
        Monitor monitor;
        const bool is_divided = divide_into_components(graph.view(), parent, monitor);
        n_divided += is_divided;
        CHECK_NOTHROW(validate_parent(parent, n));
        CHECK(is_divided == (parent != before));
        CHECK(parent == canonical_parent(parent, n));
        const std::set<Set> expected = sets_of(graph, before, true);
        // The leaves of the root may be one component of a community that was divided.
        CHECK(sets_of(graph, parent, false) == expected);
        CHECK(tallest(parent) <= tallest(before));
        CHECK(entropy_by_sets(graph, parent) <= entropy_by_sets(graph, before) + 1e-12);
        CHECK_FALSE(divide_into_components(graph.view(), parent, monitor));
    }
    CHECK(n_divided > 100);
}

TEST_CASE("only what is suspected is divided") {
    // Two pairs in each of two communities, without an edge between the pairs.
    const Graph graph = graph_of({0, 1, 2, 3, 4, 5, 6, 7, 3, 4}, 8);
    const std::vector<NodeId> before{8, 8, 8, 8, 9, 9, 9, 9, 10, 10, -1};
    Monitor monitor;
    std::vector<NodeId> parent = before;
    CHECK_FALSE(divide_into_components(graph.view(), parent, std::vector<bool>(11, false), monitor));
    CHECK(parent == before);
    std::vector<bool> suspected(11, false);
    suspected[9] = suspected[10] = true;
    CHECK(divide_into_components(graph.view(), parent, suspected, monitor));
    CHECK(parent == std::vector<NodeId>{8, 8, 8, 8, 9, 9, 10, 10, 11, 11, 11, -1});
}

TEST_CASE("a chain that falls apart at every node is divided in one go") {
    // Leaf k joins the chain at height k and is linked to leaf k + 2 alone: no node hangs together.
    const NodeId n = 400;
    std::vector<NodeId> pairs;
    for (NodeId v = 0; v + 2 < n; ++v) pairs.insert(pairs.end(), {v, v + 2});
    const Graph graph = graph_of(pairs, n);
    std::vector<NodeId> parent{n, n};
    for (NodeId v = 2; v < n; ++v) parent.push_back(n + v - 1);
    for (NodeId v = n; v + 2 < 2 * n; ++v) parent.push_back(v + 1);
    parent.push_back(-1);
    Monitor monitor;
    CHECK(divide_into_components(graph.view(), parent, monitor));
    CHECK(sets_of(graph, parent, false) == sets_of(graph, parent, true));
    CHECK(parent.size() == static_cast<std::size_t>(2 * n - 2));  // the odd leaf of the root stays alone
    CHECK(tallest(parent) == n / 2);
}

TEST_CASE("every community of a built tree hangs together") {
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
        const auto n = static_cast<NodeId>(5 + 2 * seed);
        Graph graph = random_graph(n, static_cast<int>(n / 2 + seed % 3 * n), seed, seed % 2 == 0);
        if (seed % 3 == 0) graph = with_loops(std::move(graph), seed);
        BuildOptions options;
        options.seed = seed;
        options.algorithm = seed % 4 == 3 ? Algorithm::kMergeCompress : Algorithm::kAuto;
        for (const Effort effort : {Effort::kFast, Effort::kDefault, Effort::kBest}) {
            if (effort == Effort::kBest && seed % 10 != 0) continue;
            options.effort = effort;
            double lower = 1e300;
            for (const NodeId height : {2, 3, 4, 5, 7, 0}) {
                options.height = height;
                Monitor monitor;
                const std::vector<NodeId> parent = build_tree(graph.view(), options, monitor).parent;
                CHECK(sets_of(graph, parent, false) == sets_of(graph, parent, true));
                const double entropy = entropy_by_sets(graph, parent);
                CHECK(entropy <= lower + 1e-12);
                lower = entropy;
            }
        }
    }
}
