#pragma once

#include <cstdint>
#include <vector>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// A tree under construction: any rooted parent array, and for each node twice the weight it joins (0 at
/// leaves).
struct Linked {
    std::vector<NodeId> parent;
    std::vector<double> joined;
};

/// With which neighbours the clusters of more than 65,536 nodes may merge.
enum class Pairs : std::uint8_t {
    kBest,      ///< the best one
    kNearBest,  ///< four within a tenth of the best score: half of the rounds, and trees no worse by
                ///< themselves
};

/// Rounds of merges by e / (V_a V_b), for two clusters a, b with weight e between them (the linkage of Paris,
/// Bonald et al. 2018): every cluster chooses its best neighbour, clusters that chose each other merge, the
/// graph is contracted, until no edge is left. Strictly best pairs are some 6 % of the clusters of a large
/// graph; with `Pairs::kNearBest` clusters choose several and pair with the best that chose them too. Inner
/// nodes have two children or, around hubs, more: a hub that is paired takes in all neighbours that like it
/// best, up to 1/16 of its own volume, so that a star needs a bounded number of rounds instead of one a leaf.
/// Ties go by a seeded hash of the two ids, so that equal scores (paths, grids, cliques) merge in parallel
/// and not one by one. Scaling all weights by a power of two changes nothing, nor does `n_threads`. O(m) a
/// round, O(log n) rounds on most graphs.
[[nodiscard]] Linked link_in_rounds(const GraphView& graph, std::uint64_t seed, Monitor& monitor,
                                    int n_threads = 1, Pairs pairs = Pairs::kNearBest);

/// Merge of the HINT paper, Section 4.2: over the flat tree, repeatedly combine the two siblings below the
/// root whose combination lowers the structural entropy most, -(2c / vol) log2(vol / (V_a + V_b)), until no
/// two are linked. Ties go to the smallest ids; the cluster of more links keeps its id. Neighbour maps are
/// joined small to large. Each link belongs to its end of more links, which finds its best one by a kinetic
/// tournament, and a heap holds a bound for each such end: a gain can only fall as its ends grow. O(m log^2
/// n) but for the links that a growing cluster has to ends of more links than it has itself: at most
/// sqrt(2m), looked at again when they lead.
[[nodiscard]] std::vector<NodeId> link_greedily(const GraphView& graph, Monitor& monitor);

}  // namespace hint_se
