#pragma once

#include <cstdint>

#include "hint_se/binary_tree.hpp"
#include "hint_se/graph.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// Grafts: takes leaves one by one and puts each where the entropy falls most, beside any node of the tree that holds
/// some of its neighbours, until none gains or `visits_per_leaf` times the number of leaves were tried. After a graft
/// the leaf's neighbours are tried again. Climbs at most 64 edges from a leaf, and makes no node deeper than 128, so
/// that stars and chains cost no more than others. O(degree * depth) a leaf. Returns how much `joined_cost` fell.
double graft_leaves(const GraphView& graph, BinaryTree& tree, double visits_per_leaf, Monitor& monitor);

struct GraftOptions {
    int max_cycles;
    double visits_per_leaf;
    double least_gain;  ///< in `joined_cost`: a cycle that gains no more is the last
};

/// Grafts of leaves and then of ever larger subtrees: the tree is cut into its greatest subtrees of at most 4, 16, 64,
/// ... leaves (2, 8, 32, ... in every other cycle), which are grafted as leaves of the contracted graph. Repeats while
/// a cycle gains. Returns how much `joined_cost` fell.
double graft(const GraphView& graph, BinaryTree& tree, const GraftOptions& options, Monitor& monitor);

}  // namespace hint_se
