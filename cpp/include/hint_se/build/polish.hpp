#pragma once

#include <cstdint>

#include "hint_se/build/levels.hpp"
#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"
#include "hint_se/tree/binary_tree.hpp"

namespace hint_se {

/// Perturbation of an unlimited tree, block by block. A block is a connected part of the tree with at most 96
/// leaves (whole subtrees among them); how a block is arranged changes no cost outside it. Each block is
/// perturbed again and again (some leaves put where they cost little more than least), repaired by grafts,
/// and put back as it was unless that lowered the cost. `share` in (0, 1] is the part of the full number of
/// perturbations that is tried. Returns how much `joined_cost` fell.
double polish(const GraphView& graph, BinaryTree& tree, double share, std::uint64_t seed, Monitor& monitor);

/// Perturbation of a tree of fixed height: some communities are dissolved, local moving repairs, and the tree
/// is put back as it was unless that lowered the cost. Returns how much `joined_cost` fell.
double polish(const GraphView& graph, Tiers& tiers, double share, std::uint64_t seed, Monitor& monitor);

}  // namespace hint_se
