#pragma once

#include <span>
#include <vector>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"
#include "hint_se/tree/tree.hpp"

namespace hint_se {

/// Structural entropy of a tree in bits, Eq. 4 of the HINT paper (Li & Pan 2016), by the edge form
/// E = (1/vol) [sum over edges of 2 w log2 V_lca - sum over nodes of g log2 d], where g is the weight of the
/// node's edges and d its degree, with the extra volume. O(t + nnz).
[[nodiscard]] double structural_entropy(const GraphView& graph, std::span<const NodeId> parent,
                                        Monitor& monitor);
[[nodiscard]] double structural_entropy(const GraphView& graph, std::span<const NodeId> parent);

/// The term of each tree node in Eq. 4, -(g / vol) log2(V / V_parent), in bits; 0 at the root. (t,)
[[nodiscard]] std::vector<double> entropy_terms(std::span<const NodeId> parent,
                                                std::span<const double> volume, std::span<const double> cut);

/// One-dimensional structural entropy in bits, Eq. 3: the entropy of the flat tree, -(1/vol) sum over nodes
/// of g log2 (d / vol). 0 for a graph without edges.
[[nodiscard]] double one_dimensional_entropy(const GraphView& graph);

/// x log2 y with 0 log2 0 = 0.
[[nodiscard]] double x_log2(double x, double y);

/// x log2 (y / z) with 0 log2 of anything = 0. The quotient may lie beyond what a double holds.
[[nodiscard]] double x_log2(double x, double y, double z);

}  // namespace hint_se
