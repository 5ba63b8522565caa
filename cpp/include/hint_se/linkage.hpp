#pragma once

#include <cstdint>
#include <vector>

#include "hint_se/graph.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// What two neighbouring clusters a, b with weight e between them are merged by, greatest first.
enum class Linkage {
    kVolume,      ///< e / (V_a V_b)
    kRootVolume,  ///< e / sqrt(V_a V_b)
};

/// Rounds of mutually best merges: every cluster picks its best neighbour, the clusters that pick each other merge, the
/// graph is contracted, until no edge is left. Returns a parent array (root last) whose inner nodes have two children
/// or, around hubs, more: a hub takes in one round all neighbours that pick it, up to 1/16 of its own volume, so that a
/// star needs a bounded number of rounds instead of one a leaf. Ties go by a seeded hash of the two ids, so that equal
/// scores (paths, grids, cliques) merge in parallel and not one by one. O(m) a round, O(log n) rounds on most graphs.
[[nodiscard]] std::vector<NodeId> link_in_rounds(const GraphView& graph, Linkage linkage, std::uint64_t seed,
                                                 Monitor& monitor);

/// Merge of the HINT paper, Section 4.2: over the flat tree, repeatedly combine the two siblings below the root whose
/// combination lowers the structural entropy most, -(2c / vol) log2(vol / (V_a + V_b)), until no two are linked. Lazy
/// heap with small-to-large joining of the neighbour maps: an entry can only lose as its ends grow, so the top is exact
/// once its score is current. Ties go to the smallest ids. O(m log^2 n).
[[nodiscard]] std::vector<NodeId> link_greedily(const GraphView& graph, Monitor& monitor);

}  // namespace hint_se
