#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hint_se/ids.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// An undirected weighted graph in compressed sparse rows, borrowed.
///
/// Invariants: symmetric; rows strictly increasing; no loops in them; weights finite and > 0; extra volumes
/// finite and >= 0; the total of both finite.
struct GraphView {
    std::span<const EdgeOffset> indptr;  // (n + 1,)
    std::span<const NodeId> indices;     // (nnz,), each edge twice
    std::span<const double> weights;     // (nnz,)
    /// What each node's degree holds beyond its edges: twice the weight of its loop. In no cut. Empty, (0,),
    /// where loops do not count, else (n,).
    std::span<const double> extra_volume{};

    [[nodiscard]] NodeId n_nodes() const { return static_cast<NodeId>(indptr.size()) - 1; }
    [[nodiscard]] EdgeOffset begin(NodeId v) const { return indptr[static_cast<std::size_t>(v)]; }
    [[nodiscard]] EdgeOffset end(NodeId v) const { return indptr[static_cast<std::size_t>(v) + 1]; }
    [[nodiscard]] NodeId target(EdgeOffset e) const { return indices[static_cast<std::size_t>(e)]; }
    [[nodiscard]] double weight(EdgeOffset e) const { return weights[static_cast<std::size_t>(e)]; }
    [[nodiscard]] double extra(NodeId v) const {
        return extra_volume.empty() ? 0.0 : extra_volume[static_cast<std::size_t>(v)];
    }
    /// Weight of the edges of a node.
    [[nodiscard]] double cut(NodeId v) const {
        double sum = 0.0;
        for (EdgeOffset e = begin(v); e < end(v); ++e) sum += weight(e);
        return sum;
    }
    [[nodiscard]] double degree(NodeId v) const { return cut(v) + extra(v); }
};

/// The same, owned.
struct Graph {
    std::vector<EdgeOffset> indptr;
    std::vector<NodeId> indices;
    std::vector<double> weights;
    std::vector<double> extra_volume{};

    [[nodiscard]] GraphView view() const { return {indptr, indices, weights, extra_volume}; }
};

/// What becomes of an edge from a node to itself: it goes, or counts twice in the degree and in no cut.
enum class SelfLoops { kDrop, kKeep };

struct GraphFromEdges {
    Graph graph;
    std::int64_t n_loops = 0;
};

/// Builds the graph of an edge list. `edges` holds m pairs in a row; `weights` is empty (every edge weighs 1,
/// repeats count once) or (m,) (repeats are summed). (u, v) and (v, u) are the same edge. Loops are counted,
/// and dropped or kept. O(n + m log d) for the largest degree d. Throws GraphError naming the row for an id
/// outside [0, n_nodes) or a weight that is not finite and > 0, and for a total weight that is not finite.
template <class Id>
[[nodiscard]] GraphFromEdges graph_from_edges(std::span<const Id> edges, std::span<const double> weights,
                                              std::int64_t n_nodes, Monitor& monitor,
                                              SelfLoops self_loops = SelfLoops::kDrop);

/// Throws GraphError naming the first broken invariant. O(nnz log d).
void validate_graph(const GraphView& graph, Monitor& monitor);

/// Weight of the edges of each node. (n,)
[[nodiscard]] std::vector<double> node_cuts(const GraphView& graph);

/// Degrees: the weight of the edges of each node and its extra volume. (n,)
[[nodiscard]] std::vector<double> degrees(const GraphView& graph);

/// The same from the weights of the edges. (n,)
[[nodiscard]] std::vector<double> degrees(const GraphView& graph, std::vector<double> cuts);

/// The same graph with node order[i] as node i. Rows keep their order. O(n + nnz).
[[nodiscard]] Graph reordered(const GraphView& graph, std::span<const NodeId> order);

}  // namespace hint_se
