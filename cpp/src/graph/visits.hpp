#pragma once

#include <vector>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// The share of the time that a random walker is at each node. `steps` holds for each node where its arcs
/// lead and with which probability, rows that sum to 1 or are empty (loops may be among them); `starts` is
/// where jumps go, and sums to 1. Throws GraphError where the direct solution would take too much.
[[nodiscard]] std::vector<double> visits_of(const GraphView& steps, const std::vector<double>& starts,
                                            double damping, Monitor& monitor);

}  // namespace hint_se
