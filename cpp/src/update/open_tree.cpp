#include "update/open_tree.hpp"

#include <cmath>
#include <iterator>
#include <numeric>
#include <tuple>
#include <utility>

namespace hint_se {
namespace {

double scale_to_one(double total) {
    int exponent = 0;
    std::frexp(total, &exponent);
    // Within the exponents of which the inverse is a number, too.
    return std::ldexp(1.0, -std::clamp(exponent, -1000, 1000));
}

}  // namespace

OpenTree::OpenTree(Draft draft, Monitor& monitor) : n_leaves_(draft.n_leaves) {
    load(draft, monitor);
    if (!is_canonical()) {
        make_canonical(draft);
        load(draft, monitor);
    }
    load_joined(draft);
    all_stale_ = draft.all_stale;
    stale_ = std::move(draft.stale);
    leaf_volume_ = std::move(draft.volume);
    leaf_volume_.resize(at(n_leaves_));
    leaf_cut_ = std::move(draft.leaf_cut);
    for (const NodeId v : stale_nodes()) sum_up(v);
    scale_ = scale_to_one(leaf_cut_.empty() ? raw_volume(root_)
                                            : std::accumulate(leaf_cut_.begin(), leaf_cut_.end(), 0.0));
    for (const NodeId v : draft.emptied) {
        if (v != root_ && inner(v).joined == 0.0 && is_in_use(v)) dissolve(v);
    }
}

void OpenTree::load(const Draft& draft, Monitor& monitor) {
    root_ = node_id(draft.parent.size()) - 1;
    rungs_.resize(draft.parent.size());
    next_.assign(draft.parent.size(), -1);
    previous_.assign(draft.parent.size(), kUnknown);
    inner_.assign(draft.parent.size() - at(n_leaves_), {});
    rungs_[at(root_)].parent = -1;
    for (NodeId v = 0; v <= root_; ++v) {
        monitor.tick(0.0);
        if (!is_leaf(v)) {
            inner(v).volume = draft.volume[at(v)];
            inner(v).cut = draft.cut[at(v)];
        }
        if (v == root_) return;
        const NodeId p = draft.parent[at(v)];
        Inner& up = inner(p);
        rungs_[at(v)].parent = p;
        next_[at(v)] = std::exchange(up.first, v);
        up.above = std::max<NodeId>(up.above, above(v) + 1);
        up.least = up.count == 0 ? least(v) : std::min(up.least, least(v));
        up.count += count(v);
        up.joined += draft.cut[at(v)];
    }
}

// Turns what the children cut into what each node joins.
void OpenTree::load_joined(Draft& draft) {
    const bool is_given = !draft.joined.empty();
    for (NodeId v = n_leaves_; v <= root_; ++v)
        inner(v).joined = is_given ? draft.joined[at(v)] : std::max(inner(v).joined - inner(v).cut, 0.0);
    if (is_given) return;
    for (const auto& [node, weight] : draft.gains) {
        if (gain(inner(node).joined, weight)) draft.emptied.push_back(node);
    }
}

// Whether there are several children to each inner node, and the inner nodes in order.
bool OpenTree::is_canonical() const {
    for (NodeId v = n_leaves_; v <= root_; ++v) {
        if (inner(v).first < 0 || next_sibling(inner(v).first) < 0) return false;
        if (v > n_leaves_ && !comes_before(v - 1, v)) return false;
    }
    return true;
}

// In the canonical order of inner nodes.
bool OpenTree::comes_before(NodeId a, NodeId b) const {
    const Inner& first = inner(a);
    const Inner& second = inner(b);
    return std::tie(first.above, first.least) < std::tie(second.above, second.least);
}

bool OpenTree::is_binary(NodeId v) const {
    const NodeId first = first_child(v);
    const NodeId second = first < 0 ? -1 : next_sibling(first);
    return second >= 0 && next_sibling(second) < 0;
}

std::vector<NodeId> OpenTree::leaves_below(NodeId node) const {
    std::vector<NodeId> leaves;
    std::vector<NodeId> open{node};
    while (!open.empty()) {
        const NodeId v = open.back();
        open.pop_back();
        if (is_leaf(v)) leaves.push_back(v);
        for (NodeId c = first_child(v); c >= 0; c = next_sibling(c)) open.push_back(c);
    }
    return leaves;
}

void OpenTree::add(NodeId v, double volume, double joined, NodeId count) {
    inner(v).volume += volume / scale_;
    inner(v).joined += joined / scale_;
    inner(v).count += count;
}

void OpenTree::attach(NodeId child, NodeId parent) {
    Inner& up = inner(parent);
    rungs_[at(child)].parent = parent;
    previous_[at(child)] = -1;
    next_[at(child)] = std::exchange(up.first, child);
    if (next_[at(child)] >= 0) previous_[at(next_[at(child)])] = child;
    touched_.push_back(parent);
    raise(child);
}

// Notes upwards how high a node is by now.
void OpenTree::raise(NodeId v) {
    for (NodeId p = parent(v); p >= 0 && inner(p).above <= above(v); v = p, p = parent(v))
        inner(p).above = above(v) + 1;
}

void OpenTree::detach(NodeId child) {
    const NodeId up = parent(child);
    if (previous_[at(child)] == kUnknown) {
        NodeId before = -1;
        for (NodeId c = inner(up).first; c >= 0; before = c, c = next_[at(c)]) previous_[at(c)] = before;
    }
    const NodeId next = next_[at(child)];
    const NodeId previous = previous_[at(child)];
    (previous >= 0 ? next_[at(previous)] : inner(up).first) = next;
    if (next >= 0) previous_[at(next)] = previous;
    touched_.push_back(up);
}

NodeId OpenTree::insert_above(NodeId v) {
    const NodeId joint = free_.empty() ? fresh_id(n_ids()) : free_.back();
    if (free_.empty()) {
        rungs_.emplace_back();
        next_.push_back(-1);
        previous_.push_back(-1);
        inner_.emplace_back();
    } else {
        free_.pop_back();
    }
    inner(joint).count = count(v);
    inner(joint).volume = raw_volume(v);
    const NodeId up = parent(v);
    detach(v);
    attach(joint, up);
    attach(v, joint);
    return joint;
}

void OpenTree::release(NodeId v) {
    inner(v) = {};
    free_.push_back(v);
}

void OpenTree::contract(NodeId v) {
    const NodeId only = inner(v).first;
    const NodeId up = parent(v);
    detach(v);
    attach(only, up);
    release(v);
}

void OpenTree::hand_over(NodeId from, NodeId to) {
    while (inner(from).first >= 0) {
        const NodeId child = inner(from).first;
        detach(child);
        attach(child, to);
    }
    release(from);
}

void OpenTree::dissolve(NodeId v) {
    detach(v);
    hand_over(v, parent(v));
}

void OpenTree::drop_empty_root() {
    while (!is_leaf(root_) && next_sibling(inner(root_).first) < 0) {
        const NodeId only = inner(root_).first;
        release(root_);
        root_ = only;
        rungs_[at(root_)].parent = -1;
    }
}

// Adds a node and all above it that are not marked yet.
void OpenTree::mark_above(NodeId v, std::vector<bool>& marked, std::vector<NodeId>& found) const {
    for (; v >= 0 && !marked[at(v)] && is_in_use(v); v = parent(v)) {
        marked[at(v)] = true;
        found.push_back(v);
    }
}

// A set of nodes with all above them, children before parents.
std::vector<NodeId> OpenTree::bottom_up(const std::vector<NodeId>& nodes) const {
    std::vector<NodeId> waits(n_ids(), 0);  // for so many children
    for (const NodeId v : nodes) {
        if (parent(v) >= 0) ++waits[at(parent(v))];
    }
    std::vector<NodeId> order;
    order.reserve(nodes.size());
    std::copy_if(nodes.begin(), nodes.end(), std::back_inserter(order),
                 [&](NodeId v) { return waits[at(v)] == 0; });
    for (std::size_t k = 0; k < order.size(); ++k) {
        const NodeId p = parent(order[k]);
        if (p >= 0 && --waits[at(p)] == 0) order.push_back(p);
    }
    return order;
}

// Nodes whose volume in the draft is out of date.
std::vector<NodeId> OpenTree::stale_nodes() const {
    std::vector<NodeId> found;
    if (all_stale_) {
        found.resize(inner_.size());
        std::iota(found.begin(), found.end(), n_leaves_);
        return found;
    }
    std::vector<bool> marked(n_ids(), false);
    for (const NodeId leaf : stale_) mark_above(parent(leaf), marked, found);
    return bottom_up(found);
}

// Nodes that differ from those of the draft in anything.
std::vector<NodeId> OpenTree::changed_nodes() const {
    std::vector<bool> marked(n_ids(), false);
    std::vector<NodeId> found;
    for (const NodeId v : touched_) mark_above(v, marked, found);
    for (const NodeId leaf : stale_) mark_above(parent(leaf), marked, found);
    for (NodeId v = n_leaves_; all_stale_ && std::cmp_less(v, n_ids()); ++v) mark_above(v, marked, found);
    return bottom_up(found);
}

void OpenTree::sum_up(NodeId v) {
    double volume = 0.0;
    for (NodeId c = first_child(v); c >= 0; c = next_sibling(c)) volume += raw_volume(c);
    inner(v).volume = volume;
}

// Everything about a node from its children and what it joins.
void OpenTree::measure(NodeId v) {
    Inner& node = inner(v);
    node.above = 0;
    node.least = n_leaves_;
    double outward = 0.0;
    for (NodeId c = node.first; c >= 0; c = next_sibling(c)) {
        node.above = std::max<NodeId>(node.above, above(c) + 1);
        node.least = std::min(node.least, least(c));
        outward += cut(c);
    }
    sum_up(v);
    node.cut = std::max(outward - node.joined, 0.0);  // rounding may leave less than nothing
}

// Inner nodes in canonical order: those without a change are in it already.
std::vector<NodeId> OpenTree::inner_order(std::vector<NodeId> changed, Monitor& monitor) const {
    std::vector<bool> marked(n_ids(), false);
    for (const NodeId v : changed) marked[at(v)] = true;
    const auto before = [this](NodeId a, NodeId b) { return comes_before(a, b); };
    std::sort(changed.begin(), changed.end(), before);
    std::vector<NodeId> order;
    order.reserve(inner_.size());
    auto next = changed.begin();
    for (NodeId v = n_leaves_; std::cmp_less(v, n_ids()); ++v) {
        monitor.tick(1.0);
        if (marked[at(v)] || !is_in_use(v)) continue;
        for (; next != changed.end() && comes_before(*next, v); ++next) order.push_back(*next);
        order.push_back(v);
    }
    order.insert(order.end(), next, changed.end());
    return order;
}

Tree OpenTree::closed(Monitor& monitor, std::vector<bool>* changed) && {
    drop_empty_root();
    const std::vector<NodeId> measured = changed_nodes();
    for (const NodeId v : measured) measure(v);
    const std::vector<NodeId> order = inner_order(measured, monitor);
    std::vector<NodeId> id(n_ids(), -1);
    for (std::size_t k = 0; k < order.size(); ++k) id[at(order[k])] = n_leaves_ + node_id(k);
    Tree tree{n_leaves_, {}, {}, {}};
    const std::size_t t = at(n_leaves_) + order.size();
    tree.parent.reserve(t);
    tree.volume.reserve(t);
    tree.cut.reserve(t);
    const auto write = [&](NodeId v) {
        monitor.tick(1.0);
        tree.parent.push_back(v == root_ ? -1 : id[at(parent(v))]);
        tree.volume.push_back(raw_volume(v));
        // Rounding may leave some where no edge ends any more.
        tree.cut.push_back(v == root_ ? 0.0 : std::min(cut(v), raw_volume(v)));
    };
    for (NodeId v = 0; v < n_leaves_; ++v) write(v);
    for (const NodeId v : order) write(v);
    if (changed != nullptr) {
        changed->assign(t, false);
        for (const NodeId v : measured) (*changed)[at(id[at(v)])] = true;
    }
    return tree;
}

}  // namespace hint_se
