#include "build/leaf_grafter.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "index.hpp"

namespace hint_se {
double LeafGrafter::run(std::vector<NodeId> queue, std::int64_t max_visits, Monitor& monitor) {
    Random unused(0);
    for (const NodeId leaf : queue) queued_[at(leaf)] = true;
    std::vector<NodeId> next;
    std::int64_t visits = 0;
    double gained = 0.0;
    while (!queue.empty()) {
        for (const NodeId leaf : queue) {
            queued_[at(leaf)] = false;
            if (visits >= max_visits) continue;
            monitor.tick(static_cast<double>(visits++) / static_cast<double>(max_visits));
            const double gain = try_leaf(leaf, 0.0, unused);
            if (gain <= 0.0) continue;
            gained += gain;
            for (auto e = graph_.begin(leaf); e < graph_.end(leaf); ++e) {
                const NodeId u = graph_.target(e);
                if (queued_[at(u)]) continue;
                queued_[at(u)] = true;
                next.push_back(u);
            }
        }
        queue.swap(next);
        next.clear();
    }
    return gained;
}

double LeafGrafter::try_leaf(NodeId leaf, double noise, Random& random) {
    if (tree_.parent(leaf) < 0 || graph_.begin(leaf) == graph_.end(leaf)) return 0.0;
    collect_path(leaf);
    const int top = collect_links(leaf);
    double gain = 0.0;
    if (top > 0) {
        within_[0] = hit_[0];
        for (int i = 1; i <= top; ++i) within_[at(i)] = within_[at(i - 1)] + hit_[at(i)];
        gain = search(leaf, top, noise, random);
        const bool moves = best_ != sibling_of(tree_, leaf) && (noise > 0.0 || gain > kLeastGain) &&
                           is_shallow(tree_, best_);
        if (moves) {
            move(leaf, top);
        } else {
            gain = 0.0;
        }
    }
    for (int i = 0; i < length_; ++i) tree_.rung(path_[at(i)]).place = -1;
    for (const NodeId x : touched_) tree_.rung(x).linked = 0.0;
    touched_.clear();
    return gain;
}

void LeafGrafter::collect_path(NodeId leaf) {
    length_ = 0;
    for (NodeId a = tree_.parent(leaf); a >= 0 && length_ < kMaxClimb; a = tree_.parent(a)) {
        path_[at(length_)] = a;
        hit_[at(length_)] = 0.0;
        tree_.rung(a).place = length_++;
    }
}

// Returns the place of the highest ancestor that a neighbour hangs on, -1 where all are out of reach. All
// neighbours climb in step, so that their cache misses overlap: a third of the time on a million nodes.
int LeafGrafter::collect_links(NodeId leaf) {
    climbers_.clear();
    for (auto e = graph_.begin(leaf); e < graph_.end(leaf); ++e) {
        climbers_.push_back({graph_.target(e), graph_.target(e), graph_.weight(e)});
    }
    int top = -1;
    for (int step = 0; step <= kMaxClimb && !climbers_.empty(); ++step) {
        for (std::size_t i = 0; i < climbers_.size();) {
            Climber& climber = climbers_[i];
            Rung& rung = tree_.rung(climber.at);
            if (rung.place >= 0) {
                hit_[at(rung.place)] += climber.weight;
                top = std::max(top, rung.place);
                climber = climbers_.back();
                climbers_.pop_back();
                continue;
            }
            if (rung.linked == 0.0) touched_.push_back(climber.at);
            rung.linked += climber.weight;
            climber.at = rung.parent;
            if (climber.at >= 0) {
                ++i;
            } else {  // past the root: only where the path was cut short
                give_up(climber);
                climber = climbers_.back();
                climbers_.pop_back();
            }
        }
    }
    for (const Climber& climber : climbers_) give_up(climber);
    return top;
}

// A neighbour out of reach is not counted: takes back what its climb left.
void LeafGrafter::give_up(const Climber& climber) {
    for (NodeId x = climber.start; x != climber.at; x = tree_.parent(x))
        tree_.rung(x).linked -= climber.weight;
}

// Finds the place of least cost in the tree without the leaf, best_, and returns how much it gains over
// staying. Below a node that holds no neighbour the cost only rises, and it never falls below `cost` plus all
// links at the leaf's own volume, which cuts most of the descent.
double LeafGrafter::search(NodeId leaf, int top, double noise, Random& random) {
    const double volume = tree_[leaf].volume;
    const double log_own = tree_[leaf].log_volume;
    const NodeId sibling = sibling_of(tree_, leaf);
    double best = std::numeric_limits<double>::infinity();  // with noise
    double best_cost = best;                                // without
    best_ = -1;
    stack_.clear();
    stack_.push_back({path_[at(top)], 0.0, within_[at(top)]});
    while (!stack_.empty()) {
        const Visit visit = stack_.back();
        stack_.pop_back();
        if (visit.cost + 2.0 * visit.within * log_own >= best) continue;
        const int place = tree_.rung(visit.node).place;
        double rest = tree_[visit.node].volume;
        double joined = tree_[visit.node].joined;
        double log_rest = tree_[visit.node].log_volume;
        if (place >= 0) {
            rest -= volume;
            joined -= 2.0 * hit_[at(place)];
            log_rest = log_of(rest);
        }
        const double log_full = place >= 0 ? tree_[visit.node].log_volume : std::log2(rest + volume);
        const double before = visit.cost - joined * log_rest;
        NodeId children[2] = {tree_[visit.node].left, tree_[visit.node].right};
        // The path last, so that it is descended first and staying bounds the rest.
        if (place > 0 && children[0] == path_[at(place - 1)]) std::swap(children[0], children[1]);
        for (NodeId child : children) {
            const bool on_path = place > 0 && child == path_[at(place - 1)];
            if (on_path && place == 1) child = sibling;
            const double within = on_path ? within_[at(place - 1)] : tree_.rung(child).linked;
            if (within <= 0.0) continue;
            const double cost = before + (joined + 2.0 * (visit.within - within)) * log_full;
            if (cost + 2.0 * within * log_own >= best) continue;
            const double child_volume = tree_[child].volume - (on_path && place > 1 ? volume : 0.0);
            const double total = cost + 2.0 * within * std::log2(child_volume + volume);
            const double offer = noise > 0.0 ? total + noise * random.uniform() : total;
            if (offer < best) {
                best = offer;
                best_cost = total;
                best_ = child;
            }
            if (child >= tree_.n_leaves) stack_.push_back({child, cost, within});
        }
    }
    return best_ == sibling ? 0.0 : staying_cost(leaf, top) - best_cost;
}

double LeafGrafter::staying_cost(NodeId leaf, int top) const {
    const double volume = tree_[leaf].volume;
    double cost = 0.0;
    for (int i = top; i > 0; --i) {
        const BinaryNode& node = tree_[path_[at(i)]];
        cost +=
            node.joined * node.log_volume - (node.joined - 2.0 * hit_[at(i)]) * log_of(node.volume - volume);
    }
    return cost + 2.0 * within_[0] * tree_[path_[0]].log_volume;
}

// The leaf's parent leaves with it and becomes the new node above best_.
void LeafGrafter::move(NodeId leaf, int top) {
    const double volume = tree_[leaf].volume;
    const NodeId node = path_[0];
    const NodeId sibling = sibling_of(tree_, leaf);
    replace_child(tree_, tree_.parent(node), node, sibling);
    for (int i = 1; i <= top; ++i) {
        const NodeId a = path_[at(i)];
        set(tree_, a, tree_[a].volume - volume, tree_[a].joined - 2.0 * hit_[at(i)]);
    }
    const auto within = [&](NodeId x) {
        const int place = tree_.rung(x).place;
        if (x == sibling) return within_[0];
        return place >= 0 ? within_[at(place)] : tree_.rung(x).linked;
    };
    const double linked = within(best_);
    replace_child(tree_, tree_.parent(best_), best_, node);
    tree_[node].left = best_;
    tree_[node].right = leaf;
    tree_.rung(best_).parent = tree_.rung(leaf).parent = node;
    set(tree_, node, tree_[best_].volume + volume, 2.0 * linked);
    double below = linked;
    const NodeId end = tree_.parent(path_[at(top)]);
    for (NodeId a = tree_.parent(node); a != end; a = tree_.parent(a)) {
        const double here = within(a);
        set(tree_, a, tree_[a].volume + volume, tree_[a].joined + 2.0 * (here - below));
        below = here;
    }
}

}  // namespace hint_se
