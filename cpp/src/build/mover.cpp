#include "build/mover.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "hint_se/tree/binary_tree.hpp"
#include "index.hpp"

namespace hint_se {
double Mover::run(std::int64_t& visits, Monitor& monitor) {
    std::vector<NodeId> all(units_.community.size());
    std::iota(all.begin(), all.end(), 0);
    return run(std::move(all), visits, monitor);
}

double Mover::run(std::vector<NodeId> queue, std::int64_t& visits, Monitor& monitor) {
    std::vector<bool> queued(units_.community.size(), false);
    for (const NodeId s : queue) queued[at(s)] = true;
    std::vector<NodeId> next;
    double gained = 0.0;
    const std::int64_t left = visits;
    while (!queue.empty() && visits > 0) {
        for (const NodeId s : queue) {
            monitor.tick(1.0 - static_cast<double>(visits--) / static_cast<double>(left));
            queued[at(s)] = false;
            const double gain = try_unit(s);
            if (gain <= 0.0) continue;
            gained += gain;
            for (auto e = units_.graph.begin(s); e < units_.graph.end(s); ++e) {
                const NodeId u = units_.graph.target(e);
                if (queued[at(u)] || units_.community[at(u)] == units_.community[at(s)]) continue;
                queued[at(u)] = true;
                next.push_back(u);
            }
        }
        queue.swap(next);
        next.clear();
    }
    return gained;
}

// What is left of the chain without the unit, and the logarithms of volumes with it, each taken once.
void Mover::set_rests() {
    for (std::size_t i = first_; i <= top_; ++i) {
        const TierNode& node = tiers_.at(i, chain_[i]);
        const double volume = node.volume - volume_;
        const double below = i == first_ ? -inner_ : tiers_.at(i - 1, chain_[i - 1]).linked;
        rest_[i] = {volume, node.joined - 2.0 * (node.linked - below), log_of(volume)};
        for (const NodeId x : met_[i]) {
            TierNode& met = tiers_.at(i, x);
            met.log_full = x == chain_[i] ? met.log_volume : std::log2(met.volume + volume_);
        }
    }
}

// What the unit adds at node x of tier i, of whose links `passed` go on to a child of x.
double Mover::cost_at(std::size_t i, NodeId x, double passed) const {
    const TierNode& node = tiers_.at(i, x);
    const bool is_own = x == chain_[i];
    const double joined = is_own ? rest_[i].joined : node.joined;
    const double log_volume = is_own ? rest_[i].log_volume : node.log_volume;
    return (joined + 2.0 * (node.linked - passed)) * node.log_full - joined * log_volume;
}

double Mover::try_unit(NodeId s) {
    if (units_.graph.begin(s) == units_.graph.end(s)) return 0.0;
    volume_ = units_.volume[at(s)];
    inner_ = units_.inner[at(s)];
    chain_[first_] = units_.community[at(s)];
    for (std::size_t i = first_; i < top_; ++i) chain_[i + 1] = tiers_.at(i, chain_[i]).up;
    collect_links(s);
    set_rests();

    double stay = 0.0;
    double best = std::numeric_limits<double>::infinity();
    std::size_t best_tier = 0;  // tier of the existing node it goes below; the rest of its chain is new
    NodeId best_node = -1;
    const auto offer = [&](double cost, std::size_t i, NodeId x) {
        if (cost >= best) return;
        best = cost;
        best_tier = i;
        best_node = x;
    };
    tiers_.at(top_, 0).cost = 0.0;
    const bool room = has_room();
    for (std::size_t i = top_; i >= first_; --i) {
        for (const NodeId x : met_[i]) {
            TierNode& node = tiers_.at(i, x);
            if (i < top_) node.cost = tiers_.at(i + 1, node.up).cost + cost_at(i + 1, node.up, node.linked);
            if (i > first_) {
                if (room) offer(node.cost + cost_at(i, x, 0.0) + 2.0 * inner_ * log_of(volume_), i, x);
            } else {
                const double cost = node.cost + cost_at(i, x, -inner_);
                if (x == chain_[i]) stay = cost;
                offer(cost, i, x);
            }
        }
    }
    const double gain = stay - best;
    const bool moves = gain > kLeastGain && !(best_tier == first_ && best_node == chain_[first_]);
    if (moves) move(s, best_tier, best_node);
    for (std::size_t i = first_; i <= top_; ++i) {
        for (const NodeId x : met_[i]) tiers_.at(i, x).linked = 0.0;
        met_[i].clear();
    }
    return moves ? gain : 0.0;
}

void Mover::collect_links(NodeId s) {
    const auto link = [&](std::size_t i, NodeId x, double weight) {
        TierNode& node = tiers_.at(i, x);
        if (node.linked == 0.0 && x != chain_[i]) met_[i].push_back(x);
        node.linked += weight;
    };
    for (std::size_t i = first_; i <= top_; ++i) met_[i].push_back(chain_[i]);
    for (auto e = units_.graph.begin(s); e < units_.graph.end(s); ++e) {
        link(first_, units_.community[at(units_.graph.target(e))], units_.graph.weight(e));
    }
    for (std::size_t i = first_; i < top_; ++i) {
        for (const NodeId x : met_[i]) {
            const TierNode& node = tiers_.at(i, x);
            if (node.linked > 0.0) link(i + 1, node.up, node.linked);
        }
    }
}

void Mover::set(std::size_t i, NodeId x, double volume, double joined) {
    TierNode& node = tiers_.at(i, x);
    node.volume = volume;
    node.joined = joined;
    node.log_volume = log_of(volume);
}

void Mover::move(NodeId s, std::size_t tier, NodeId node) {
    for (std::size_t i = first_; i <= top_; ++i) set(i, chain_[i], rest_[i].volume, rest_[i].joined);
    if (tiers_.at(first_, chain_[first_]).volume <= 0.0) free_.push_back(chain_[first_]);
    NodeId x = node;
    for (std::size_t i = tier; i-- > first_;) x = new_node(i, x);
    units_.community[at(s)] = x;
    double below = -inner_;
    for (std::size_t i = first_; i <= top_; ++i) {
        const TierNode& joined = tiers_.at(i, x);
        const double linked = joined.linked;
        set(i, x, joined.volume + volume_, joined.joined + 2.0 * (linked - below));
        below = linked;
        x = tiers_.at(i, x).up;
    }
}

// Whether each tier can take one more: emptied nodes keep their ids until the moves are over, so that on
// graphs of nearly as many nodes as there are ids these may run out.
bool Mover::has_room() const {
    return std::all_of(tiers_.nodes.begin(), tiers_.nodes.end(), [](const auto& tier) {
        return std::cmp_less(tier.size(), std::numeric_limits<NodeId>::max());
    });
}

NodeId Mover::new_node(std::size_t i, NodeId parent) {
    TierNode node;
    node.up = parent;
    if (i == first_ && !free_.empty()) {
        const NodeId x = free_.back();
        free_.pop_back();
        node.linked = tiers_.at(i, x).linked;  // cleared with the others when the move is over
        tiers_.at(i, x) = node;
        return x;
    }
    tiers_.nodes[i].push_back(node);
    return tiers_.size(i) - 1;
}

}  // namespace hint_se
