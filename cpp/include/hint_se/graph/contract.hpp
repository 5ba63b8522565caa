#pragma once

#include <span>
#include <vector>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// Nodes in groups, read both ways.
struct Groups {
    std::vector<NodeId> group;    ///< (n,): group of each node, or -1 for a node that is left out
    std::vector<NodeId> first;    ///< (g + 1,): the members of group i are members[first[i]..first[i + 1])
    std::vector<NodeId> members;  ///< nodes by group

    [[nodiscard]] NodeId size() const { return static_cast<NodeId>(first.size()) - 1; }
};

/// The groups of an array of group ids, members increasing. O(n).
[[nodiscard]] Groups groups_of(std::span<const NodeId> group, NodeId n_groups);

struct Contraction {
    Graph graph;
    std::vector<double> inner;  ///< by group: twice the weight between its members
};

/// The graph of groups: weights between two groups are summed, those of nodes left out dropped. Rows are in
/// order of first appearance, not increasing, the same for every `n_threads`. `result` is filled anew; what
/// memory it holds is used again. Volumes are not carried over: whoever contracts keeps them by group.
/// O(n + nnz).
void contract(const GraphView& graph, const Groups& groups, Contraction& result, Monitor& monitor,
              int n_threads = 1);

/// The same for an array of group ids.
[[nodiscard]] Contraction contract(const GraphView& graph, std::span<const NodeId> group, NodeId n_groups,
                                   Monitor& monitor, int n_threads = 1);

}  // namespace hint_se
