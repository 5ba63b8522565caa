#include "update/arrivals.hpp"

#include <cstddef>
#include <queue>
#include <utility>

#include "index.hpp"
#include "update/relocator.hpp"

namespace hint_se {
namespace {

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

}  // namespace

std::vector<NodeId> let_in(OpenTree& tree, const GraphView& graph, NodeId n_before, NodeId height,
                           Monitor& monitor) {
    std::vector<NodeId> order = order_of(graph, n_before, monitor);
    const Graph back = looking_back(graph, n_before, order);
    Relocator relocator(back.view(), tree, height, kAnyDepth);
    for (const NodeId v : order) {
        monitor.tick(0.0);
        (void)relocator.try_unit(v);
    }
    return order;
}

}  // namespace hint_se
