#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// A node of a tree of fixed height, all that a move reads of it in one cache line.
struct TierNode {
    NodeId up = -1;  ///< parent in the next tier, -1 for the root
    double volume = 0.0;
    double joined = 0.0;      ///< twice the weight between its children
    double log_volume = 0.0;  ///< log2, 0 where the volume is 0
    double linked = 0.0;      ///< scratch of a move: weight between the unit and the leaves below
    double cost = 0.0;        ///< scratch of a move: what the unit adds above this node when it goes below it
    double log_full = 0.0;    ///< scratch of a move: log2 of the volume with the unit
};

/// A tree of fixed height K as nested partitions, under change. Tier 0 are the leaves, tiers 1..K-1 the
/// communities from finest to coarsest, tier K the root alone; every node has its parent in the next tier, so
/// a leaf that hangs higher has a chain of only children above it, which costs no entropy.
struct Tiers {
    std::vector<std::vector<TierNode>> nodes;  ///< K + 1 tiers

    [[nodiscard]] std::size_t height() const { return nodes.size() - 1; }
    [[nodiscard]] TierNode& at(std::size_t tier, NodeId x) {
        return nodes[tier][static_cast<std::size_t>(x)];
    }
    [[nodiscard]] const TierNode& at(std::size_t tier, NodeId x) const {
        return nodes[tier][static_cast<std::size_t>(x)];
    }
    [[nodiscard]] NodeId size(std::size_t tier) const { return static_cast<NodeId>(nodes[tier].size()); }
};

/// Tiers of a canonical tree of height <= `height`; the finest community of a leaf is its parent.
[[nodiscard]] Tiers tiers_of(const GraphView& graph, std::span<const NodeId> parent, NodeId height);

/// Canonical parent array.
[[nodiscard]] std::vector<NodeId> parent_of(const Tiers& tiers);

/// sum of joined * log2(volume): the structural entropy times vol up to a constant of the graph.
[[nodiscard]] double joined_cost(const Tiers& tiers);

/// Local moving at every tier in turn: nodes of a tier go to the community of the next tier, existing or new
/// and below any parent, where the entropy of the whole tree falls most; then whole communities do, until
/// nothing moves. Repeats over the tiers until a cycle gains no more than `least_gain`. Returns how much
/// `joined_cost` fell.
double move_between(const GraphView& graph, Tiers& tiers, double least_gain, Monitor& monitor);

/// Perturbs a tree: nodes of one tier, chosen at random with the communities of some of them whole, each get
/// a new community of their own below the same parent.
void dissolve(const GraphView& graph, Tiers& tiers, std::uint64_t seed);

/// The same tree with one more tier above the leaves (every leaf in a community of its own).
[[nodiscard]] Tiers with_tier_above_leaves(const Tiers& tiers);

}  // namespace hint_se
