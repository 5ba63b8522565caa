#pragma once

#include <cstdint>
#include <span>

#include "hint_se/tree/tree.hpp"

namespace hint_se {

struct NeighbourTables {
    Csr same;   ///< N+: leaves of the own group
    Csr other;  ///< N-: leaves of the other group
};

/// Tree neighbours of every leaf for two groups of leaves (the modalities of Eq. 5): the leaves of its finest
/// community
/// (`level` 0: its parent) or of its ancestor at `level`, without the leaf itself. Each table climbs one
/// ancestor at a time while it would be empty. Of more than `cap` (0: no cap) leaves a sample without
/// replacement is taken, seeded by the leaf. Rows increase. A leaf whose whole tree holds no such other leaf
/// has an empty row. Linear in the tree and in the output.
[[nodiscard]] NeighbourTables neighbours(std::span<const NodeId> parent, NodeId n_leaves,
                                         std::span<const NodeId> group, NodeId level, std::int64_t cap,
                                         std::uint64_t seed);

}  // namespace hint_se
