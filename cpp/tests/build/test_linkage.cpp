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

struct Merges {
    std::vector<NodeId> parent;
    double gained = 0.0;
};

// Merge straight from its definition: all pairs are looked at before every merge. The cluster with more
// neighbours keeps its id, the smaller of equal ones.
Merges defined_merges(const Graph& graph) {
    const NodeId n = graph.view().n_nodes();
    double total = 0.0;
    std::map<NodeId, double> volume;
    std::map<NodeId, NodeId> top;
    std::map<NodeId, std::map<NodeId, double>> weight;
    Merges result{std::vector<NodeId>(static_cast<std::size_t>(n), -1)};
    for (NodeId v = 0; v < n; ++v) {
        for (auto e = graph.view().begin(v); e < graph.view().end(v); ++e)
            volume[v] += weight[v][graph.view().target(e)] = graph.view().weight(e);
        volume[v] += graph.view().extra(v);
        total += volume[v];
        top[v] = v;
    }
    while (true) {
        double best = -1.0;
        std::pair<NodeId, NodeId> pair(-1, -1);
        for (const auto& [a, row] : weight) {
            for (const auto& [b, w] : row) {
                const double gain = a < b ? w / total * std::log2(total / (volume[a] + volume[b])) : -1.0;
                if (gain > best) {
                    best = gain;
                    pair = {a, b};
                }
            }
        }
        if (pair.first < 0) break;
        result.gained += best;
        auto [kept, gone] = pair;
        if (weight[kept].size() < weight[gone].size()) std::swap(kept, gone);
        const auto joined = static_cast<NodeId>(result.parent.size());
        for (const NodeId end : {kept, gone}) result.parent[static_cast<std::size_t>(top[end])] = joined;
        result.parent.push_back(-1);
        top[kept] = joined;
        volume[kept] += volume[gone];
        for (const auto& [other, w] : weight[gone]) {
            weight[other].erase(gone);
            if (other != kept) weight[kept][other] = weight[other][kept] += w;
        }
        weight.erase(gone);
    }
    if (std::count(result.parent.begin(), result.parent.end(), -1) > 1) {
        const auto root = static_cast<NodeId>(result.parent.size());
        std::replace(result.parent.begin(), result.parent.end(), NodeId{-1}, root);
        result.parent.push_back(-1);
    }
    return result;
}

// Nodes 0 to n_hubs - 1, and as many others linked to each of them.
Graph biclique(NodeId n_hubs, NodeId n_others) {
    std::vector<NodeId> ends;
    for (NodeId hub = 0; hub < n_hubs; ++hub) {
        for (NodeId v = n_hubs; v < n_hubs + n_others; ++v) ends.insert(ends.end(), {hub, v});
    }
    return graph_of(ends, n_hubs + n_others);
}

// The weight of each edge by `weigh`, from its ends.
template <class Weigh>
Graph weighed(Graph graph, Weigh weigh) {
    const auto view = graph.view();
    for (NodeId v = 0; v < view.n_nodes(); ++v) {
        for (auto e = view.begin(v); e < view.end(v); ++e)
            graph.weights[static_cast<std::size_t>(e)] =
                weigh(std::min(v, view.target(e)), std::max(v, view.target(e)));
    }
    return graph;
}

}  // namespace

TEST_CASE("greedy merging merges what the definition merges") {
    Monitor monitor;
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        Graph graph = random_graph(16, 40, seed / 2, seed % 3 > 0);
        if (seed % 2 == 1) graph = with_loops(std::move(graph), seed);
        CHECK(link_greedily(graph.view(), monitor) == defined_merges(graph).parent);
    }
}

TEST_CASE("links of hubs keep their order, also where they tie") {
    Monitor monitor;
    const auto scrambled = [](NodeId u, NodeId v) { return (37 * u + 101 * v) % 127; };
    for (const NodeId n_hubs : {1, 2, 3, 7}) {
        const Graph graph = biclique(n_hubs, 120);
        const auto check = [&](const Graph& drawn) {
            CHECK(link_greedily(drawn.view(), monitor) == defined_merges(drawn).parent);
        };
        check(graph);
        check(weighed(graph, [&](NodeId u, NodeId v) { return 1.0 + scrambled(u, v) * 0x1p-7; }));
        // Apart by less than a merge changes, by the last bit alone, and in a few classes.
        check(weighed(graph, [&](NodeId u, NodeId v) { return 1.0 + scrambled(u, v) * 1e-9; }));
        check(weighed(graph, [&](NodeId u, NodeId v) { return 1.0 + scrambled(u, v) * 0x1p-52; }));
        check(weighed(graph, [&](NodeId u, NodeId v) { return 0.1 * (1 + scrambled(u, v) % 3); }));
        // Loops alone decide, and orders that cross as the hub grows.
        Graph looped = graph;
        looped.extra_volume.assign(static_cast<std::size_t>(n_hubs + 120), 0.0);
        for (NodeId v = n_hubs; v < n_hubs + 120; ++v)
            looped.extra_volume[static_cast<std::size_t>(v)] = scrambled(0, v);
        check(looped);
        check(weighed(looped, [&](NodeId u, NodeId v) { return 1.0 + scrambled(u, v) * 1e-3; }));
    }
}

TEST_CASE("pendants of one weight and different loops are told apart") {
    // A star of edges of one weight; the loops alone say in which order they merge.
    Graph graph = star(12);
    graph.extra_volume.assign(13, 0.0);
    for (std::size_t v = 1; v < 13; ++v) graph.extra_volume[v] = static_cast<double>((5 * v) % 13);
    Monitor monitor;
    const std::vector<NodeId> parent = canonical_parent(link_greedily(graph.view(), monitor), 13);
    CHECK(one_dimensional_entropy(graph.view()) - 2.0 * defined_merges(graph).gained ==
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

TEST_CASE("rounds of many nodes make the same valid tree on any number of threads") {
    // Above the size from which clusters also pair with nearly best neighbours.
    Monitor monitor;
    const Graph graphs[] = {star(70'000), path(70'000), random_graph(70'000, 250'000, 1, true)};
    for (const Graph& graph : graphs) {
        const NodeId n = graph.view().n_nodes();
        const Linked linked = link_in_rounds(graph.view(), 0, monitor);
        const auto parent = canonical_parent(linked.parent, n);
        CHECK_NOTHROW(validate_parent(parent, n));
        const auto depth = depths(parent);
        CHECK(*std::max_element(depth.begin(), depth.end()) < 64);
        const Linked threaded = link_in_rounds(graph.view(), 0, monitor, 3);
        CHECK(threaded.parent == linked.parent);
        CHECK(threaded.joined == linked.joined);
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
