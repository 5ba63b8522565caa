#pragma once

#include <cstdint>
#include <vector>

#include "hint_se/tree/binary_tree.hpp"
#include "index.hpp"

namespace hint_se {

/// Labels of the leaves of a binary tree, increasing from left to right with room between them. The leaves
/// below a node are those whose labels lie in its span, so that the weight from a leaf to all of them is a
/// sum over a piece of the leaf's links by label, without a climb from every neighbour. A leaf that moves
/// takes a label between those of its new place and of what hangs beside it, as lists do that keep an order
/// by labels (Dietz and Sleator, STOC 1987). Nothing else is labelled anew: spans above both places stay, and
/// a place has room for log2(2^62 / n) leaves in a row.
class LeafOrder {
  public:
    struct Span {
        std::int64_t first;
        std::int64_t last;

        [[nodiscard]] bool holds(std::int64_t label) const { return first <= label && label <= last; }
    };

    explicit LeafOrder(const BinaryTree& tree);

    [[nodiscard]] std::int64_t label(NodeId leaf) const { return spans_[at(leaf)].first; }
    [[nodiscard]] const Span& span(NodeId v) const { return spans_[at(v)]; }

    /// Whether a leaf has room between `v`, which is not the root, and its sibling.
    [[nodiscard]] bool has_room(const BinaryTree& tree, NodeId v) const {
        const Span gap = gap_beside(tree, v);
        return gap.last - gap.first > 1;
    }

    /// Puts a leaf that hangs nowhere beside `v`, and `node` above the two.
    void put_beside(BinaryTree& tree, NodeId leaf, NodeId node, NodeId v);

  private:
    // Between the labels of `v` and its sibling.
    [[nodiscard]] Span gap_beside(const BinaryTree& tree, NodeId v) const {
        const BinaryNode& parent = tree[tree.parent(v)];
        return {spans_[at(parent.left)].last, spans_[at(parent.right)].first};
    }

    std::vector<Span> spans_;
};

}  // namespace hint_se
