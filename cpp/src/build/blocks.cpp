#include "build/blocks.hpp"

#include <utility>

#include "index.hpp"

namespace hint_se {
namespace {

// Ids of the tree above the blocks, whose inner nodes are listed top-down, turned so that parents are
// greater.
NodeId turned(const BinaryTree& upper, NodeId v) {
    return v < upper.n_leaves ? v : node_id(upper.nodes.size()) - 1 - (v - upper.n_leaves);
}

std::vector<NodeId> turned_parents(const BinaryTree& upper) {
    std::vector<NodeId> parent(upper.nodes.size(), -1);
    for (NodeId v = 0; std::cmp_less(v, upper.nodes.size()); ++v) {
        const NodeId p = upper.parent(v);
        if (p >= 0) parent[at(turned(upper, v))] = turned(upper, p);
    }
    return parent;
}

}  // namespace

Blocks::Blocks(const BinaryTree& tree, std::int64_t size) : Blocks(tree, upper_tree(tree, size)) {}

Blocks::Blocks(const BinaryTree& tree, const UpperTree& upper)
    : groups_(groups_of(upper.group, upper.part.tree.n_leaves)),
      parent_(turned_parents(upper.part.tree)),
      log_volume_(parent_.size()),
      index_(parent_) {
    const BinaryTree& top = upper.part.tree;
    for (NodeId v = 0; std::cmp_less(v, top.nodes.size()); ++v)
        log_volume_[at(turned(top, v))] = top[v].log_volume;
    for (NodeId b = 0; b < top.n_leaves; ++b) above_.push_back(tree.parent(upper.part.original[at(b)]));
}

std::span<const NodeId> Blocks::leaves(NodeId block) const {
    const auto first = at(groups_.first[at(block)]);
    return std::span(groups_.members).subspan(first, at(groups_.first[at(block) + 1]) - first);
}

}  // namespace hint_se
