// Local moving with groups of leaves, and two searches side by side.
#include <doctest/doctest.h>

#include <stdexcept>

#include "hint_se/build/build.hpp"
#include "hint_se/build/compress.hpp"
#include "hint_se/build/groups.hpp"
#include "hint_se/build/linkage.hpp"
#include "hint_se/tree/entropy.hpp"
#include "hint_se/tree/tree.hpp"
#include "parallel.hpp"
#include "samples.hpp"

using namespace hint_se;
using namespace hint_se::test;

namespace {

std::vector<NodeId> linked(const Graph& graph) {
    Monitor monitor;
    return canonical_parent(link_in_rounds(graph.view(), 0, monitor).parent, graph.view().n_nodes());
}

}  // namespace

TEST_CASE("moves with groups lower the entropy by what they say, on any number of threads") {
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
        const auto n = static_cast<NodeId>(20 + 5 * seed);
        Graph graph = random_graph(n, 3 * n, seed, seed % 2 == 0);
        if (seed % 3 == 0) graph = with_loops(std::move(graph), seed);
        const double total =
            total_weight(graph) + std::accumulate(graph.extra_volume.begin(), graph.extra_volume.end(), 0.0);
        Monitor monitor;
        const auto tree = linked(graph);
        for (const NodeId height : {2, 3, 4}) {
            const auto start = restrict_height(graph.view(), tree, height, monitor);
            const Tiers tiers = tiers_of(graph.view(), start, height);
            const Tiers grown = with_groups_above_leaves(graph.view(), tiers, tree, monitor);
            CHECK(joined_cost(grown) <= joined_cost(tiers) + 1e-9);
            for (const bool is_fresh : {false, true}) {
                Tiers moved = is_fresh ? grown : tiers;
                const double before = structural_entropy(graph.view(), parent_of(moved));
                const double gained = move_with_groups(graph.view(), moved, tree, is_fresh, 0.0, monitor);
                const auto after = parent_of(moved);
                CHECK(gained >= 0.0);
                CHECK(before - structural_entropy(graph.view(), after) ==
                      doctest::Approx(gained / total).epsilon(1e-7));
                Tiers on_three = is_fresh ? grown : tiers;
                move_with_groups(graph.view(), on_three, tree, is_fresh, 0.0, monitor, 3);
                CHECK(parent_of(on_three) == after);
            }
        }
    }
}

TEST_CASE(
    "a large tree of limited height is the same for any number of threads, and no lower limit is better") {
    const NodeId n = 66'000;
    std::vector<NodeId> pairs;
    for (NodeId v = 0; v < n; ++v) pairs.insert(pairs.end(), {v, (v + 1) % n});
    for (NodeId v = 0; v < n; v += 3) pairs.insert(pairs.end(), {v, (v + 7) % n});
    const Graph graph = graph_of(pairs, n);
    Monitor monitor;
    double entropy = one_dimensional_entropy(graph.view());
    for (const NodeId height : {2, 3}) {
        BuildOptions options;
        options.height = height;
        const Tree tree = build_tree(graph.view(), options, monitor);
        options.n_threads = 4;
        CHECK(build_tree(graph.view(), options, monitor).parent == tree.parent);
        const auto depth = depths(tree.parent);
        CHECK(*std::max_element(depth.begin(), depth.end()) <= height);
        CHECK(structural_entropy(graph.view(), tree.parent) < entropy);
        entropy = structural_entropy(graph.view(), tree.parent);
    }
}

TEST_CASE("works side by side both end, and what either throws arrives") {
    Monitor monitor;
    for (const int n_threads : {1, 2}) {
        int first = 0;
        int second = 0;
        side_by_side(n_threads, monitor, [&](Monitor&) { first = 1; }, [&](Monitor&) { second = 2; });
        CHECK(first + second == 3);
        const auto fail = [](Monitor&) { throw std::runtime_error("no"); };
        CHECK_THROWS_AS(side_by_side(n_threads, monitor, [](Monitor&) {}, fail), std::runtime_error);
        CHECK_THROWS_AS(side_by_side(n_threads, monitor, fail, [](Monitor&) {}), std::runtime_error);
    }
    // The second never ends by itself: the first stops it.
    CHECK_THROWS_AS(side_by_side(
                        2, monitor, [](Monitor&) { throw std::runtime_error("no"); },
                        [](Monitor& own) {
                            for (;;) own.check(0.0);
                        }),
                    std::runtime_error);
}
