// Edits drawn at random, and graphs as maps of weights, for the tests of edits and of updates.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "hint_se/graph/edit.hpp"
#include "samples.hpp"

namespace hint_se::test {

using Pair = std::pair<NodeId, NodeId>;

inline std::map<Pair, double> weights_of(const Graph& graph) {
    std::map<Pair, double> weights;
    for (NodeId v = 0; v < graph.view().n_nodes(); ++v) {
        for (auto e = graph.view().begin(v); e < graph.view().end(v); ++e) {
            if (v < graph.view().target(e)) weights[{v, graph.view().target(e)}] = graph.view().weight(e);
        }
    }
    return weights;
}

inline EditedGraph edited(const Graph& graph, const std::vector<std::int64_t>& added,
                          const std::vector<std::int64_t>& removed, std::int64_t n_nodes,
                          const std::vector<double>& weights = {}) {
    Monitor monitor;
    return edit_graph(graph.view(), {added, weights, removed}, n_nodes, monitor);
}

// Some edges of a graph to remove, and some pairs to add, as they come.
struct RandomEdit {
    std::vector<std::int64_t> added;
    std::vector<double> weights;
    std::vector<std::int64_t> removed;
    NodeId n_nodes;
};

inline RandomEdit random_edit(const Graph& graph, int count, Lcg& random) {
    RandomEdit edit{{}, {}, {}, graph.view().n_nodes() + random.below(3)};
    const auto known = weights_of(graph);
    for (int k = 0; k < count; ++k) {
        const NodeId u = random.below(edit.n_nodes);
        const NodeId v = random.below(edit.n_nodes);
        edit.added.insert(edit.added.end(), {u, v});
        edit.weights.push_back(0.25 + random.below(8));
        if (known.empty()) continue;
        const auto gone = std::next(known.begin(), random.below(static_cast<NodeId>(known.size())))->first;
        edit.removed.insert(edit.removed.end(), {gone.second, gone.first});
    }
    return edit;
}

}  // namespace hint_se::test
