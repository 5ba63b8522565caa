#pragma once

#include <vector>

#include "hint_se/graph/edit.hpp"
#include "update/open_tree.hpp"

namespace hint_se {

/// Lowest node above two nodes.
[[nodiscard]] NodeId common(const OpenTree& tree, NodeId u, NodeId v);

/// Joins components that new edges link two by two, those of the greatest gain first. All they join so far
/// they join at the root.
void join_tops(OpenTree& tree, const std::vector<EdgeChange>& links, NodeId height);

}  // namespace hint_se
