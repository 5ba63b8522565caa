#pragma once

#include <vector>

#include "hint_se/build/levels.hpp"
#include "hint_se/graph/graph.hpp"
#include "update/open_tree.hpp"

namespace hint_se {

/// Divides communities of an open tree: the children of a node come to hang in groups beside each other,
/// below the node's parent. Moves of single leaves do not get there, because the first to leave finds none of
/// its like outside.
class Splitter {
  public:
    Splitter(const GraphView& graph, OpenTree& tree);

    /// Divides a node where local moving of its children, each starting alone, finds groups that cost less
    /// than the whole. Returns how much the cost fell.
    double try_node(NodeId node);

  private:
    static constexpr double kLeastGain = 1e-12;

    void collect_children(NodeId node);
    [[nodiscard]] Graph graph_of_children();
    [[nodiscard]] Tiers apart(const GraphView& between, double volume) const;
    void divide(NodeId node, const Tiers& tiers);

    const GraphView graph_;
    OpenTree& tree_;
    std::vector<NodeId> child_of_;  // by leaf: place of the child it is below, -1 elsewhere
    std::vector<NodeId> children_;
    std::vector<std::vector<NodeId>> leaves_;  // by child
};

}  // namespace hint_se
