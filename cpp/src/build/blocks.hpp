#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hint_se/graph/contract.hpp"
#include "hint_se/tree/binary_tree.hpp"
#include "hint_se/tree/tree.hpp"

namespace hint_se {

/// The greatest subtrees of at most `size` leaves. Moves within them change nothing above their roots, so
/// that all can be worked on at the same time.
class Blocks {
  public:
    Blocks(const BinaryTree& tree, std::int64_t size);

    [[nodiscard]] NodeId size() const { return groups_.size(); }
    /// The block that a leaf was in when the blocks were formed.
    [[nodiscard]] NodeId of(NodeId leaf) const { return groups_.group[static_cast<std::size_t>(leaf)]; }
    [[nodiscard]] std::span<const NodeId> leaves(NodeId block) const;
    /// The parent of the root of a block.
    [[nodiscard]] NodeId above(NodeId block) const { return above_[static_cast<std::size_t>(block)]; }
    /// log2 of the volume where two blocks meet.
    [[nodiscard]] double log_common(NodeId a, NodeId b) const {
        return log_volume_[static_cast<std::size_t>(index_.common(a, b))];
    }

  private:
    Blocks(const BinaryTree& tree, const UpperTree& upper);

    Groups groups_;
    std::vector<NodeId> above_;
    std::vector<NodeId> parent_;  // of the tree above the blocks, by block and then bottom-up
    std::vector<double> log_volume_;
    AncestorIndex index_;
};

}  // namespace hint_se
