#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// Edges to add to a graph and to take from it, each list as pairs in a row; (u, v) and (v, u) are the same
/// edge. `weights` is empty (every added edge weighs 1) or one per added edge.
struct EdgeEdits {
    std::span<const std::int64_t> added;
    std::span<const double> weights;
    std::span<const std::int64_t> removed;
};

/// An edge, u < v, or a loop, u = v, whose weight is another than before; 0 where there is none.
struct EdgeChange {
    NodeId u;
    NodeId v;
    double before;
    double after;
};

struct EditedGraph {
    Graph graph;
    std::vector<EdgeChange> changes;  ///< by u, then v
    std::int64_t n_loops = 0;
};

/// The graph after some edges went and others came, removals first. Removing an edge twice is removing it
/// once. Weights of added edges are summed with each other and with what is there; without weights an edge
/// counts once, and one that is there already must weigh 1. Loops are counted, and dropped
/// unless `graph` has extra volumes: it keeps loops then, and they are edited as edges are. Nodes beyond
/// those of `graph` are new. O(n + nnz) of copying and O(k log k) for k edits. Throws GraphError naming the
/// row for an id out of range, a weight that is not finite and > 0, a removed edge that does not exist, and
/// an edge added without a weight to one of another weight than 1.
[[nodiscard]] EditedGraph edit_graph(const GraphView& graph, const EdgeEdits& edits, std::int64_t n_nodes,
                                     Monitor& monitor);

}  // namespace hint_se
