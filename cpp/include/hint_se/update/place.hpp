#pragma once

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"
#include "hint_se/tree/tree.hpp"

namespace hint_se {

/// `tree`, valid, with more leaves, each where the entropy falls most; the old ones stay where they are to
/// each other. `added`: the graph over old nodes and new ones, the old first, of the edges of the new ones
/// alone. Next comes the new node with the greatest share of its weight at nodes that have their place, of
/// equal ones the first; once all are in, those with edges among themselves are moved on until none gains.
/// Greatest leaf depth `height`, 0: no limit; a tree that is taller grows no further. Linear passes over the
/// tree's arrays; for each new edge a climb from its ends to the root, and the visit of what lies around
/// them.
[[nodiscard]] Tree place_leaves(const GraphView& added, Tree tree, NodeId height, Monitor& monitor);

}  // namespace hint_se
