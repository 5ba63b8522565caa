#include "hint_se/build/graft.hpp"

#include <numeric>
#include <utility>
#include <vector>

#include "build/leaf_grafter.hpp"
#include "hint_se/graph/contract.hpp"

namespace hint_se {
namespace {

// Grafts leaves, then subtrees of at most `step` leaves as leaves of the contracted graph, then subtrees of
// at most four of those, and so on. Each rung is made from the one below it, so that all together cost little
// more than two.
double climb(const GraphView& graph, BinaryTree& tree, std::int64_t step, double visits_per_leaf,
             Monitor& monitor) {
    const std::int64_t n = tree.n_leaves;
    std::vector<NodeId> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), 0);
    const auto max_visits = static_cast<std::int64_t>(visits_per_leaf * static_cast<double>(n));
    double gain = LeafGrafter(graph, tree).run(std::move(all), max_visits, monitor);
    for (; step < n; step *= 4) {
        UpperTree upper = upper_tree(tree, step);
        BinaryTree& above = upper.part.tree;
        if (above.n_leaves < 3) break;
        if (above.n_leaves > n - n / 4)
            continue;  // a chain: with this step there would be a rung for every few leaves
        const Graph coarse = contract(graph, upper.group, above.n_leaves, monitor).graph;
        const double above_gain = climb(coarse.view(), above, 4, visits_per_leaf, monitor);
        if (above_gain > 0.0) write_back(upper.part, tree);
        return gain + above_gain;
    }
    return gain;
}

}  // namespace

double graft(const GraphView& graph, BinaryTree& tree, const GraftOptions& options, Monitor& monitor) {
    monitor.stage("graft");
    double gained = 0.0;
    for (int cycle = 0; cycle < options.max_cycles; ++cycle) {
        const double gain = climb(graph, tree, cycle % 2 == 0 ? 4 : 3, options.visits_per_leaf, monitor);
        gained += gain;
        if (gain <= options.least_gain) break;
    }
    return gained;
}

}  // namespace hint_se
