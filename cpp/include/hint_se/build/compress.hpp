#pragma once

#include <vector>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"
#include "hint_se/tree/tree.hpp"

namespace hint_se {

inline constexpr int kMaxSweeps = 10;

/// Compress of the HINT paper, Section 4.2: breadth-first sweeps over a canonical tree that move a subtree
/// from its parent to its grandparent where that lowers the structural entropy, and contract nodes left with
/// one child. Stops when a sweep changes nothing or after `kMaxSweeps`. Moves of one sweep touch no node in
/// common, so each lowers the entropy by what was computed. Returns a canonical parent array. O((t + nnz) log
/// t) a sweep.
[[nodiscard]] std::vector<NodeId> compress(const GraphView& graph, std::vector<NodeId> parent,
                                           Monitor& monitor);

/// The tree of height <= `height` with the least structural entropy among those made by deleting inner nodes
/// of a canonical tree: a dynamic programme over (node, nearest kept ancestor, levels left), exact, O(t depth
/// height). In trees higher than `kMaxProgrammeHeight` nodes of chains are first thinned to that height by
/// their volumes.
[[nodiscard]] Tree restrict_height(Tree tree, NodeId height, Monitor& monitor);

/// The same for the canonical parent array of a tree of `graph`, and as a canonical parent array.
[[nodiscard]] std::vector<NodeId> restrict_height(const GraphView& graph, const std::vector<NodeId>& parent,
                                                  NodeId height, Monitor& monitor);

inline constexpr NodeId kMaxProgrammeHeight = 128;

}  // namespace hint_se
