#pragma once

#include <span>
#include <vector>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// Divides every node but the root whose leaves do not hang together by edges among themselves: its
/// components come to hang beside each other under its parent. No leaf gets deeper, and the structural
/// entropy falls unless the node joined nothing: an edge counts with the volume of its component instead of
/// that of all. `parent` is a canonical parent array, before and after. Returns whether anything was divided.
/// At most O(t + nnz log n): of the children of a node all but the largest are searched for edges, and only
/// until the children hang together.
[[nodiscard]] bool divide_into_components(const GraphView& graph, std::vector<NodeId>& parent,
                                          Monitor& monitor);

/// The same where only some inner nodes may have fallen apart: those marked, and with each all above it.
[[nodiscard]] bool divide_into_components(const GraphView& graph, std::vector<NodeId>& parent,
                                          const std::vector<bool>& suspected, Monitor& monitor);

}  // namespace hint_se
