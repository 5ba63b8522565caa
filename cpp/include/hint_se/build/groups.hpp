#pragma once

#include <span>

#include "hint_se/build/levels.hpp"
#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// Local moving as `move_between` does it, for large graphs: subtrees of `tree`, the canonical parent array
/// of any tree of the same leaves, move as well, of at most 64, then 16, then 4 leaves, where all leaves of
/// one share a community; and from the second cycle on leaves are only tried where something changed around
/// them. `is_fresh` says that `tiers` are not searched yet, so that a cycle without subtrees comes first.
/// The same for every `n_threads`. Returns how much `joined_cost` fell.
double move_with_groups(const GraphView& graph, Tiers& tiers, std::span<const NodeId> tree, bool is_fresh,
                        double least_gain, Monitor& monitor, int n_threads = 1);

/// The same tree with one more tier above the leaves: the greatest subtrees of `tree` of at most 4 leaves
/// that share a community.
[[nodiscard]] Tiers with_groups_above_leaves(const GraphView& graph, const Tiers& tiers,
                                             std::span<const NodeId> tree, Monitor& monitor);

}  // namespace hint_se
