#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// Throws GraphError, naming the row where it is one, unless `edges` holds pairs of ids in [0, n_nodes), no
/// more than rows may have entries, and `weights` is empty or holds a finite weight > 0 for each.
template <class Id>
void check_edge_list(std::span<const Id> edges, std::span<const double> weights, std::int64_t n_nodes,
                     Monitor& monitor);

/// A number as messages show it.
[[nodiscard]] std::string shown(double value);

/// What to say of rows with more entries than there may be.
[[nodiscard]] std::string too_many_edges(std::size_t n_entries);

}  // namespace hint_se
