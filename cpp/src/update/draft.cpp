#include "update/draft.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

#include "graph/components.hpp"
#include "hint_se/errors.hpp"
#include "index.hpp"

namespace hint_se {
namespace {

NodeId root_of(const Draft& draft) { return node_id(draft.parent.size()) - 1; }

// Lowest common ancestor where parents have greater ids.
NodeId common(const std::vector<NodeId>& parent, NodeId u, NodeId v) {
    while (u != v) {
        if (u < v) {
            u = parent[at(u)];
        } else {
            v = parent[at(v)];
        }
    }
    return u;
}

NodeId height_of(const std::vector<NodeId>& parent) {
    const std::vector<NodeId> depth = depths(parent);
    return *std::max_element(depth.begin(), depth.end());
}

// The same tree with its inner ids moved up by the number of new leaves, which hang under its root.
Draft widened(Tree tree, NodeId n_leaves) {
    const NodeId shift = n_leaves - tree.n_leaves;
    if (tree.n_leaves == 1 && shift > 0) {
        tree.parent = {1, -1};
        tree.volume.push_back(tree.volume.front());
        tree.cut.push_back(0.0);
    }
    const auto insert = [&](auto& column, auto value) {
        column.insert(column.begin() + tree.n_leaves, at(shift), value);
    };
    insert(tree.volume, 0.0);
    insert(tree.cut, 0.0);
    insert(tree.parent, node_id(tree.parent.size()) - 1);
    if (shift > 0) {
        for (NodeId& parent : tree.parent) parent += parent < 0 ? 0 : shift;
    }
    Draft draft;
    draft.n_leaves = n_leaves;
    draft.parent = std::move(tree.parent);
    draft.volume = std::move(tree.volume);
    draft.cut = std::move(tree.cut);
    for (NodeId v = tree.n_leaves; v < n_leaves; ++v) draft.stale.push_back(v);
    return draft;
}

struct Tops {
    NodeId number = 0;
    bool joined = false;  // whether the root joins something
};

Tops tops_of(const Draft& draft) {
    Tops tops;
    double cut = 0.0;
    for (std::size_t v = 0; v < draft.parent.size(); ++v) {
        if (draft.parent[v] != root_of(draft)) continue;
        ++tops.number;
        cut += draft.cut[v];
    }
    // Of the weight of the edges, not of the volume, which may be far more.
    tops.joined =
        cut > kRounding * std::accumulate(draft.cut.begin(), draft.cut.begin() + draft.n_leaves, 0.0);
    return tops;
}

// A root of its own above a root that is the top of one component, for something to hang beside it; the
// leaves from `first` on move there. A binary root that joins something is such a top.
void raise_root(Draft& draft, NodeId first, NodeId height) {
    const Tops tops = tops_of(draft);
    if (tops.number - (draft.n_leaves - first) != 2 || !tops.joined) return;
    if (height > 0 && height_of(draft.parent) >= height) return;
    draft.parent.back() = fresh_id(draft.parent.size());
    draft.parent.push_back(-1);
    std::fill(draft.parent.begin() + first, draft.parent.begin() + draft.n_leaves, root_of(draft));
    draft.volume.push_back(draft.volume.back());
    draft.cut.push_back(0.0);
}

void apply(Draft& draft, const GraphView& graph, std::span<const EdgeChange> changes) {
    for (const EdgeChange& change : changes) {
        draft.stale.insert(draft.stale.end(), {change.u, change.v});
        if (change.u == change.v) continue;  // a loop is in no cut
        const NodeId node = common(draft.parent, change.u, change.v);
        draft.gains.emplace_back(node, 2.0 * (change.after - change.before));
        if (node == root_of(draft) && change.before == 0.0) draft.links.push_back(change);
    }
    std::sort(draft.stale.begin(), draft.stale.end());
    draft.stale.erase(std::unique(draft.stale.begin(), draft.stale.end()), draft.stale.end());
    if (!draft.links.empty() && tops_of(draft).joined) draft.links.clear();
    if (!graph.extra_volume.empty())
        draft.leaf_cut.assign(draft.cut.begin(), draft.cut.begin() + draft.n_leaves);
    for (const NodeId v : draft.stale) {
        draft.volume[at(v)] = graph.degree(v);
        if (!draft.leaf_cut.empty()) draft.leaf_cut[at(v)] = graph.cut(v);
    }
}

void lose(Draft& draft, NodeId node, double weight) {
    if (gain(draft.joined[at(node)], -weight)) draft.emptied.push_back(node);
}

void fill_joined(Draft& draft) {
    draft.joined.assign(draft.parent.size(), 0.0);
    for (std::size_t v = 0; v + 1 < draft.parent.size(); ++v) {
        if (std::cmp_greater_equal(v, draft.n_leaves))
            draft.joined[v] = std::max(draft.joined[v] - draft.cut[v], 0.0);
        draft.joined[at(draft.parent[v])] += draft.cut[v];
    }
    for (const auto& [node, weight] : draft.gains) lose(draft, node, -weight);
}

// Hangs a part that fell off under the root, with copies of the nodes at which its edges meet: of the others
// above it copies would have one child or join nothing.
void hang_apart(Draft& draft, const GraphView& graph, const std::vector<NodeId>& part,
                std::vector<NodeId>& copy) {
    const NodeId root = node_id(copy.size()) - 1;
    std::vector<std::pair<NodeId, double>> joins;
    for (const NodeId v : part) {
        for (auto e = graph.begin(v); e < graph.end(v); ++e)
            joins.emplace_back(common(draft.parent, v, graph.target(e)), graph.weight(e));
    }
    std::vector<NodeId> copied;
    for (const auto& [node, weight] : joins) {
        if (node == root || copy[at(node)] >= 0) continue;
        copied.push_back(node);
        copy[at(node)] = fresh_id(draft.parent.size());
        draft.parent.push_back(root);
        draft.joined.push_back(0.0);
    }
    const auto place_of = [&](NodeId v) {
        if (copied.empty()) return root;
        for (v = draft.parent[at(v)]; v != root; v = draft.parent[at(v)]) {
            if (copy[at(v)] >= 0) return copy[at(v)];
        }
        return root;
    };
    for (const NodeId node : copied) draft.parent[at(copy[at(node)])] = place_of(node);
    for (const NodeId v : part) draft.parent[at(v)] = place_of(v);
    for (const auto& [node, weight] : joins) {
        if (node == root) continue;
        lose(draft, node, weight);
        draft.joined[at(copy[at(node)])] += weight;
    }
    for (const NodeId node : copied) copy[at(node)] = -1;
}

}  // namespace

NodeId fresh_id(std::size_t n_ids) {
    if (std::cmp_less(n_ids, std::numeric_limits<NodeId>::max())) return node_id(n_ids);
    throw GraphError("an update needs more tree nodes on its way than the " +
                     std::to_string(std::numeric_limits<NodeId>::max()) +
                     " there may be; build the tree anew");
}

bool gain(double& joined, double weight) {
    const double before = joined;
    joined += weight;
    if (weight >= 0.0 || joined > kRounding * before) return false;
    joined = 0.0;
    return true;
}

void make_canonical(Draft& draft) {
    if (draft.joined.empty()) fill_joined(draft);
    std::vector<NodeId> original;
    draft.parent = canonical_parent(draft.parent, draft.n_leaves, &original);
    std::vector<NodeId> id(draft.joined.size(), -1);
    std::vector<double> joined;
    for (std::size_t v = 0; v < original.size(); ++v) {
        joined.push_back(draft.joined[at(original[v])]);
        id[at(original[v])] = node_id(v);
    }
    draft.joined = std::move(joined);
    draft.volume.resize(draft.parent.size());
    draft.cut.resize(draft.parent.size());
    for (NodeId& node : draft.emptied) node = id[at(node)];
    std::erase(draft.emptied, -1);
    draft.all_stale = true;
}

Draft draft_of(const GraphView& graph, Tree tree, std::span<const EdgeChange> changes, NodeId height,
               Monitor& monitor) {
    std::vector<std::pair<NodeId, NodeId>> removed;
    for (const EdgeChange& change : changes) {
        if (change.after == 0.0 && change.u != change.v) removed.emplace_back(change.u, change.v);
    }
    const auto parts = fallen_off(graph, removed, monitor);
    const NodeId n_before = tree.n_leaves;
    Draft draft = widened(std::move(tree), graph.n_nodes());
    if (graph.n_nodes() > n_before || !parts.empty()) raise_root(draft, n_before, height);
    apply(draft, graph, changes);
    if (!parts.empty()) {
        fill_joined(draft);
        std::vector<NodeId> copy(draft.parent.size(), -1);
        for (const std::vector<NodeId>& part : parts) hang_apart(draft, graph, part, copy);
        make_canonical(draft);
    }
    return draft;
}

Draft draft_with(const GraphView& added, Tree tree, NodeId height) {
    const NodeId n_before = tree.n_leaves;
    Draft draft = widened(std::move(tree), added.n_nodes());
    // Beside the lowest leaf there has to be room still.
    if (height != 1) raise_root(draft, n_before, std::max<NodeId>(height - 1, 0));
    draft.leaf_cut.assign(draft.cut.begin(), draft.cut.begin() + draft.n_leaves);
    draft.stale.clear();
    double joined = 0.0;
    for (NodeId v = 0; v < added.n_nodes(); ++v) {
        const double cut = added.cut(v);
        if (v < n_before && cut == 0.0) continue;
        draft.stale.push_back(v);
        draft.volume[at(v)] += cut + added.extra(v);
        draft.leaf_cut[at(v)] += cut;
        joined += cut;
    }
    // The root is a leaf where there is one node.
    if (joined > 0.0) draft.gains.emplace_back(root_of(draft), joined);
    return draft;
}

}  // namespace hint_se
