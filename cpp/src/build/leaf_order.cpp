#include "build/leaf_order.hpp"

namespace hint_se {

LeafOrder::LeafOrder(const BinaryTree& tree) : spans_(tree.nodes.size()) {
    const std::vector<NodeId> order = top_down(tree);
    const std::int64_t room = (std::int64_t{1} << 62) / tree.n_leaves;
    std::int64_t next = 0;
    for (const NodeId v : order) {
        if (v >= tree.n_leaves) continue;
        spans_[at(v)] = {next, next};
        next += room;
    }
    for (std::size_t k = order.size(); k-- > 0;) {
        const NodeId v = order[k];
        if (v >= tree.n_leaves)
            spans_[at(v)] = {spans_[at(tree[v].left)].first, spans_[at(tree[v].right)].last};
    }
}

void LeafOrder::put_beside(BinaryTree& tree, NodeId leaf, NodeId node, NodeId v) {
    const NodeId parent = tree.parent(v);
    const Span gap = gap_beside(tree, v);
    const std::int64_t label = gap.first + (gap.last - gap.first) / 2;
    spans_[at(leaf)] = {label, label};
    const bool is_left = tree[parent].left == v;
    replace_child(tree, parent, v, node);
    tree[node].left = is_left ? v : leaf;
    tree[node].right = is_left ? leaf : v;
    spans_[at(node)] = {spans_[at(tree[node].left)].first, spans_[at(tree[node].right)].last};
    tree.rung(v).parent = tree.rung(leaf).parent = node;
}

}  // namespace hint_se
