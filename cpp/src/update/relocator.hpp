#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "hint_se/graph/graph.hpp"
#include "index.hpp"
#include "update/open_tree.hpp"

namespace hint_se {

/// Moves leaves and small subtrees ("units") of an open tree to where they cost least, under a limit of
/// height. Beside the places of a leaf grafter (below a new node, beside any node) those of trees of limited
/// height count: as one more child of a node, and for a subtree with its children among those of a node.
class Relocator {
  public:
    /// No node is put deeper, and no neighbour climbed from further, which keeps every visit cheap.
    static constexpr NodeId kReach = 128;

    /// `height`: greatest leaf depth, 0: no limit.
    Relocator(const GraphView& graph, OpenTree& tree, NodeId height, NodeId reach = kReach);

    /// Moves a unit if that gains. Returns how much the cost fell. A unit with a neighbour out of reach
    /// stays.
    double try_unit(NodeId unit);

  private:
    static constexpr double kLeastGain = 1e-12;

    // What a visit knows of a node it met: first the path above the unit, from the parent up, then the leaves
    // of the unit, then whatever else holds a neighbour.
    struct Met {
        NodeId node;
        std::int32_t first = -1;  // its children beside the path that were met, as a list
        std::int32_t next = -1;
        double linked = 0.0;  // weight between the unit and the leaves below, on the path beside the path
    };

    enum class Way { kSibling, kChild, kDissolved };

    struct Spot {
        NodeId node;
        Way way;
        double cost;
    };

    struct Visit {
        NodeId node;
        std::int64_t depth;
        double cost;    // what the unit adds at the ancestors of `node` up to the top of the path
        double within;  // its weight to the leaves below `node`
    };

    struct Climber {
        std::int32_t below;  // slot of where it comes from
        NodeId at;
    };

    // A node without the unit, and with it again.
    struct Load {
        double joined;
        double log_without;
        double log_with;
    };

    void collect_path(NodeId unit);
    int collect_links(const std::vector<NodeId>& leaves);
    [[nodiscard]] bool climb();
    int add_up();
    std::int32_t meet(NodeId node);
    [[nodiscard]] std::int32_t slot_of(NodeId node) const;
    [[nodiscard]] bool is_on_path(std::int32_t slot) const { return slot >= 0 && slot < length_; }
    [[nodiscard]] Met& met(std::int32_t slot) { return met_[at(slot)]; }
    [[nodiscard]] double staying_cost(int top);
    void search(NodeId unit, int top);
    [[nodiscard]] Load load(NodeId node);
    void offer(NodeId unit, const Visit& visit, const Load& here);
    void descend(const Visit& visit, const Load& here);
    void move(NodeId unit, int top);
    [[nodiscard]] double within(NodeId node);
    [[nodiscard]] std::int64_t depth_of(NodeId node) const;

    const GraphView graph_;
    OpenTree& tree_;
    std::int64_t reach_;
    std::int64_t limit_;
    std::vector<Met> met_;
    std::vector<double> within_;  // by place on the path: the unit's weight to all below
    std::vector<Climber> climbers_;
    std::vector<std::pair<std::int32_t, std::int32_t>> order_;  // what was met, with what is above it
    std::vector<Visit> stack_;
    std::int32_t length_ = 0;   // of the path
    bool leaves_pair_ = false;  // its parent has one other child, which takes the parent's place
    NodeId sibling_ = -1;
    double volume_ = 0.0;
    double log_own_ = 0.0;
    Spot best_{};
};

}  // namespace hint_se
