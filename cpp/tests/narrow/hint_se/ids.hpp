#pragma once

#include <cstdint>
#include <limits>

namespace hint_se {

/// Stands in for the header of this name, so that the paths where ids and offsets end run on small graphs.
using NodeId = std::int16_t;
/// Places in the rows of a graph.
using EdgeOffset = std::int16_t;

/// The most nodes a graph may have: a tree over them has less than twice as many.
inline constexpr std::int64_t kMaxNodes = (std::int64_t{std::numeric_limits<NodeId>::max()} + 1) / 2;
/// The most entries its rows may have, each edge being two.
inline constexpr std::int64_t kMaxEntries = std::numeric_limits<EdgeOffset>::max();

}  // namespace hint_se
