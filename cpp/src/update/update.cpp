#include "hint_se/update/update.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "hint_se/build/compress.hpp"
#include "hint_se/errors.hpp"
#include "index.hpp"
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
    monitor.stage("update");
    Draft draft = draft_of(graph, std::move(tree), changes, height, monitor);
    const std::vector<NodeId> touched = draft.stale;
    const std::vector<EdgeChange> links = draft.links;
    OpenTree open(std::move(draft), monitor);
    join_tops(open, links, height);
    if (height > 0 && open.above(open.root()) > height) {
        const auto parent = restrict_height(graph, std::move(open).closed(monitor).parent, height, monitor);
        open =
            OpenTree(draft_of(graph, tree_from_parent(graph, parent, monitor), {}, height, monitor), monitor);
    }
    Settler(graph, open, height, static_cast<std::int64_t>(changes.size())).settle(touched, monitor);
    return std::move(open).closed(monitor);
}

}  // namespace hint_se
