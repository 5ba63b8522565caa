#include "hint_se/graft.hpp"

#include <numeric>
#include <utility>
#include <vector>

#include "leaf_grafter.hpp"

namespace hint_se {
double graft_leaves(const GraphView& graph, BinaryTree& tree, double visits_per_leaf, Monitor& monitor) {
    std::vector<NodeId> all(static_cast<std::size_t>(tree.n_leaves));
    std::iota(all.begin(), all.end(), 0);
    const auto max_visits = static_cast<std::int64_t>(visits_per_leaf * tree.n_leaves);
    return LeafGrafter(graph, tree).run(std::move(all), max_visits, monitor);
}

double graft(const GraphView& graph, BinaryTree& tree, const GraftOptions& options, Monitor& monitor) {
    monitor.stage("graft");
    double gained = 0.0;
    for (int cycle = 0; cycle < options.max_cycles; ++cycle) {
        double gain = graft_leaves(graph, tree, options.visits_per_leaf, monitor);
        for (std::int64_t size = cycle % 2 == 0 ? 4 : 2; size < tree.n_leaves; size *= 4) {
            UpperTree upper = upper_tree(tree, size);
            BinaryTree& above = upper.part.tree;
            if (above.n_leaves < 3) break;
            const Graph coarse = contract(graph, upper.group, above.n_leaves, monitor).graph;
            gain += graft_leaves(coarse.view(), above, options.visits_per_leaf, monitor);
            write_back(upper.part, tree);
        }
        gained += gain;
        if (gain <= options.least_gain) break;
    }
    return gained;
}

}  // namespace hint_se
