#include "hint_se/graft.hpp"

#include <numeric>
#include <utility>
#include <vector>

#include "leaf_grafter.hpp"

namespace hint_se {

double graft_leaves(const GraphView& graph, BinaryTree& tree, std::int64_t max_visits, Monitor& monitor) {
    std::vector<NodeId> all(static_cast<std::size_t>(tree.n_leaves));
    std::iota(all.begin(), all.end(), 0);
    return LeafGrafter(graph, tree).run(std::move(all), max_visits, monitor);
}

double graft(const GraphView& graph, BinaryTree& tree, int max_cycles, Monitor& monitor) {
    constexpr double kWorthwhile = 1e-5;  // of the entropy's scale: less is not worth another cycle
    double gained = 0.0;
    for (int cycle = 0; cycle < max_cycles; ++cycle) {
        monitor.stage("graft");
        double gain = graft_leaves(graph, tree, 4 * std::int64_t{tree.n_leaves}, monitor);
        for (std::int64_t size = 4; size < tree.n_leaves; size *= 4) {
            UpperTree upper = upper_tree(tree, size);
            BinaryTree& above = upper.part.tree;
            if (above.n_leaves < 3) break;
            const Graph coarse = contract(graph, upper.group, above.n_leaves);
            gain += graft_leaves(coarse.view(), above, 4 * std::int64_t{above.n_leaves}, monitor);
            write_back(upper.part, tree);
        }
        gained += gain;
        if (gain < kWorthwhile) break;
    }
    return gained;
}

}  // namespace hint_se
