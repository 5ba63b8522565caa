#pragma once

#include <span>
#include <utility>
#include <vector>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// What fell off when edges were removed from a graph: of each old component all new ones but one, as a rule
/// the largest, as lists of nodes. `graph` is without the edges in `removed`.
///
/// From the ends of all removed edges searches grow in step, one node each at a time, and those that meet
/// become one. They stop as soon as every removed edge has its ends in one search again, or of each old
/// component one search at most has not come to its end. So a detour costs its length and what falls off its
/// size; all together never more than O(n + nnz).
[[nodiscard]] std::vector<std::vector<NodeId>> fallen_off(const GraphView& graph,
                                                          std::span<const std::pair<NodeId, NodeId>> removed,
                                                          Monitor& monitor);

}  // namespace hint_se
