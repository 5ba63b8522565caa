#include "update/settler.hpp"

#include <algorithm>
#include <utility>

#include "index.hpp"

namespace hint_se {
Settler::Settler(const GraphView& graph, OpenTree& tree, NodeId height, std::int64_t n_changes)
    : graph_(graph),
      tree_(tree),
      relocator_(graph, tree, height),
      splitter_(graph, tree),
      leaf_edges_(std::max(kLeafEdges * n_changes, kLeastEdges)),
      unit_edges_(std::max(kUnitEdges * n_changes, kLeastEdges)),
      divided_edges_(std::max(kDividedEdges * n_changes, kLeastEdges)),
      queued_(at(tree.n_leaves()), false) {}

double Settler::settle(std::vector<NodeId> leaves, Monitor& monitor) {
    monitor.stage("settle");
    moved_ = leaves;
    double gained = 0.0;
    while (!leaves.empty()) {
        gained += move_leaves(leaves, monitor);
        const std::vector<NodeId> around = std::exchange(moved_, {});
        gained += divide(around, monitor);
        gained += move_units(around, monitor);
        leaves = std::exchange(next_, {});
    }
    return gained;
}

double Settler::move_leaves(const std::vector<NodeId>& leaves, Monitor& monitor) {
    double gained = 0.0;
    for (const NodeId leaf : leaves) {
        queued_[at(leaf)] = false;
        if (!afford(leaf_edges_, {leaf})) continue;
        monitor.tick(0.0);
        const double gain = relocator_.try_unit(leaf);
        if (gain > 0.0) queue_around(leaf);
        gained += gain;
    }
    return gained;
}

double Settler::divide(const std::vector<NodeId>& around, Monitor& monitor) {
    double gained = 0.0;
    for (const NodeId node : units_around(around, kMaxDivided)) {
        if (!tree_.is_in_use(node) || tree_.is_binary(node)) continue;
        const std::vector<NodeId> leaves = tree_.leaves_below(node);
        if (!afford(divided_edges_, leaves)) continue;
        monitor.tick(0.0);
        const double gain = splitter_.try_node(node);
        if (gain <= 0.0) continue;
        gained += gain;
        for (const NodeId leaf : leaves) queue_around(leaf);
    }
    return gained;
}

double Settler::move_units(const std::vector<NodeId>& around, Monitor& monitor) {
    double gained = 0.0;
    for (const NodeId unit : units_around(around, kMaxUnit)) {
        // What came before may have ended or enlarged it.
        if (!tree_.is_in_use(unit) || tree_.count(unit) > kMaxUnit) continue;
        const std::vector<NodeId> leaves = tree_.leaves_below(unit);
        if (!afford(unit_edges_, leaves)) continue;
        monitor.tick(0.0);
        const double gain = relocator_.try_unit(unit);
        if (gain <= 0.0) continue;
        gained += gain;
        for (const NodeId leaf : leaves) queue_around(leaf);
    }
    return gained;
}

// The smallest first: a larger one is better judged once those in it are settled.
std::vector<NodeId> Settler::units_around(const std::vector<NodeId>& leaves, NodeId most) const {
    std::vector<std::pair<NodeId, NodeId>> units;
    for (const NodeId leaf : leaves) {
        for (NodeId v = tree_.parent(leaf); v >= 0 && tree_.count(v) <= most; v = tree_.parent(v))
            units.emplace_back(tree_.count(v), v);
    }
    std::sort(units.begin(), units.end());
    units.erase(std::unique(units.begin(), units.end()), units.end());
    std::vector<NodeId> ids;
    ids.reserve(units.size());
    for (const auto& [count, v] : units) ids.push_back(v);
    return ids;
}

// Whether the edges of some leaves may still be visited; if so, takes them off.
bool Settler::afford(std::int64_t& edges, const std::vector<NodeId>& leaves) const {
    std::int64_t wanted = 0;
    for (const NodeId leaf : leaves) wanted += graph_.end(leaf) - graph_.begin(leaf);
    if (wanted > edges) return false;
    edges -= wanted;
    return true;
}

void Settler::queue_around(NodeId leaf) {
    moved_.push_back(leaf);
    for (auto e = graph_.begin(leaf); e < graph_.end(leaf); ++e) {
        const NodeId u = graph_.target(e);
        if (queued_[at(u)]) continue;
        queued_[at(u)] = true;
        next_.push_back(u);
    }
}

}  // namespace hint_se
