#pragma once

#include <cstdint>
#include <vector>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"
#include "update/open_tree.hpp"
#include "update/relocator.hpp"
#include "update/splitter.hpp"

namespace hint_se {

/// Searches an open tree for moves around some leaves, then around what moved, until nothing gains or the
/// edges to visit are used up: so many for each change of the graph that the work is in proportion to what
/// changed, however much could still be gained elsewhere.
class Settler {
  public:
    /// `height`: greatest leaf depth, 0: no limit.
    Settler(const GraphView& graph, OpenTree& tree, NodeId height, std::int64_t n_changes);

    /// Returns how much the cost fell (the entropy times the volume, scaled).
    double settle(std::vector<NodeId> leaves, Monitor& monitor);

  private:
    static constexpr NodeId kMaxUnit = 64;
    static constexpr NodeId kMaxDivided = 256;
    // Edges to visit for each change, and at least.
    static constexpr std::int64_t kLeafEdges = 24;
    static constexpr std::int64_t kUnitEdges = 24;
    static constexpr std::int64_t kDividedEdges = 64;
    static constexpr std::int64_t kLeastEdges = 8'192;

    double move_leaves(const std::vector<NodeId>& leaves, Monitor& monitor);
    double move_units(const std::vector<NodeId>& around, Monitor& monitor);
    double divide(const std::vector<NodeId>& around, Monitor& monitor);
    [[nodiscard]] std::vector<NodeId> units_around(const std::vector<NodeId>& leaves, NodeId most) const;
    [[nodiscard]] bool afford(std::int64_t& edges, const std::vector<NodeId>& leaves) const;
    void queue_around(NodeId leaf);

    const GraphView graph_;
    OpenTree& tree_;
    Relocator relocator_;
    Splitter splitter_;
    std::int64_t leaf_edges_;  // left to visit
    std::int64_t unit_edges_;
    std::int64_t divided_edges_;
    std::vector<NodeId> moved_;
    std::vector<NodeId> next_;  // neighbours of what moved
    std::vector<bool> queued_;
};

}  // namespace hint_se
