#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

struct StationaryFlow {
    Graph graph;                 ///< undirected; an edge weighs the flow along it, both ways
    std::vector<double> visits;  ///< by node: share of the time that the walker is there, sums to 1
    std::int64_t n_loops = 0;
};

/// The flow of a random walker on a directed graph, as the undirected graph that has this flow for weights.
/// `arcs` holds m pairs (from, to) in a row; `weights` is empty (every arc weighs 1, repeats count once) or
/// (m,) (repeats are summed). Loops are dropped and counted.
///
/// With probability `damping` in [0, 1) the walker follows an arc, in proportion to the weights; else, and
/// always where there is no arc to follow, it jumps to the start of an arc chosen in proportion to the
/// weights. Its visits are the eigenvector found by power iteration, whose error shrinks by `damping` each
/// time, down to 1e-14. Jumps are not recorded: the flow along an arc is the visits to its start times the
/// share of the arc (Lambiotte & Rosvall 2012, "smart teleportation"). O(n + m log d + m log(1e-14) /
/// log(damping)); sums are in an order that depends on the arcs alone. Throws GraphError naming the row.
template <class Id>
[[nodiscard]] StationaryFlow stationary_flow(std::span<const Id> arcs, std::span<const double> weights,
                                             std::int64_t n_nodes, double damping, Monitor& monitor);

}  // namespace hint_se
