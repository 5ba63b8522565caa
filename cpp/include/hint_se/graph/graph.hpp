#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hint_se/ids.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// An undirected weighted graph in compressed sparse rows, borrowed.
///
/// Invariants: symmetric; rows strictly increasing; no loops; weights finite and > 0, their total finite.
struct GraphView {
    std::span<const EdgeOffset> indptr;  // (n + 1,)
    std::span<const NodeId> indices;     // (nnz,), each edge twice
    std::span<const double> weights;     // (nnz,)

    [[nodiscard]] NodeId n_nodes() const { return static_cast<NodeId>(indptr.size()) - 1; }
    [[nodiscard]] EdgeOffset begin(NodeId v) const { return indptr[static_cast<std::size_t>(v)]; }
    [[nodiscard]] EdgeOffset end(NodeId v) const { return indptr[static_cast<std::size_t>(v) + 1]; }
    [[nodiscard]] NodeId target(EdgeOffset e) const { return indices[static_cast<std::size_t>(e)]; }
    [[nodiscard]] double weight(EdgeOffset e) const { return weights[static_cast<std::size_t>(e)]; }
};

/// The same, owned.
struct Graph {
    std::vector<EdgeOffset> indptr;
    std::vector<NodeId> indices;
    std::vector<double> weights;

    [[nodiscard]] GraphView view() const { return {indptr, indices, weights}; }
};

struct GraphFromEdges {
    Graph graph;
    std::int64_t n_loops = 0;
};

/// Builds the graph of an edge list. `edges` holds m pairs in a row; `weights` is empty (every edge weighs 1,
/// repeats count once) or (m,) (repeats are summed). (u, v) and (v, u) are the same edge. Loops are dropped
/// and counted. O(n + m log d) for the largest degree d. Throws GraphError naming the row for an id outside
/// [0, n_nodes) or a weight that is not finite and > 0, and for a total weight that is not finite.
template <class Id>
[[nodiscard]] GraphFromEdges graph_from_edges(std::span<const Id> edges, std::span<const double> weights,
                                              std::int64_t n_nodes, Monitor& monitor);

/// Throws GraphError naming the first broken invariant. O(nnz log d).
void validate_graph(const GraphView& graph, Monitor& monitor);

/// Degrees (sums of the weights of each row). (n,)
[[nodiscard]] std::vector<double> degrees(const GraphView& graph);

/// The same graph with node order[i] as node i. Rows keep their order. O(n + nnz).
[[nodiscard]] Graph reordered(const GraphView& graph, std::span<const NodeId> order);

}  // namespace hint_se
