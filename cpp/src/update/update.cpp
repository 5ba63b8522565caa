#include "hint_se/update/update.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "hint_se/build/compress.hpp"
#include "hint_se/errors.hpp"
#include "hint_se/tree/binary_tree.hpp"
#include "index.hpp"
#include "update/draft.hpp"
#include "update/open_tree.hpp"
#include "update/settler.hpp"

namespace hint_se {
namespace {

// The child of the root above a node.
NodeId top_of(const OpenTree& tree, NodeId v) {
    while (tree.parent(v) != tree.root()) v = tree.parent(v);
    return v;
}

NodeId common(const OpenTree& tree, NodeId u, NodeId v) {
    std::vector<NodeId> path;
    for (; u >= 0; u = tree.parent(u)) path.push_back(u);
    while (std::find(path.begin(), path.end(), v) == path.end()) v = tree.parent(v);
    return v;
}

// Joins components that new edges link two by two, those of the greatest gain first. All they join so far
// they join at the root.
void join_tops(OpenTree& tree, std::vector<EdgeChange> links, NodeId height) {
    const auto gain = [&](const EdgeChange& link) {
        const double joint = tree.volume(top_of(tree, link.u)) + tree.volume(top_of(tree, link.v));
        return link.after * (log_of(tree.volume(tree.root())) - log_of(joint));
    };
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t k = 0; k < links.size(); ++k) order.emplace_back(-gain(links[k]), k);
    std::sort(order.begin(), order.end());
    const NodeId root = tree.root();
    for (const auto& [cost, k] : order) {
        const double joined = 2.0 * tree.scaled(links[k].after);
        const NodeId a = top_of(tree, links[k].u);
        const NodeId b = top_of(tree, links[k].v);
        NodeId joint = common(tree, links[k].u, links[k].v);
        if (a != b) {
            if (height > 0 && 2 + std::max(tree.above(a), tree.above(b)) > height) continue;
            joint = tree.insert_above(a);
            tree.detach(b);
            tree.attach(b, joint);
            tree.add(joint, tree.volume(b), 0.0, tree.count(b));
        }
        tree.add(joint, 0.0, joined, 0);
        tree.add(root, 0.0, -joined, 0);
    }
}

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
