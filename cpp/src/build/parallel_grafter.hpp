#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "build/blocks.hpp"
#include "build/leaf_order.hpp"
#include "build/place_search.hpp"
#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"
#include "hint_se/tree/binary_tree.hpp"

namespace hint_se {

/// How many leaves are worked on together: never a matter of the number of threads.
struct Shares {
    std::int64_t block;  ///< leaves of a block, at most
    std::int64_t batch;  ///< leaves that are searched for in one state of the tree
};

/// Moves single leaves of a large binary tree to where they cost least, on several threads, with the same
/// result for every number of them.
///
/// First every block is worked on by itself, one leaf after the other: a move within a block changes nothing
/// outside. Leaves that may find a better place in another block are left for later. Those are searched for
/// in batches, on all threads in one state of the tree. Then the moves of a batch are made in order, as
/// found, unless one before changed what hangs where on the way between the two places, or where a neighbour
/// is: such a leaf goes to the next batch. Volumes on the way may have changed, by so little that the place
/// is still good. At last the neighbours of the leaves that moved so are tried again, within their blocks. No
/// leaf comes to lie deeper than 128, or where its label has no room.
class ParallelGrafter {
  public:
    ParallelGrafter(const GraphView& graph, BinaryTree& tree, const Shares& shares, int n_threads);

    /// Tries every leaf, then the neighbours of those that moved between blocks, and all of that again until
    /// nothing gains or `max_visits` leaves were tried. Returns how much the cost fell.
    double run(std::int64_t max_visits, Monitor& monitor);

    /// Moves that were found in vain, because one before in the batch met them.
    [[nodiscard]] std::int64_t n_conflicts() const { return n_conflicts_; }

  private:
    /// What was found for the leaves of one chunk.
    struct Plans {
        std::vector<Move> moves;
        std::vector<Step> steps;
    };

    std::vector<NodeId> graft_blocks(bool looks_out, Monitor& monitor);
    void graft_block(const Blocks& blocks, NodeId block, bool looks_out, PlaceSearch& search,
                     std::vector<NodeId>& tempted);
    void graft_batches(const std::vector<NodeId>& leaves, Monitor& monitor);
    void search(std::span<const NodeId> batch, std::vector<Plans>& plans, Monitor& monitor);
    [[nodiscard]] bool still_holds(const Move& move, std::span<const Step> steps) const;
    bool make(const Move& move, std::span<const Step> steps);
    void note(const Move& move);

    const GraphView graph_;
    BinaryTree& tree_;
    const Shares shares_;
    const int n_threads_;
    LeafOrder order_;
    std::vector<PlaceSearch> searches_;  // by thread
    std::vector<std::uint8_t> queued_;   // by leaf; no bits, as threads write them
    std::vector<std::int32_t> changed_;  // by node: the last batch that changed what hangs there
    std::int32_t batch_ = 0;
    std::int64_t visits_ = 0;
    std::int64_t n_conflicts_ = 0;
};

}  // namespace hint_se
