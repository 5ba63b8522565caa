#pragma once

#include <span>
#include <vector>

#include "hint_se/build/build.hpp"
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

/// A part of a tree is overdue once more has changed in it since it was built than this share of its volume,
/// and the volume of so many of its nodes on average.
inline constexpr double kOverdueShare = 0.02;
inline constexpr double kOverdueNodes = 10.0;

/// A tree, and the weight of the edges that changed at each leaf since the part of the tree around it was
/// built, counted as in volumes. (n,)
struct Followed {
    Tree tree;
    std::vector<double> changed;
};

/// The same as `update_tree`, but that the highest parts that are overdue are built anew in the end, and the
/// whole, if it is, at once. `changed`: that of the tree as it comes, empty for one that was just built.
/// Without `rebuilds` only account is kept.
[[nodiscard]] Followed follow(const GraphView& graph, Tree tree, std::span<const EdgeChange> changes,
                              std::vector<double> changed, const BuildOptions& options, bool rebuilds,
                              Monitor& monitor);

}  // namespace hint_se
