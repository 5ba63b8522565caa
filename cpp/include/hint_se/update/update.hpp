#pragma once

#include <span>

#include "hint_se/graph/edit.hpp"
#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"
#include "hint_se/tree/tree.hpp"

namespace hint_se {

/// Throws TreeError unless a tree has the nodes of a graph for leaves, and for their volumes and cuts its
/// degrees and the weights of its edges.
void check_tree_of(const GraphView& graph, const Tree& tree, Monitor& monitor);

/// The tree of a graph of which some edges changed: `tree`, valid and over the nodes before, brought to
/// `graph` and searched for moves around the ends of the `changes` and around each move made. Its entropy is
/// not above that of `tree` over `graph`, in which new nodes hang under the root. Greatest leaf depth
/// `height`, 0: no limit; a tree that is taller is cut first. Linear passes over the graph and the tree, and
/// a search that grows with the number of changes.
[[nodiscard]] Tree update_tree(const GraphView& graph, Tree tree, std::span<const EdgeChange> changes,
                               NodeId height, Monitor& monitor);

}  // namespace hint_se
