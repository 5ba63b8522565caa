#include "hint_se/build/compress.hpp"

#include <algorithm>
#include <numeric>

#include "hint_se/tree/entropy.hpp"
#include "hint_se/tree/tree.hpp"
#include "index.hpp"

namespace hint_se {
namespace {

// For each node the weight of the edges between it and its siblings.
std::vector<double> weight_to_siblings(const GraphView& graph, std::span<const NodeId> parent,
                                       Monitor& monitor) {
    const AncestorIndex index(parent);
    std::vector<double> weight(parent.size(), 0.0);
    for (NodeId v = 0; v < graph.n_nodes(); ++v) {
        monitor.tick(0.5);
        for (auto e = graph.begin(v); e < graph.end(v); ++e) {
            weight[at(index.child_towards(index.common(v, graph.target(e)), v))] += graph.weight(e);
        }
    }
    return weight;
}

struct SweepState {
    Tree tree;
    std::vector<double> to_siblings;
    std::vector<double> cut_of_children;
};

// Change of vol * entropy when `a` leaves its parent b for its grandparent p (move up, structural entropy of
// Eq. 4).
double move_up_change(const SweepState& s, NodeId a, NodeId b, NodeId p) {
    const auto& [tree, to_siblings, cut_of_children] = s;
    const double rest_volume = tree.volume[at(b)] - tree.volume[at(a)];
    const double rest_cut = tree.cut[at(b)] - tree.cut[at(a)] + 2.0 * to_siblings[at(a)];
    const double siblings_cut = cut_of_children[at(b)] - tree.cut[at(a)];
    const double parent_volume = tree.volume[at(p)];
    return x_log2(tree.cut[at(a)] - tree.cut[at(b)], parent_volume, tree.volume[at(b)]) -
           x_log2(siblings_cut, tree.volume[at(b)], rest_volume) +
           x_log2(rest_cut, parent_volume, rest_volume);
}

// One breadth-first sweep; returns whether anything moved.
bool sweep(const SweepState& s, std::vector<NodeId>& parent, Monitor& monitor) {
    // Of the weight of the edges, not of the volume, which may be far more.
    const double threshold =
        -1e-12 * std::accumulate(s.tree.cut.begin(), s.tree.cut.begin() + s.tree.n_leaves, 0.0);
    std::vector<NodeId> order(parent.size());
    std::iota(order.begin(), order.end(), 0);
    const std::vector<NodeId> depth = depths(parent);
    std::stable_sort(order.begin(), order.end(),
                     [&](NodeId u, NodeId v) { return depth[at(u)] < depth[at(v)]; });
    std::vector<bool> touched(parent.size(), false);
    bool moved = false;
    for (const NodeId a : order) {
        monitor.tick(0.5);
        const NodeId b = s.tree.parent[at(a)];
        if (b < 0) continue;
        const NodeId p = s.tree.parent[at(b)];
        if (p < 0 || touched[at(b)] || touched[at(p)] || s.tree.volume[at(a)] == 0.0) continue;
        if (!(move_up_change(s, a, b, p) < threshold)) continue;
        parent[at(a)] = p;
        touched[at(a)] = touched[at(b)] = touched[at(p)] = true;
        moved = true;
    }
    return moved;
}

}  // namespace

std::vector<NodeId> compress(const GraphView& graph, std::vector<NodeId> parent, Monitor& monitor) {
    monitor.stage("compress");
    for (int round = 0; round < kMaxSweeps; ++round) {
        SweepState s{
            tree_from_parent(graph, parent, monitor), weight_to_siblings(graph, parent, monitor), {}};
        s.cut_of_children.assign(parent.size(), 0.0);
        for (std::size_t v = 0; v + 1 < parent.size(); ++v) s.cut_of_children[at(parent[v])] += s.tree.cut[v];
        if (!sweep(s, parent, monitor)) break;
        parent = canonical_parent(parent, graph.n_nodes());
        monitor.check(static_cast<double>(round + 1) / kMaxSweeps);
    }
    return parent;
}

}  // namespace hint_se
