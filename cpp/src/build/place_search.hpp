#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "build/blocks.hpp"
#include "build/leaf_order.hpp"
#include "hint_se/graph/graph.hpp"
#include "hint_se/tree/binary_tree.hpp"

namespace hint_se {

/// What a move does to a node on the way: adds `sign` times the leaf's volume, and `joined`.
struct Step {
    NodeId node;
    double sign;
    double joined;
};

/// A leaf's way from its place to another one.
struct Move {
    NodeId leaf;
    NodeId node;    ///< the leaf's parent, which moves along
    NodeId best;    ///< what it is put beside
    double linked;  ///< the leaf's weight to all below `best`
    std::size_t first_step;
    std::size_t end_step;
};

/// Searches the place of least cost for a leaf of a binary tree, in the whole tree or in the leaf's block.
/// Only reads the tree: several threads may search at the same time, each with a search of its own.
class PlaceSearch {
  public:
    PlaceSearch(const GraphView& graph, const BinaryTree& tree, const LeafOrder& order)
        : graph_(graph), tree_(tree), order_(order) {}

    /// What a search within a block found.
    enum class Found { kPlace, kNothing, kTempted };

    /// Whether there is a better place for `leaf`.
    bool find(NodeId leaf);

    /// The same within the leaf's block. kTempted: a place outside may be better, if that is asked.
    Found find_within(const Blocks& blocks, NodeId leaf, bool looks_out);

    /// The move to the place found. Its steps come behind `steps`: from the place found up to where the ways
    /// from both places meet, and from the leaf's grandparent up to there. Above, what the leaf takes away it
    /// brings back.
    [[nodiscard]] Move plan(std::vector<Step>& steps) const;

  private:
    static constexpr int kMaxClimb = 64;

    // A link of the leaf, by the label of the leaf at its other end.
    struct Link {
        std::int64_t label;
        double weight;
    };

    // The links to the leaves below a node, and their weight.
    struct Piece {
        std::size_t begin;
        std::size_t end;
        double weight;
    };

    struct Visit {
        NodeId node;
        int depth;    // below the path
        double cost;  // what the leaf adds at the ancestors of `node` up to the top of the path
        Piece links;
    };

    // A link out of the block, and log2 of the volume where it meets the leaf.
    struct Tie {
        double level;
        double weight;
    };

    void collect_links();
    void split_links(const Blocks& blocks, NodeId block, bool looks_out);
    void sort_links();
    void collect_path(NodeId above);
    double widen(Piece& piece, const LeafOrder::Span& span) const;
    bool search();
    void offer(NodeId node, double cost, const Piece& links);
    void descend();
    [[nodiscard]] bool is_tempted(double inner_cost) const;

    const GraphView graph_;
    const BinaryTree& tree_;
    const LeafOrder& order_;
    std::vector<Link> links_;  // by label
    std::vector<Visit> stack_;
    std::vector<Tie> ties_;
    // Ancestors of the leaf from its parent up; within_[i] are the links to all below path_[i], hit_[i] is
    // the weight of those to what hangs on path_[i] beside the path.
    std::array<NodeId, kMaxClimb> path_{};
    std::array<Piece, kMaxClimb> within_{};
    std::array<double, kMaxClimb> hit_{};
    int top_ = -1;  // the highest place on the path that a neighbour hangs on
    NodeId leaf_ = -1;
    NodeId best_ = -1;
    Piece best_links_{};
    double best_cost_ = 0.0;
    double inner_ = 0.0;  // weight of the links within the block
};

}  // namespace hint_se
