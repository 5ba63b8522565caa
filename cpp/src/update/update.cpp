#include "hint_se/update/update.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "hint_se/build/compress.hpp"
#include "hint_se/build/rebuild.hpp"
#include "hint_se/errors.hpp"
#include "hint_se/tree/connected.hpp"
#include "hint_se/tree/entropy.hpp"
#include "index.hpp"
#include "update/arrivals.hpp"
#include "update/draft.hpp"
#include "update/joiner.hpp"
#include "update/open_tree.hpp"
#include "update/settler.hpp"

namespace hint_se {
namespace {

void check_leaf(NodeId v, const char* column, double of_tree, const char* what, double of_graph) {
    // The sums may have been made in another order.
    if (std::abs(of_tree - of_graph) <= 1e-9 * of_graph) return;
    throw TreeError("the tree must be one of the graph as it was, but leaf " + std::to_string(v) + " has " +
                    column + " " + std::to_string(of_tree) + " and the node " + what + " " +
                    std::to_string(of_graph));
}

// The tree over the graph as it is now, no taller than allowed, and nothing moved but what fell apart or
// came.
struct CarriedOver {
    OpenTree open;
    std::vector<NodeId> touched;
    bool is_cut;  // to the height
};

CarriedOver carried_over(const GraphView& graph, Tree tree, std::span<const EdgeChange> changes,
                         NodeId height, Monitor& monitor) {
    monitor.stage("update");
    const NodeId n_before = tree.n_leaves;
    Draft draft = draft_of(graph, std::move(tree), changes, height, monitor);
    const std::vector<NodeId> touched = draft.stale;
    std::vector<EdgeChange> links = draft.links;
    OpenTree open(std::move(draft), monitor);
    if (graph.n_nodes() > n_before) {
        // First of all: else their neighbours would move to the root to meet them.
        (void)let_in(open, graph, n_before, height, monitor);
        std::erase_if(links,
                      [&](const EdgeChange& link) { return common(open, link.u, link.v) != open.root(); });
    }
    join_tops(open, links, height);
    const bool is_cut = height > 0 && open.above(open.root()) > height;
    if (is_cut) {
        const auto parent = restrict_height(graph, std::move(open).closed(monitor).parent, height, monitor);
        open =
            OpenTree(draft_of(graph, tree_from_parent(graph, parent, monitor), {}, height, monitor), monitor);
    }
    return {std::move(open), touched, is_cut};
}

void add_changes(std::vector<double>& changed, std::span<const EdgeChange> changes, NodeId n_nodes) {
    changed.resize(at(n_nodes), 0.0);
    for (const EdgeChange& change : changes) {
        const double weight = std::abs(change.after - change.before);
        for (const NodeId v : {change.u, change.v}) {
            // Without end it may be more than a double holds.
            changed[at(v)] = std::min(changed[at(v)] + weight, std::numeric_limits<double>::max());
        }
    }
}

// Whether so much has changed that a part is built anew. The second term keeps small ones from being built
// again and again.
bool is_overdue(double changed, double weight, NodeId n_leaves) {
    return changed > kOverdueShare * weight + kOverdueNodes * (weight / n_leaves);
}

// The highest nodes that are overdue. What changed there is forgotten.
std::vector<NodeId> take_overdue(const Tree& tree, std::vector<double>& changed) {
    std::vector<double> below(changed);
    std::vector<double> weight(tree.cut.begin(), tree.cut.begin() + tree.n_leaves);
    std::vector<NodeId> count(changed.size(), 1);
    below.resize(tree.parent.size(), 0.0);
    weight.resize(tree.parent.size(), 0.0);
    count.resize(tree.parent.size(), 0);
    for (std::size_t v = 0; v + 1 < tree.parent.size(); ++v) {
        below[at(tree.parent[v])] += below[v];
        weight[at(tree.parent[v])] += weight[v];
        count[at(tree.parent[v])] = count[at(tree.parent[v])] + count[v];
    }
    std::vector<NodeId> tops;
    std::vector<bool> taken(tree.parent.size(), false);
    for (std::size_t v = tree.parent.size(); v-- > 0;) {
        taken[v] = tree.parent[v] >= 0 && taken[at(tree.parent[v])];
        if (!taken[v] && std::cmp_greater_equal(v, tree.n_leaves) &&
            is_overdue(below[v], weight[v], count[v])) {
            taken[v] = true;
            tops.push_back(node_id(v));
        }
        if (taken[v] && v < changed.size()) changed[v] = 0.0;
    }
    return tops;
}

// Whether so much of the whole has changed.
bool is_all_overdue(const Tree& tree, std::span<const EdgeChange> changes,
                    const std::vector<double>& changed) {
    double weight = std::accumulate(tree.cut.begin(), tree.cut.begin() + tree.n_leaves, 0.0);
    for (const EdgeChange& change : changes)
        weight += change.u == change.v ? 0.0 : 2.0 * (change.after - change.before);
    return is_overdue(std::accumulate(changed.begin(), changed.end(), 0.0), weight, node_id(changed.size()));
}

}  // namespace

void check_tree_of(const GraphView& graph, const Tree& tree, Monitor& monitor) {
    monitor.stage("check tree");
    if (tree.n_leaves != graph.n_nodes()) {
        throw TreeError("the tree must be one of the graph as it was, but it has " +
                        std::to_string(tree.n_leaves) + " leaves and the graph " +
                        std::to_string(graph.n_nodes()) + " nodes");
    }
    validate_parent(tree.parent, tree.n_leaves);
    if (tree.volume.size() != tree.parent.size() || tree.cut.size() != tree.parent.size())
        throw TreeError("a tree has one volume and one cut for each entry of parent");
    const std::vector<double> cut = node_cuts(graph);
    const std::vector<double> degree = degrees(graph, cut);
    for (NodeId v = 0; v < tree.n_leaves; ++v) {
        monitor.tick(0.0);
        check_leaf(v, "volume", tree.volume[at(v)], "degree", degree[at(v)]);
        check_leaf(v, "cut", tree.cut[at(v)], "edges of weight", cut[at(v)]);
    }
}

Tree update_tree(const GraphView& graph, Tree tree, std::span<const EdgeChange> changes, NodeId height,
                 Monitor& monitor) {
    CarriedOver carried = carried_over(graph, std::move(tree), changes, height, monitor);
    OpenTree& open = carried.open;
    Settler(graph, open, height, static_cast<std::int64_t>(changes.size())).settle(carried.touched, monitor);
    std::vector<bool> changed;
    Tree updated = std::move(open).closed(monitor, &changed);
    if (changes.empty()) return updated;
    // What was cut to the height is new to the open tree, and no change to it.
    if (carried.is_cut) changed.assign(changed.size(), true);
    if (!divide_into_components(graph, updated.parent, changed, monitor)) return updated;
    return tree_from_parent(graph, updated.parent, monitor);
}

Followed follow(const GraphView& graph, Tree tree, std::span<const EdgeChange> changes,
                std::vector<double> changed, const BuildOptions& options, bool rebuilds, Monitor& monitor) {
    add_changes(changed, changes, graph.n_nodes());
    if (!rebuilds)
        return {update_tree(graph, std::move(tree), changes, options.height, monitor), std::move(changed)};
    if (is_all_overdue(tree, changes, changed)) {
        changed.assign(changed.size(), 0.0);
        Tree built = build_tree(graph, options, monitor);
        const Tree old =
            std::move(carried_over(graph, tree, changes, options.height, monitor).open).closed(monitor);
        if (structural_entropy(graph, built.parent, monitor) < structural_entropy(graph, old.parent, monitor))
            return {std::move(built), std::move(changed)};
    }
    Followed followed{update_tree(graph, std::move(tree), changes, options.height, monitor),
                      std::move(changed)};
    const std::vector<NodeId> tops = take_overdue(followed.tree, followed.changed);
    // In no more time than the whole would take.
    BuildOptions quick = options;
    quick.perturbs_small = false;
    (void)rebuild_below(graph, followed.tree, tops, quick, monitor);
    return followed;
}

}  // namespace hint_se
