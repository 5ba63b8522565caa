#include "hint_se/update/place.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "hint_se/graph/edit.hpp"
#include "index.hpp"
#include "update/arrivals.hpp"
#include "update/draft.hpp"
#include "update/joiner.hpp"
#include "update/open_tree.hpp"
#include "update/relocator.hpp"

namespace hint_se {
namespace {

// Moves that gain ever less could go on for long.
constexpr int kMaxRounds = 8;

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
    OpenTree open(draft_with(added, std::move(tree), height), monitor);
    const std::vector<NodeId> order = let_in(open, added, n_before, height, monitor);
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
