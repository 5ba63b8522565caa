#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "hint_se/build/linkage.hpp"
#include "hint_se/tree/entropy.hpp"
#include "hint_se/tree/tree.hpp"
#include "samples.hpp"

using namespace hint_se;
using namespace hint_se::test;

namespace {

// Merge straight from its definition: all pairs are looked at before every merge.
std::vector<double> greedy_gains(const Graph& graph) {
    const double total =
        std::accumulate(graph.extra_volume.begin(), graph.extra_volume.end(), total_weight(graph));
    std::map<NodeId, double> volume;
    std::map<std::pair<NodeId, NodeId>, double> weight;
    for (NodeId v = 0; v < graph.view().n_nodes(); ++v) {
        volume[v] = graph.view().extra(v);
        for (auto e = graph.view().begin(v); e < graph.view().end(v); ++e) {
            volume[v] += graph.view().weight(e);
            if (v < graph.view().target(e)) weight[{v, graph.view().target(e)}] = graph.view().weight(e);
        }
    }
    std::vector<double> gains;
    while (!weight.empty()) {
        double best = -1.0;
        std::pair<NodeId, NodeId> pair;
        for (const auto& [ends, w] : weight) {
            const double gain = w / total * std::log2(total / (volume[ends.first] + volume[ends.second]));
            if (gain > best + 1e-15) {
                best = gain;
                pair = ends;
            }
        }
        gains.push_back(best);
        volume[pair.first] += volume[pair.second];
        std::map<std::pair<NodeId, NodeId>, double> next;
        for (const auto& [ends, w] : weight) {
            NodeId a = ends.first == pair.second ? pair.first : ends.first;
            NodeId b = ends.second == pair.second ? pair.first : ends.second;
            if (a > b) std::swap(a, b);
            if (a != b) next[{a, b}] += w;
        }
        weight = std::move(next);
    }
    return gains;
}

}  // namespace

TEST_CASE("the lazy heap merges what the definition merges") {
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        // Weights without ties, so that the order of merges is the same for both.
        Graph graph = random_graph(16, 40, seed / 2, true);
        if (seed % 2 == 1) graph = with_loops(std::move(graph), seed);
        Monitor monitor;
        const std::vector<NodeId> parent = canonical_parent(link_greedily(graph.view(), monitor), 16);
        const Tree tree = tree_from_parent(graph.view(), parent, monitor);
        double sum = 0.0;
        for (const double gain : greedy_gains(graph)) sum += gain;
        const double entropy = structural_entropy(graph.view(), parent);
        CHECK(one_dimensional_entropy(graph.view()) - 2.0 * sum == doctest::Approx(entropy).epsilon(1e-9));
    }
}

TEST_CASE("pendants of one weight and different loops are told apart") {
    // A star of edges of one weight; the loops alone say in which order they merge.
    Graph graph = star(12);
    graph.extra_volume.assign(13, 0.0);
    for (std::size_t v = 1; v < 13; ++v) graph.extra_volume[v] = static_cast<double>((5 * v) % 13);
    Monitor monitor;
    const std::vector<NodeId> parent = canonical_parent(link_greedily(graph.view(), monitor), 13);
    double sum = 0.0;
    for (const double gain : greedy_gains(graph)) sum += gain;
    CHECK(one_dimensional_entropy(graph.view()) - 2.0 * sum ==
          doctest::Approx(structural_entropy(graph.view(), parent)).epsilon(1e-12));
}

TEST_CASE("rounds make a valid tree of bounded height of stars, paths and cliques") {
    Monitor monitor;
    const Graph graphs[] = {star(20'000), path(20'000), random_graph(300, 40'000, 1)};
    for (const Graph& graph : graphs) {
        const NodeId n = graph.view().n_nodes();
        const auto parent = canonical_parent(link_in_rounds(graph.view(), 0, monitor).parent, n);
        CHECK_NOTHROW(validate_parent(parent, n));
        const auto depth = depths(parent);
        CHECK(*std::max_element(depth.begin(), depth.end()) < 40);
    }
}

TEST_CASE("greedy merging of a star takes one leaf after the other") {
    Monitor monitor;
    const auto parent = canonical_parent(link_greedily(star(5'000).view(), monitor), 5'001);
    const auto depth = depths(parent);
    CHECK(*std::max_element(depth.begin(), depth.end()) == 5'000);
}

TEST_CASE("components are joined at the root") {
    Monitor monitor;
    const Graph graph = graph_of({0, 1, 2, 3}, 6);
    const std::vector<NodeId> expected{6, 6, 7, 7, 8, 8, 8, 8, -1};
    CHECK(canonical_parent(link_in_rounds(graph.view(), 0, monitor).parent, 6) == expected);
    CHECK(canonical_parent(link_greedily(graph.view(), monitor), 6) == expected);
}
