#pragma once

#include <cstdint>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"
#include "hint_se/tree/binary_tree.hpp"

namespace hint_se {

struct GraftOptions {
    int max_cycles;
    double visits_per_leaf;
    double least_gain;  ///< in `joined_cost`: a cycle that gains no more is the last
    int n_threads = 1;
};

/// Whether a node has more than 256 links: around it leaves would come to hang in chains if all threads
/// grafted.
[[nodiscard]] bool has_hub(const GraphView& graph);

/// Grafts: takes leaves one by one and puts each where the entropy falls most, beside any node of the tree
/// that holds some of its neighbours, until none gains or `visits_per_leaf` times the number of leaves were
/// tried. After a graft the leaf's neighbours are tried again. Then the same with ever larger subtrees: the
/// greatest of at most 4 (in every other cycle 3) leaves become leaves of the contracted graph, the greatest
/// of at most 4 of those the next. Climbs at most 64 edges from a leaf, and makes no node deeper than 128, so
/// that stars and chains cost no more than others. O(degree * depth) a leaf. Trees of more than 65,536 leaves
/// are shared out to `n_threads` threads, with the same result for every number of them, unless there is a
/// hub. Returns how much `joined_cost` fell.
double graft(const GraphView& graph, BinaryTree& tree, const GraftOptions& options, Monitor& monitor);

}  // namespace hint_se
