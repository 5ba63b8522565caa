#include "update/relocator.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "hint_se/tree/binary_tree.hpp"
#include "index.hpp"

namespace hint_se {
Relocator::Relocator(const GraphView& graph, OpenTree& tree, NodeId height, NodeId reach)
    : graph_(graph), tree_(tree), reach_(reach), limit_(height == 0 ? reach : std::min(height, reach)) {}

double Relocator::try_unit(NodeId unit) {
    if (tree_.parent(unit) < 0) return 0.0;
    volume_ = tree_.volume(unit);
    log_own_ = log_of(volume_);
    collect_path(unit);
    const int top = collect_links(tree_.leaves_below(unit));
    if (top < 0) return 0.0;
    within_.assign(1, met(0).linked);
    for (std::int32_t i = 1; i <= top; ++i) within_.push_back(within_.back() + met(i).linked);
    const double staying = staying_cost(top);
    best_ = {-1, Way::kSibling, staying - kLeastGain};
    search(unit, top);
    if (best_.node < 0) return 0.0;
    move(unit, top);
    return staying - best_.cost;
}

std::int32_t Relocator::slot_of(NodeId node) const {
    const std::int32_t slot = tree_.mark(node);
    return std::cmp_less(slot, met_.size()) && met_[at(slot)].node == node ? slot : -1;
}

std::int32_t Relocator::meet(NodeId node) {
    const auto slot = static_cast<std::int32_t>(met_.size());
    tree_.mark(node) = slot;
    met_.push_back({node});
    return slot;
}

void Relocator::collect_path(NodeId unit) {
    const NodeId parent = tree_.parent(unit);
    const NodeId first = tree_.first_child(parent);
    leaves_pair_ = parent != tree_.root() && tree_.is_binary(parent);
    sibling_ = first == unit ? tree_.next_sibling(first) : first;
    met_.clear();
    for (NodeId a = parent; a >= 0 && std::cmp_less(met_.size(), reach_); a = tree_.parent(a)) meet(a);
    length_ = static_cast<std::int32_t>(met_.size());
}

// Returns the place of the highest ancestor that a neighbour hangs on, -1 where one is out of reach.
int Relocator::collect_links(const std::vector<NodeId>& leaves) {
    for (const NodeId leaf : leaves) meet(leaf);
    const auto inside = static_cast<std::int32_t>(met_.size());
    climbers_.clear();
    for (const NodeId leaf : leaves) {
        for (auto e = graph_.begin(leaf); e < graph_.end(leaf); ++e) {
            const NodeId u = graph_.target(e);
            std::int32_t slot = slot_of(u);
            if (slot >= 0 && slot < inside) continue;
            if (slot < 0) climbers_.push_back({slot = meet(u), tree_.parent(u)});
            met(slot).linked += tree_.scaled(graph_.weight(e));
        }
    }
    return climb() ? add_up() : -1;
}

// All neighbours climb in step, so that their cache misses overlap, each until it comes where another was.
// One that passes the path meets the unit above it, where no move changes anything. Of one that still climbs
// nobody knows where it meets what: returns whether there is none.
bool Relocator::climb() {
    for (std::int64_t round = 0; round < reach_ && !climbers_.empty(); ++round) {
        std::size_t left = 0;
        for (const auto [below, node] : climbers_) {
            const std::int32_t known = slot_of(node);
            const std::int32_t slot = known >= 0 ? known : meet(node);
            met(below).next = std::exchange(met(slot).first, below);
            if (known < 0 && tree_.parent(node) >= 0) climbers_[left++] = {slot, tree_.parent(node)};
        }
        climbers_.resize(left);
    }
    return climbers_.empty();
}

// Adds up the links from the neighbours to the path. Returns the highest place on it that one hangs on.
int Relocator::add_up() {
    int top = -1;
    order_.clear();
    for (std::int32_t i = 0; i < length_; ++i) {
        if (met(i).first >= 0) top = i;
        for (std::int32_t c = met(i).first; c >= 0; c = met(c).next) order_.emplace_back(c, i);
    }
    for (std::size_t k = 0; k < order_.size(); ++k) {
        const std::int32_t slot = order_[k].first;
        for (std::int32_t c = met(slot).first; c >= 0; c = met(c).next) order_.emplace_back(c, slot);
    }
    for (std::size_t k = order_.size(); k-- > 0;) met(order_[k].second).linked += met(order_[k].first).linked;
    return top;
}

double Relocator::staying_cost(int top) {
    double cost = leaves_pair_ ? 2.0 * within_[0] * log_of(tree_.volume(met(0).node)) : 0.0;
    for (std::int32_t i = leaves_pair_ ? 1 : 0; i <= top; ++i) {
        const NodeId a = met(i).node;
        const double volume = tree_.volume(a);
        const double joined = tree_.joined(a);
        cost += joined * log_of(volume) - (joined - 2.0 * met(i).linked) * log_of(volume - volume_);
    }
    return cost;
}

// Finds the spot of least cost in the tree without the unit, best_, if it gains. Below a node that holds no
// neighbour the cost only rises, and it never falls below `cost` plus all links at the unit's own volume,
// which cuts most of the descent.
void Relocator::search(NodeId unit, int top) {
    stack_.clear();
    const NodeId start = leaves_pair_ && top == 0 ? sibling_ : met(top).node;
    stack_.push_back({start, depth_of(met(top).node), 0.0, within_[at(top)]});
    while (!stack_.empty()) {
        const Visit visit = stack_.back();
        stack_.pop_back();
        if (visit.cost + 2.0 * visit.within * log_own_ >= best_.cost) continue;
        const Load here = load(visit.node);
        offer(unit, visit, here);
        if (!tree_.is_leaf(visit.node)) descend(visit, here);
    }
}

Relocator::Load Relocator::load(NodeId node) {
    const double volume = tree_.volume(node);
    const double joined = tree_.joined(node);
    const std::int32_t slot = slot_of(node);
    if (!is_on_path(slot)) return {joined, log_of(volume), std::log2(volume + volume_)};
    return {joined - 2.0 * met(slot).linked, log_of(volume - volume_), log_of(volume)};
}

// The first way that the height allows is the cheapest.
void Relocator::offer(NodeId unit, const Visit& visit, const Load& here) {
    const double alone = visit.cost + 2.0 * visit.within * here.log_with;
    if (alone >= best_.cost) return;
    const std::int64_t tall = tree_.above(unit);
    Spot spot{visit.node, Way::kSibling, alone};
    if (visit.node == tree_.root() ||
        visit.depth + 1 + std::max<std::int64_t>(tree_.above(visit.node), tall) > limit_) {
        if (tree_.is_leaf(visit.node)) return;
        spot.way = Way::kChild;
        spot.cost += here.joined * (here.log_with - here.log_without);
        if (visit.depth + 1 + tall > limit_) {
            if (tree_.is_leaf(unit) || visit.depth + tall > limit_) return;
            spot.way = Way::kDissolved;
            spot.cost += tree_.joined(unit) * (here.log_with - log_own_);
        }
    }
    if (spot.cost < best_.cost) best_ = spot;
}

void Relocator::descend(const Visit& visit, const Load& here) {
    const double before = visit.cost - here.joined * here.log_without;
    const auto push = [&](NodeId child, double inside) {
        if (inside <= 0.0) return;
        const double cost = before + (here.joined + 2.0 * (visit.within - inside)) * here.log_with;
        if (cost + 2.0 * inside * log_own_ < best_.cost)
            stack_.push_back({child, visit.depth + 1, cost, inside});
    };
    const std::int32_t slot = slot_of(visit.node);
    for (std::int32_t c = met(slot).first; c >= 0; c = met(c).next) push(met(c).node, met(c).linked);
    // The path last, so that it is descended first and bounds the rest.
    if (slot < 1 || slot >= length_) return;
    push(leaves_pair_ && slot == 1 ? sibling_ : met(slot - 1).node, within_[at(slot - 1)]);
}

double Relocator::within(NodeId node) {
    const std::int32_t slot = slot_of(node);
    if (slot < 0) return 0.0;
    return is_on_path(slot) ? within_[at(slot)] : met(slot).linked;
}

// Edges from the root, or more than are allowed.
std::int64_t Relocator::depth_of(NodeId node) const {
    std::int64_t depth = 0;
    for (node = tree_.parent(node); node >= 0 && depth <= reach_; node = tree_.parent(node)) ++depth;
    return depth;
}

void Relocator::move(NodeId unit, int top) {
    const NodeId count = tree_.count(unit);
    const NodeId end = tree_.parent(met(top).node);
    const NodeId spot = best_.node;
    double below = within(spot);
    for (std::int32_t i = leaves_pair_ ? 1 : 0; i <= top; ++i)
        tree_.add(met(i).node, -volume_, -2.0 * met(i).linked, -count);
    tree_.detach(unit);
    if (leaves_pair_) tree_.contract(met(0).node);

    NodeId a = spot;  // the lowest node that does not account for the unit yet
    if (best_.way == Way::kSibling) {
        const NodeId joint = tree_.insert_above(spot);
        tree_.attach(unit, joint);
        tree_.add(joint, volume_, 2.0 * below, count);
        a = tree_.parent(joint);
    } else {
        below = 0.0;
        if (best_.way == Way::kChild) {
            tree_.attach(unit, spot);
        } else {
            tree_.add(spot, 0.0, tree_.joined(unit), 0);
            tree_.hand_over(unit, spot);
        }
    }
    for (; a != end; a = tree_.parent(a)) {
        const double here = within(a);
        tree_.add(a, volume_, 2.0 * (here - below), count);
        below = here;
    }
}

}  // namespace hint_se
