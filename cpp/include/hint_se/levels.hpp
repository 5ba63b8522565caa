#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hint_se/graph.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// A tree of fixed height K as nested partitions, under change. Tier 0 are the leaves, tiers 1..K-1 the communities
/// from finest to coarsest, tier K the root alone; every node has its parent in the next tier, so a leaf that hangs
/// higher has a chain of only children above it, which costs no entropy.
struct Tiers {
    std::vector<std::vector<NodeId>> up;          ///< up[j][x]: parent in tier j + 1 of node x of tier j; K arrays
    std::vector<std::vector<double>> volume;      ///< by tier, K + 1 arrays
    std::vector<std::vector<double>> joined;      ///< twice the weight between the children; tier 0 all 0
    std::vector<std::vector<double>> log_volume;  ///< log2, 0 where the volume is 0

    [[nodiscard]] std::size_t height() const { return up.size(); }
};

/// Tiers of a canonical tree of height <= `height`; the finest community of a leaf is its parent.
[[nodiscard]] Tiers tiers_of(const GraphView& graph, std::span<const NodeId> parent, NodeId height);

/// Canonical parent array.
[[nodiscard]] std::vector<NodeId> parent_of(const Tiers& tiers);

/// sum of joined * log2(volume): the structural entropy times vol up to a constant of the graph.
[[nodiscard]] double joined_cost(const Tiers& tiers);

/// Local moving at every tier in turn: nodes of a tier go to the community of the next tier, existing or new and below
/// any parent, where the entropy of the whole tree falls most; then whole communities do, until nothing moves. Repeats
/// over the tiers at most `max_cycles` times while a cycle gains. Returns how much `joined_cost` fell.
double move_between(const GraphView& graph, Tiers& tiers, int max_cycles, Monitor& monitor);

/// Perturbs a tree: nodes of one tier, chosen at random with the communities of some of them whole, each get a new
/// community of their own below the same parent.
void dissolve(const GraphView& graph, Tiers& tiers, std::uint64_t seed);

/// The same tree with one more tier above the leaves (every leaf in a community of its own).
[[nodiscard]] Tiers with_tier_above_leaves(const Tiers& tiers);

}  // namespace hint_se
