#pragma once

#include <cstdint>
#include <limits>

namespace hint_se {

/// Ids of graph nodes and of tree nodes; -1 stands for none.
using NodeId = std::int32_t;
/// Places in the rows of a graph.
using EdgeOffset = std::int64_t;

/// The most nodes a graph may have: a tree over them has less than twice as many.
inline constexpr std::int64_t kMaxNodes = (std::int64_t{std::numeric_limits<NodeId>::max()} + 1) / 2;
/// The most entries its rows may have, each edge being two.
inline constexpr std::int64_t kMaxEntries = std::numeric_limits<EdgeOffset>::max();

}  // namespace hint_se
