#pragma once

#include <cmath>
#include <cstdint>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se::test {

inline Graph graph_of(const std::vector<NodeId>& pairs, NodeId n, const std::vector<double>& weights = {}) {
    Monitor monitor;
    return graph_from_edges<NodeId>(pairs, weights, n, monitor).graph;
}

/// A generator of its own, so that the tests do not lean on the one under test.
class Lcg {
  public:
    explicit Lcg(std::uint32_t seed) : state_(seed * 2654435761U + 1U) {}
    std::uint32_t next() { return (state_ = state_ * 1664525U + 1013904223U) >> 8; }
    NodeId below(NodeId bound) { return static_cast<NodeId>(next() % static_cast<std::uint32_t>(bound)); }

  private:
    std::uint32_t state_;
};

inline Graph random_graph(NodeId n, int m, std::uint32_t seed, bool weighted = false) {
    Lcg random(seed);
    std::vector<NodeId> pairs;
    std::vector<double> weights;
    for (int e = 0; e < m; ++e) {
        pairs.push_back(random.below(n));
        pairs.push_back(random.below(n));
        if (weighted) weights.push_back(0.25 + static_cast<double>(random.below(1000)) / 300.0);
    }
    return graph_of(pairs, n, weights);
}

/// The same graph with loops at about half of its nodes, of all sizes.
inline Graph with_loops(Graph graph, std::uint32_t seed) {
    Lcg random(seed + 77);
    for (NodeId v = 0; v < graph.view().n_nodes(); ++v)
        graph.extra_volume.push_back(random.below(2) == 0 ? 0.0 : std::exp2(random.below(9) - 4.0));
    return graph;
}

inline Graph star(NodeId n_leaves) {
    std::vector<NodeId> pairs;
    for (NodeId v = 1; v <= n_leaves; ++v) pairs.insert(pairs.end(), {0, v});
    return graph_of(pairs, n_leaves + 1);
}

inline Graph path(NodeId n) {
    std::vector<NodeId> pairs;
    for (NodeId v = 1; v < n; ++v) pairs.insert(pairs.end(), {v - 1, v});
    return graph_of(pairs, n);
}

/// Four cliques of eight nodes in a ring.
inline Graph ring_of_cliques() {
    std::vector<NodeId> pairs;
    for (NodeId c = 0; c < 4; ++c) {
        for (NodeId u = 0; u < 8; ++u) {
            for (NodeId v = u + 1; v < 8; ++v) pairs.insert(pairs.end(), {8 * c + u, 8 * c + v});
        }
        pairs.insert(pairs.end(), {8 * c, 8 * ((c + 1) % 4) + 1});
    }
    return graph_of(pairs, 32);
}

/// Structural entropy from Eq. 4 with sets: for every tree node its leaves, for every edge whether it leaves
/// them.
inline double entropy_by_sets(const Graph& graph, const std::vector<NodeId>& parent) {
    const NodeId n = graph.view().n_nodes();
    std::vector<std::set<NodeId>> below(parent.size());
    for (NodeId v = 0; v < n; ++v) {
        for (NodeId a = v; a >= 0; a = parent[static_cast<std::size_t>(a)])
            below[static_cast<std::size_t>(a)].insert(v);
    }
    double total = std::accumulate(graph.weights.begin(), graph.weights.end(), 0.0);
    total = std::accumulate(graph.extra_volume.begin(), graph.extra_volume.end(), total);
    const auto volume_and_cut = [&](const std::set<NodeId>& leaves) {
        double volume = 0.0;
        double cut = 0.0;
        for (const NodeId v : leaves) {
            volume += graph.view().extra(v);
            for (auto e = graph.view().begin(v); e < graph.view().end(v); ++e) {
                volume += graph.view().weight(e);
                if (!leaves.contains(graph.view().target(e))) cut += graph.view().weight(e);
            }
        }
        return std::pair(volume, cut);
    };
    double entropy = 0.0;
    for (std::size_t a = 0; a + 1 < parent.size(); ++a) {
        const auto [volume, cut] = volume_and_cut(below[a]);
        const auto [above, ignored] = volume_and_cut(below[static_cast<std::size_t>(parent[a])]);
        if (cut > 0.0) entropy -= cut / total * std::log2(volume / above);
    }
    return entropy;
}

inline double total_weight(const Graph& graph) {
    return std::accumulate(graph.weights.begin(), graph.weights.end(), 0.0);
}

}  // namespace hint_se::test
