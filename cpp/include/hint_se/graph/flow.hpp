#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// The greatest damping at which visits are found by iteration: 32,221 rounds at most.
inline constexpr double kMostIterated = 0.999;

struct StationaryFlow {
    Graph graph;                 ///< undirected; an edge weighs the flow along it, both ways
    std::vector<double> visits;  ///< by node: share of the time that the walker is there, sums to 1
    std::int64_t n_loops = 0;
};

/// The flow of a random walker on a directed graph, as the undirected graph that has this flow for weights.
/// `arcs` holds m pairs (from, to) in a row; `weights` is empty (every arc weighs 1, repeats count once) or
/// (m,) (repeats are summed). Loops are counted, and dropped or kept: the walker stays then, and the flow
/// along a loop counts in its node's degree twice, as in and as out.
///
/// With probability `damping` in [0, 1) the walker follows an arc, in proportion to the weights; else, and
/// always where there is no arc to follow, it jumps to the start of an arc chosen in proportion to the
/// weights. Jumps are not recorded: the flow along an arc is the visits to its start times the share of the
/// arc (Lambiotte & Rosvall 2012, "smart teleportation").
///
/// Up to a damping of `kMostIterated` the visits are found by power iteration, whose error shrinks by
/// `damping` each time, in log(1e-14) / log(damping) rounds at most, fewer where a round changes less than
/// 1e-14 in all: O(n + m log d + m rounds). Above, by elimination, exact to rounding at any damping; what it
/// costs grows with how densely the nodes are linked, not with the damping, and it is refused where more than
/// 2,048 nodes would be left with more than some 32 links each. Sums are in an order that depends on the arcs
/// alone. Throws GraphError naming the row.
template <class Id>
[[nodiscard]] StationaryFlow stationary_flow(std::span<const Id> arcs, std::span<const double> weights,
                                             std::int64_t n_nodes, double damping, Monitor& monitor,
                                             SelfLoops self_loops = SelfLoops::kDrop);

}  // namespace hint_se
