#pragma once

#include <span>
#include <vector>

#include "hint_se/build/build.hpp"
#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"
#include "hint_se/tree/tree.hpp"

namespace hint_se {

/// Builds what is below some nodes of `tree` anew, none of them below another, each from its inner edges
/// alone, and puts it back where that lowers the entropy. An edge that leaves a part pays there -w
/// log2(V_leaf / V_top), however the part is divided, so it counts as volume of its leaf and nothing else.
/// `options.height` is that of the whole tree. Returns whether anything is better; if nothing is, the tree
/// stays bit by bit. Else it is canonical.
[[nodiscard]] bool rebuild_below(const GraphView& graph, Tree& tree, std::span<const NodeId> tops,
                                 const BuildOptions& options, Monitor& monitor);

}  // namespace hint_se
