#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "hint_se/graph/edit.hpp"
#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"
#include "hint_se/tree/tree.hpp"

namespace hint_se {

/// Share of what was there below which a difference is rounding.
inline constexpr double kRounding = 1e-12;

/// An old tree brought to a changed graph without moving more than must be.
struct Draft {
    NodeId n_leaves = 0;
    std::vector<NodeId> parent;
    /// As they were, but for leaves; out of date above the leaves in `stale`, and everywhere if `all_stale`.
    std::vector<double> volume;
    std::vector<double> cut;
    /// Of the leaves, as they are now. Empty where loops do not count: they are the volumes then.
    std::vector<double> leaf_cut;
    /// Twice the weight between the children of each node. Empty: what the old cuts say (the children's less
    /// the node's own), with `gains` to be added.
    std::vector<double> joined;
    std::vector<std::pair<NodeId, double>> gains;  ///< in order, negative for losses
    std::vector<NodeId> emptied;                   ///< nodes that joined something and join nothing now
    std::vector<NodeId> stale;                     ///< leaves with other edges than before, increasing
    std::vector<EdgeChange> links;                 ///< the only edges the root joins, if there are any
    bool all_stale = false;
};

/// The draft of `tree`, over the nodes of the graph before `changes`, for `graph`, the one after them. New
/// nodes hang under the root. A component that falls apart keeps its place with its largest part; the others
/// come to hang under the root with as much of their old arrangement as concerns them, which never raises
/// the entropy. `height`, if not 0, is the greatest leaf depth.
[[nodiscard]] Draft draft_of(const GraphView& graph, Tree tree, std::span<const EdgeChange> changes,
                             NodeId height, Monitor& monitor);

/// The draft of `tree` with new leaves under its root. `added`: the graph over old nodes and new ones, the
/// old first, of the edges of the new ones alone. The new leaves join theirs at the root.
[[nodiscard]] Draft draft_with(const GraphView& added, Tree tree, NodeId height);

/// Brings a draft into the canonical form of `Tree`; all its nodes are stale then.
void make_canonical(Draft& draft);

/// The id of one more tree node beside so many. Throws GraphError unless all can still be counted by an id.
[[nodiscard]] NodeId fresh_id(std::size_t n_ids);

/// Adds to what a node joins. Returns whether nothing is left: what rounding leaves of nothing is taken away.
bool gain(double& joined, double weight);

}  // namespace hint_se
