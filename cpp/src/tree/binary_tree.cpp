#include "hint_se/tree/binary_tree.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "hint_se/tree/tree.hpp"
#include "index.hpp"

namespace hint_se {
namespace {

std::vector<NodeId> inner_post_order(std::span<const NodeId> parent, const Csr& child, NodeId n_leaves) {
    std::vector<NodeId> order;
    std::vector<NodeId> stack{node_id(parent.size()) - 1};
    while (!stack.empty()) {
        const NodeId v = stack.back();
        stack.pop_back();
        if (v < n_leaves) continue;
        order.push_back(v);
        for (auto k = child.indptr[at(v)]; k < child.indptr[at(v) + 1]; ++k)
            stack.push_back(child.indices[at(k)]);
    }
    std::reverse(order.begin(), order.end());
    return order;
}

// Joins nodes of the tree under construction two by two, smallest volumes first; returns the last.
NodeId join_all(BinaryTree& tree, std::vector<NodeId>& parts) {
    const auto join = [&](NodeId a, NodeId b) {
        const auto joint = node_id(tree.nodes.size());
        BinaryNode node;
        node.left = a;
        node.right = b;
        node.volume = tree[a].volume + tree[b].volume;
        tree.rung(a).parent = tree.rung(b).parent = joint;
        tree.nodes.push_back(node);
        tree.rungs.emplace_back();
        return joint;
    };
    const auto larger = [&](NodeId a, NodeId b) {
        return tree[a].volume != tree[b].volume ? tree[a].volume > tree[b].volume : a > b;
    };
    std::make_heap(parts.begin(), parts.end(), larger);
    const auto pop = [&] {
        std::pop_heap(parts.begin(), parts.end(), larger);
        const NodeId smallest = parts.back();
        parts.pop_back();
        return smallest;
    };
    while (parts.size() > 1) {
        const NodeId a = pop();
        const NodeId b = pop();
        parts.push_back(join(a, b));
        std::push_heap(parts.begin(), parts.end(), larger);
    }
    return parts.front();
}

}  // namespace

void replace_child(BinaryTree& tree, NodeId parent, NodeId child, NodeId by) {
    tree.rung(by).parent = parent;
    if (parent < 0) return;
    (tree[parent].left == child ? tree[parent].left : tree[parent].right) = by;
}

NodeId sibling_of(const BinaryTree& tree, NodeId v) {
    const BinaryNode& parent = tree[tree.parent(v)];
    return parent.left == v ? parent.right : parent.left;
}

void set(BinaryTree& tree, NodeId v, double volume, double joined) {
    tree[v].volume = volume;
    tree[v].joined = joined;
    tree[v].log_volume = log_of(volume);
}

bool is_shallow(const BinaryTree& tree, NodeId v) {
    constexpr int kMaxDepth = 128;
    int depth = 0;
    while (v >= 0 && depth <= kMaxDepth) {
        v = tree.parent(v);
        ++depth;
    }
    return depth <= kMaxDepth;
}

double log_of(double volume) { return volume > 0.0 ? std::log2(volume) : 0.0; }

std::vector<NodeId> top_down(const BinaryTree& tree) {
    std::vector<NodeId> order;
    order.reserve(tree.nodes.size());
    const auto is_root = [](const Rung& rung) { return rung.parent < 0; };
    const auto root = std::find_if(tree.rungs.begin(), tree.rungs.end(), is_root) - tree.rungs.begin();
    // Depth first, so that what is near in the tree is near in the order and in the parts made from it.
    std::vector<NodeId> stack{node_id(root)};
    while (!stack.empty()) {
        const NodeId v = stack.back();
        stack.pop_back();
        order.push_back(v);
        if (v < tree.n_leaves) continue;
        stack.push_back(tree[v].right);
        stack.push_back(tree[v].left);
    }
    return order;
}

PartTree part_of(const BinaryTree& tree, std::vector<NodeId> nodes, NodeId n_leaves,
                 std::vector<NodeId>& id) {
    PartTree part;
    part.tree.n_leaves = n_leaves;
    part.tree.nodes.reserve(nodes.size());
    for (std::size_t u = 0; u < nodes.size(); ++u) id[at(nodes[u])] = node_id(u);
    for (NodeId u = 0; std::cmp_less(u, nodes.size()); ++u) {
        const NodeId v = nodes[at(u)];
        BinaryNode node = tree[v];
        const bool is_root = u == n_leaves || nodes.size() == 1;
        part.tree.rungs.push_back({is_root ? -1 : id[at(tree.parent(v))], -1, 0.0});
        node.left = u < n_leaves ? -1 : id[at(node.left)];
        node.right = u < n_leaves ? -1 : id[at(node.right)];
        if (u < n_leaves) node.joined = 0.0;
        part.tree.nodes.push_back(node);
    }
    part.original = std::move(nodes);
    return part;
}

void write_back(const PartTree& part, BinaryTree& tree) {
    if (part.tree.n_leaves < 2) return;
    const NodeId old_root = part.original[at(part.tree.n_leaves)];
    const NodeId above = tree.parent(old_root);
    for (NodeId u = 0; std::cmp_less(u, part.original.size()); ++u) {
        const NodeId v = part.original[at(u)];
        if (u >= part.tree.n_leaves) {
            tree[v] = part.tree[u];
            tree[v].left = part.original[at(part.tree[u].left)];
            tree[v].right = part.original[at(part.tree[u].right)];
        }
        const NodeId parent = part.tree.parent(u);
        if (parent < 0) {
            replace_child(tree, above, old_root, v);
        } else {
            tree.rung(v).parent = part.original[at(parent)];
        }
    }
}

UpperTree upper_tree(const BinaryTree& tree, std::int64_t size) {
    const std::vector<NodeId> order = top_down(tree);
    std::vector<NodeId> count(tree.nodes.size(), 0);
    for (std::size_t k = order.size(); k-- > 0;) {
        const NodeId v = order[k];
        if (v < tree.n_leaves) count[at(v)] = 1;
        if (tree.parent(v) >= 0) count[at(tree.parent(v))] += count[at(v)];
    }
    const auto large = [&](NodeId v) { return count[at(v)] > size; };
    std::vector<NodeId> nodes;
    for (const NodeId v : order) {
        if (!large(v) && (tree.parent(v) < 0 || large(tree.parent(v)))) nodes.push_back(v);
    }
    const auto n_leaves = node_id(nodes.size());
    std::copy_if(order.begin(), order.end(), std::back_inserter(nodes), large);
    std::vector<NodeId> id(tree.nodes.size(), -1);
    UpperTree upper{part_of(tree, std::move(nodes), n_leaves, id), {}};
    for (const NodeId v : order) {
        if (id[at(v)] < 0) id[at(v)] = id[at(tree.parent(v))];
    }
    upper.group.assign(id.begin(), id.begin() + tree.n_leaves);
    return upper;
}

BinaryTree binary_tree(const GraphView& graph, std::span<const NodeId> parent) {
    const Csr child = children(parent);
    const std::vector<double> degree = degrees(graph);
    BinaryTree tree;
    tree.n_leaves = graph.n_nodes();
    tree.nodes.reserve(2 * degree.size());
    std::vector<NodeId> stands(parent.size());
    for (NodeId v = 0; v < tree.n_leaves; ++v) {
        stands[at(v)] = v;
        tree.nodes.emplace_back().volume = degree[at(v)];
        tree.rungs.emplace_back();
    }
    // In post-order, so that climbs stay within a few cache lines.
    std::vector<NodeId> parts;
    for (const NodeId v : inner_post_order(parent, child, tree.n_leaves)) {
        parts.clear();
        for (auto k = child.indptr[at(v)]; k < child.indptr[at(v) + 1]; ++k) {
            parts.push_back(stands[at(child.indices[at(k)])]);
        }
        stands[at(v)] = join_all(tree, parts);
    }
    std::vector<NodeId> parent_array;
    for (const Rung& rung : tree.rungs) parent_array.push_back(rung.parent);
    for (BinaryNode& node : tree.nodes) node.log_volume = log_of(node.volume);
    const AncestorIndex index(parent_array);
    for (NodeId v = 0; v < tree.n_leaves; ++v) {
        for (auto e = graph.begin(v); e < graph.end(v); ++e) {
            if (graph.target(e) > v) tree[index.common(v, graph.target(e))].joined += 2.0 * graph.weight(e);
        }
    }
    return tree;
}

std::vector<NodeId> parent_of(const GraphView& graph, const BinaryTree& tree) {
    std::vector<NodeId> parent(tree.nodes.size(), -1);
    std::vector<NodeId> stays(tree.nodes.size(), -1);  // the lowest node that stays, at or above each
    const std::vector<NodeId> order = top_down(tree);
    const NodeId root = order.front();
    // Grafts leave what rounding leaves of nothing: kept, such a node would mix components.
    double joined = 0.0;
    for (const BinaryNode& node : tree.nodes) joined += node.joined;
    const double nothing = 1e-12 * joined;
    for (const NodeId v : order) {
        const NodeId p = tree.parent(v);
        parent[at(v)] = p < 0 ? -1 : stays[at(p)];
        // A node without edges costs nothing under the root, and elsewhere no less.
        if (p >= 0 && v < tree.n_leaves && graph.begin(v) == graph.end(v)) parent[at(v)] = root;
        const bool empty = p >= 0 && v >= tree.n_leaves && tree[v].joined <= nothing;
        stays[at(v)] = empty ? stays[at(p)] : v;
    }
    return canonical_parent(parent, tree.n_leaves);
}

double joined_cost(const BinaryTree& tree) {
    double cost = 0.0;
    for (const BinaryNode& node : tree.nodes) cost += node.joined * node.log_volume;
    return cost;
}

}  // namespace hint_se
