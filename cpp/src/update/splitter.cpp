#include "update/splitter.hpp"

#include <algorithm>
#include <utility>

#include "hint_se/monitor.hpp"
#include "hint_se/tree/binary_tree.hpp"
#include "index.hpp"

namespace hint_se {
Splitter::Splitter(const GraphView& graph, OpenTree& tree)
    : graph_(graph), tree_(tree), child_of_(at(tree.n_leaves()), -1) {}

double Splitter::try_node(NodeId node) {
    if (tree_.is_leaf(node) || node == tree_.root()) return 0.0;
    collect_children(node);
    if (children_.size() < 3) return 0.0;
    const Graph between = graph_of_children();
    Tiers tiers = apart(between.view(), tree_.volume(tree_.parent(node)));
    const double whole = tiers.at(2, 0).joined * log_of(tree_.volume(node));
    Monitor silent;
    move_between(between.view(), tiers, 0.0, silent);
    const double gain = whole - joined_cost(tiers);
    if (gain <= kLeastGain || tiers.size(1) < 2) return 0.0;
    divide(node, tiers);
    return gain;
}

void Splitter::collect_children(NodeId node) {
    children_.clear();
    for (NodeId c = tree_.first_child(node); c >= 0; c = tree_.next_sibling(c)) children_.push_back(c);
    // Not in the order of the list, which depends on what was moved before.
    std::sort(children_.begin(), children_.end());
    leaves_.resize(children_.size());
    for (std::size_t k = 0; k < children_.size(); ++k) leaves_[k] = tree_.leaves_below(children_[k]);
}

Graph Splitter::graph_of_children() {
    for (std::size_t k = 0; k < children_.size(); ++k) {
        for (const NodeId leaf : leaves_[k]) child_of_[at(leaf)] = node_id(k);
    }
    Graph graph;
    graph.indptr.push_back(0);
    std::vector<double> weight(children_.size(), 0.0);
    for (std::size_t k = 0; k < children_.size(); ++k) {
        const auto row = static_cast<std::ptrdiff_t>(graph.indices.size());
        for (const NodeId leaf : leaves_[k]) {
            for (auto e = graph_.begin(leaf); e < graph_.end(leaf); ++e) {
                const NodeId other = child_of_[at(graph_.target(e))];
                if (other < 0 || at(other) == k) continue;
                if (weight[at(other)] == 0.0) graph.indices.push_back(other);
                weight[at(other)] += tree_.scaled(graph_.weight(e));
            }
        }
        std::sort(graph.indices.begin() + row, graph.indices.end());
        for (auto e = at(row); e < graph.indices.size(); ++e)
            graph.weights.push_back(std::exchange(weight[at(graph.indices[e])], 0.0));
        graph.indptr.push_back(edge_offset(graph.indices.size()));
    }
    for (const auto& leaves : leaves_) {
        for (const NodeId leaf : leaves) child_of_[at(leaf)] = -1;
    }
    return graph;
}

// Each child in a community of its own below a node of this volume, which counts others besides them.
Tiers Splitter::apart(const GraphView& between, double volume) const {
    Tiers tiers;
    tiers.nodes.resize(3);
    TierNode top{-1, volume, 0.0, log_of(volume)};
    for (const double weight : between.weights) top.joined += weight;
    for (std::size_t k = 0; k < children_.size(); ++k) {
        const double own = tree_.volume(children_[k]);
        tiers.nodes[0].push_back({node_id(k), own, 0.0, log_of(own)});
        tiers.nodes[1].push_back({0, own, 0.0, log_of(own)});
    }
    tiers.nodes[2].push_back(top);
    return tiers;
}

// The group of the first child stays.
void Splitter::divide(NodeId node, const Tiers& tiers) {
    const NodeId parent = tree_.parent(node);
    std::vector<std::vector<NodeId>> members(tiers.nodes[1].size());
    for (std::size_t k = 0; k < children_.size(); ++k)
        members[at(tiers.nodes[0][k].up)].push_back(children_[k]);
    const NodeId kept = tiers.at(0, 0).up;
    for (NodeId group = 0; group < tiers.size(1); ++group) {
        if (group == kept) continue;
        NodeId joint = -1;
        for (const NodeId child : members[at(group)]) {
            tree_.add(node, -tree_.volume(child), 0.0, -tree_.count(child));
            tree_.detach(child);
            tree_.attach(child, joint < 0 ? parent : joint);
            if (joint >= 0) tree_.add(joint, tree_.volume(child), 0.0, tree_.count(child));
            if (joint < 0 && members[at(group)].size() > 1) joint = tree_.insert_above(child);
        }
        if (joint >= 0) tree_.add(joint, 0.0, tiers.at(1, group).joined, 0);
    }
    tree_.add(node, 0.0, tiers.at(1, kept).joined - tree_.joined(node), 0);
    tree_.add(parent, 0.0, tiers.at(2, 0).joined, 0);
    if (members[at(kept)].size() == 1) tree_.contract(node);
}

}  // namespace hint_se
