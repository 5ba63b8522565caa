#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"
#include "hint_se/tree/binary_tree.hpp"
#include "random.hpp"

namespace hint_se {

/// Moves single leaves of a binary tree to where they cost least. The algorithm behind graft.hpp and
/// polish.hpp.
class LeafGrafter {
  public:
    LeafGrafter(const GraphView& graph, BinaryTree& tree)
        : graph_(graph), tree_(tree), queued_(static_cast<std::size_t>(tree.n_leaves), false) {}

    /// Tries the leaves of `queue`, and the neighbours of every leaf that moved, until none gains or
    /// `max_visits` were tried. Returns how much the cost fell.
    double run(std::vector<NodeId> queue, std::int64_t max_visits, Monitor& monitor);

    /// Moves one leaf to its place of least cost plus `noise` times a random number in [0, 1) for each place;
    /// without noise only if that gains. Returns how much the cost fell.
    double try_leaf(NodeId leaf, double noise, Random& random);

  private:
    static constexpr int kMaxClimb = 64;
    static constexpr double kLeastGain = 1e-12;

    struct Visit {
        NodeId node;
        double cost;    // what the leaf adds at the ancestors of `node` up to the top of the path
        double within;  // its weight to the leaves below `node`
    };

    struct Climber {
        NodeId start;
        NodeId at;
        double weight;
    };

    void collect_path(NodeId leaf);
    int collect_links(NodeId leaf);
    void give_up(const Climber& climber);
    double search(NodeId leaf, int top, double noise, Random& random);
    [[nodiscard]] double staying_cost(NodeId leaf, int top) const;
    void move(NodeId leaf, int top);

    const GraphView graph_;
    BinaryTree& tree_;
    std::vector<bool> queued_;
    std::vector<NodeId> touched_;
    std::vector<Climber> climbers_;
    std::vector<Visit> stack_;
    // Ancestors of the leaf from its parent up; hit_[i] is the leaf's weight to what hangs on path_[i] beside
    // the path, within_[i] to all below path_[i].
    std::array<NodeId, kMaxClimb> path_{};
    std::array<double, kMaxClimb> hit_{};
    std::array<double, kMaxClimb> within_{};
    int length_ = 0;
    NodeId best_ = -1;
};

}  // namespace hint_se
