#include "hint_se/build/graft.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "build/leaf_grafter.hpp"
#include "build/parallel_grafter.hpp"
#include "hint_se/graph/contract.hpp"
#include "index.hpp"

namespace hint_se {
namespace {

// Trees of more leaves are worked on by all threads, in an order of its own.
constexpr NodeId kLargeTree = std::min<std::int64_t>(65'536, kMaxNodes);
// Around a node of more links leaves would come to hang in a chain, where labels soon leave no room.
constexpr std::int64_t kHub = 256;
// What belongs to so many leaves fits into the second cache.
constexpr std::int64_t kBlock = 4'096;

double graft_leaves(const GraphView& graph, BinaryTree& tree, std::int64_t max_visits, Monitor& monitor) {
    std::vector<NodeId> all(at(tree.n_leaves));
    std::iota(all.begin(), all.end(), 0);
    return LeafGrafter(graph, tree).run(std::move(all), max_visits, monitor);
}

// Few blocks would leave most leaves for batches: one block then, on one thread.
Shares shares_of(std::int64_t n_leaves) {
    return {n_leaves > 4 * kBlock ? kBlock : n_leaves, std::max<std::int64_t>(n_leaves / 256, 1)};
}

// Grafts leaves, then subtrees of at most `step` leaves as leaves of the contracted graph, then subtrees of
// at most four of those, and so on. Each rung is made from the one below it, so that all together cost little
// more than two.
double climb(const GraphView& graph, BinaryTree& tree, std::int64_t step, const GraftOptions& options,
             bool is_large, Monitor& monitor) {
    const std::int64_t n = tree.n_leaves;
    const auto max_visits = static_cast<std::int64_t>(options.visits_per_leaf * static_cast<double>(n));
    const double gain =
        is_large ? ParallelGrafter(graph, tree, shares_of(n), options.n_threads).run(max_visits, monitor)
                 : graft_leaves(graph, tree, max_visits, monitor);
    for (; step < n; step *= 4) {
        UpperTree upper = upper_tree(tree, step);
        BinaryTree& above = upper.part.tree;
        if (above.n_leaves < 3) break;
        if (above.n_leaves > n - n / 4)
            continue;  // a chain: with this step there would be a rung for every few leaves
        const Graph coarse = contract(graph, upper.group, above.n_leaves, monitor, options.n_threads).graph;
        const double above_gain = climb(coarse.view(), above, 4, options, is_large, monitor);
        if (above_gain > 0.0) write_back(upper.part, tree);
        return gain + above_gain;
    }
    return gain;
}

}  // namespace

bool has_hub(const GraphView& graph) {
    for (NodeId v = 0; v < graph.n_nodes(); ++v) {
        if (graph.end(v) - graph.begin(v) > kHub) return true;
    }
    return false;
}

double graft(const GraphView& graph, BinaryTree& tree, const GraftOptions& options, Monitor& monitor) {
    monitor.stage("graft");
    const bool is_large = tree.n_leaves > kLargeTree && !has_hub(graph);
    double gained = 0.0;
    for (int cycle = 0; cycle < options.max_cycles; ++cycle) {
        const double gain = climb(graph, tree, cycle % 2 == 0 ? 4 : 3, options, is_large, monitor);
        gained += gain;
        if (gain <= options.least_gain) break;
    }
    return gained;
}

}  // namespace hint_se
