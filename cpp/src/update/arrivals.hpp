#pragma once

#include <limits>
#include <vector>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"
#include "update/open_tree.hpp"

namespace hint_se {

/// The reach of a relocator that climbs from any depth, and puts nodes at any.
inline constexpr NodeId kAnyDepth = std::numeric_limits<NodeId>::max();

/// Moves new leaves, which hang under the root and are those from `n_before` on, to where they cost least. Of
/// `graph` their rows are looked at alone. Next is the one with the greatest share of its weight at leaves
/// that have their place, of equal ones the first; what it weighs to the others counts once these come.
/// Returns those that have edges, in this order.
std::vector<NodeId> let_in(OpenTree& tree, const GraphView& graph, NodeId n_before, NodeId height,
                           Monitor& monitor);

}  // namespace hint_se
