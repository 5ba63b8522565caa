#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "build/mover.hpp"
#include "hint_se/build/levels.hpp"
#include "hint_se/graph/graph.hpp"

namespace hint_se {

/// Along chains of rising weights each cycle moves a community by one place: bounded, lest it be quadratic.
/// Other graphs end by themselves after 4 to 16 visits per node, and 32 where the limit of height is 5.
inline constexpr int kMaxCycles = 16;
inline constexpr std::int64_t kVisitsPerNode = 32;

/// Fills volumes, joined weights and logarithms from the parents.
void measure(const GraphView& graph, Tiers& tiers);

/// Drops empty nodes and numbers the others by first appearance, tier by tier from the leaves.
void renumber(Tiers& tiers);

[[nodiscard]] std::vector<NodeId> parents_in(const Tiers& tiers, std::size_t tier);

/// The units that the nodes of a tier are, each in the community above it.
[[nodiscard]] Units single_units(const GraphView& graph, const Tiers& tiers, std::size_t tier);

/// The units that the whole communities of a tier are, each in itself.
[[nodiscard]] Units whole_communities(const GraphView& graph, const Tiers& tiers, std::size_t tier);

}  // namespace hint_se
