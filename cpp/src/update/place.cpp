#include "hint_se/update/place.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <queue>
#include <utility>
#include <vector>

#include "hint_se/graph/edit.hpp"
#include "index.hpp"
#include "update/draft.hpp"
#include "update/joiner.hpp"
#include "update/open_tree.hpp"
#include "update/relocator.hpp"

namespace hint_se {
namespace {

// Moves that gain ever less could go on for long.
constexpr int kMaxRounds = 8;

// The new nodes that have edges, in the order in which they are placed.
std::vector<NodeId> order_of(const GraphView& added, NodeId n_before, Monitor& monitor) {
    const NodeId n = added.n_nodes();
    std::vector<double> known(at(n - n_before), 0.0);  // weight at nodes that have their place
    std::vector<double> whole(at(n - n_before), 0.0);
    std::vector<bool> placed(at(n - n_before), false);
    std::priority_queue<std::pair<double, NodeId>>
        queue;  // share, and the number from behind: the first wins
    for (NodeId v = n_before; v < n; ++v) {
        const std::size_t k = at(v - n_before);
        for (auto e = added.begin(v); e < added.end(v); ++e) {
            whole[k] += added.weight(e);
            if (added.target(e) < n_before) known[k] += added.weight(e);
        }
        if (whole[k] > 0.0) queue.emplace(known[k] / whole[k], n - v);
    }
    std::vector<NodeId> order;
    while (!queue.empty()) {
        monitor.tick(0.0);
        const NodeId v = n - queue.top().second;
        queue.pop();
        if (placed[at(v - n_before)]) continue;
        placed[at(v - n_before)] = true;
        order.push_back(v);
        for (auto e = added.begin(v); e < added.end(v); ++e) {
            const NodeId u = added.target(e);
            if (u < n_before || placed[at(u - n_before)]) continue;
            const std::size_t k = at(u - n_before);
            known[k] += added.weight(e);
            queue.emplace(known[k] / whole[k], n - u);
        }
    }
    return order;
}

// Rows of the new nodes that hold the neighbours which come before them.
Graph looking_back(const GraphView& added, NodeId n_before, const std::vector<NodeId>& order) {
    std::vector<NodeId> rank(at(added.n_nodes()), -1);
    for (std::size_t k = 0; k < order.size(); ++k) rank[at(order[k])] = node_id(k);
    Graph back;
    back.indptr.assign(at(n_before) + 1, 0);
    for (NodeId v = n_before; v < added.n_nodes(); ++v) {
        for (auto e = added.begin(v); e < added.end(v); ++e) {
            if (rank[at(added.target(e))] >= rank[at(v)]) continue;
            back.indices.push_back(added.target(e));
            back.weights.push_back(added.weight(e));
        }
        back.indptr.push_back(edge_offset(back.indices.size()));
    }
    return back;
}

// The edges that meet at the root.
std::vector<EdgeChange> links_of(const GraphView& added, NodeId n_before, const OpenTree& tree) {
    std::vector<EdgeChange> links;
    for (NodeId v = n_before; v < added.n_nodes(); ++v) {
        for (auto e = added.begin(v); e < added.end(v); ++e) {
            const NodeId u = added.target(e);
            if (u < v && common(tree, u, v) == tree.root()) links.push_back({u, v, 0.0, added.weight(e)});
        }
    }
    return links;
}

// Whether a tree's root joins nothing but components.
bool parts_at_root(const Tree& tree) {
    const NodeId root = node_id(tree.parent.size()) - 1;
    double at_root = 0.0;
    double total = 0.0;
    for (NodeId v = 0; v < root; ++v) {
        if (tree.parent[at(v)] == root) at_root += tree.cut[at(v)];
        if (v < tree.n_leaves) total += tree.cut[at(v)];
    }
    return at_root <= kRounding * total;
}

}  // namespace

Tree place_leaves(const GraphView& added, Tree tree, NodeId height, Monitor& monitor) {
    monitor.stage("place");
    const NodeId n_before = tree.n_leaves;
    const bool parts = parts_at_root(tree);
    const std::vector<NodeId> order = order_of(added, n_before, monitor);
    const Graph back = looking_back(added, n_before, order);
    constexpr NodeId kAnyDepth = std::numeric_limits<NodeId>::max();
    OpenTree open(draft_with(added, std::move(tree), height), monitor);
    Relocator arriving(back.view(), open, height, kAnyDepth);
    for (const NodeId v : order) {
        monitor.tick(0.0);
        (void)arriving.try_unit(v);
    }
    if (parts) join_tops(open, links_of(added, n_before, open), height);
    Relocator settled(added, open, height, kAnyDepth);
    bool moved = true;
    for (int round = 0; moved && round < kMaxRounds; ++round) {
        moved = false;
        for (const NodeId v : order) {
            // Rows are sorted: the last neighbour is a new node if any is.
            if (added.target(added.end(v) - 1) < n_before) continue;
            monitor.tick(0.0);
            moved = settled.try_unit(v) > 0.0 || moved;
        }
    }
    return std::move(open).closed(monitor);
}

}  // namespace hint_se
