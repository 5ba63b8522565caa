#pragma once

#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "hint_se/ids.hpp"

namespace hint_se {

/// An id or a place as an index of a vector.
inline std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// A count or a place as an id. It fits: graphs have at most kMaxNodes nodes. The build with narrow ids
/// checks that on small graphs.
template <std::integral Count>
[[nodiscard]] NodeId node_id(Count value) {
    assert(std::in_range<NodeId>(value));
    return static_cast<NodeId>(value);
}

/// A count of entries as an offset. It fits: rows have at most kMaxEntries entries.
template <std::integral Count>
[[nodiscard]] EdgeOffset edge_offset(Count value) {
    assert(std::in_range<EdgeOffset>(value));
    return static_cast<EdgeOffset>(value);
}

}  // namespace hint_se
