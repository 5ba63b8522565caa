#include "update/joiner.hpp"

#include <algorithm>
#include <utility>

#include "hint_se/tree/binary_tree.hpp"

namespace hint_se {
namespace {

// The child of the root above a node.
NodeId top_of(const OpenTree& tree, NodeId v) {
    while (tree.parent(v) != tree.root()) v = tree.parent(v);
    return v;
}

std::int64_t depth_of(const OpenTree& tree, NodeId v) {
    std::int64_t depth = 0;
    for (; v != tree.root(); v = tree.parent(v)) ++depth;
    return depth;
}

}  // namespace

NodeId common(const OpenTree& tree, NodeId u, NodeId v) {
    std::int64_t deeper = depth_of(tree, u) - depth_of(tree, v);
    for (; deeper > 0; --deeper) u = tree.parent(u);
    for (; deeper < 0; ++deeper) v = tree.parent(v);
    for (; u != v; v = tree.parent(v)) u = tree.parent(u);
    return u;
}

void join_tops(OpenTree& tree, const std::vector<EdgeChange>& links, NodeId height) {
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

}  // namespace hint_se
