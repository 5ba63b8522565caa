#include "hint_se/levels.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "hint_se/binary_tree.hpp"
#include "hint_se/tree.hpp"
#include "random.hpp"

namespace hint_se {
namespace {

constexpr double kLeastGain = 1e-12;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// What moves: nodes of tier j, or groups of them that share a community. `inner` is the weight between the members of
// a group, which is joined in their community wherever they go.
struct Units {
    GraphView graph;
    std::vector<double> volume;
    std::vector<double> inner;
    std::vector<NodeId> community;  // in tier j + 1
};

class Mover {
  public:
    Mover(Tiers& tiers, std::size_t tier, Units& units)
        : tiers_(tiers), first_(tier + 1), units_(units), linked_(tiers.height() + 1), met_(tiers.height() + 1),
          cost_(tiers.height() + 1) {
        for (std::size_t i = first_; i <= tiers.height(); ++i) {
            linked_[i].assign(tiers.volume[i].size(), 0.0);
            cost_[i].assign(tiers.volume[i].size(), 0.0);
        }
        chain_.resize(tiers.height() + 1);
    }

    double run(Monitor& monitor) {
        const auto n = static_cast<NodeId>(units_.community.size());
        std::vector<NodeId> queue(at(n));
        std::iota(queue.begin(), queue.end(), 0);
        std::vector<bool> queued(at(n), true);
        std::vector<NodeId> next;
        double gained = 0.0;
        const std::int64_t max_visits = 32 * std::int64_t{n};
        std::int64_t visits = 0;
        while (!queue.empty() && visits < max_visits) {
            for (const NodeId s : queue) {
                monitor.tick(static_cast<double>(visits++) / static_cast<double>(max_visits));
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

  private:
    // A node of tier i without the unit that is being placed.
    struct Rest {
        double volume;
        double joined;
        double log_volume;
    };

    [[nodiscard]] Rest rest(std::size_t i, NodeId x) const {
        if (x != chain_[i]) return {tiers_.volume[i][at(x)], tiers_.joined[i][at(x)], tiers_.log_volume[i][at(x)]};
        const double volume = tiers_.volume[i][at(x)] - volume_;
        const double below = i == first_ ? -inner_ : linked_[i - 1][at(chain_[i - 1])];
        return {volume, tiers_.joined[i][at(x)] - 2.0 * (linked_[i][at(x)] - below), log_of(volume)};
    }

    // What the unit adds at node x of tier i, of whose links `passed` go on to a child of x.
    [[nodiscard]] double cost_at(std::size_t i, NodeId x, double passed) const {
        const Rest r = rest(i, x);
        return (r.joined + 2.0 * (linked_[i][at(x)] - passed)) * std::log2(r.volume + volume_) -
               r.joined * r.log_volume;
    }

    double try_unit(NodeId s) {
        if (units_.graph.begin(s) == units_.graph.end(s)) return 0.0;
        volume_ = units_.volume[at(s)];
        inner_ = units_.inner[at(s)];
        const std::size_t top = tiers_.height();
        chain_[first_] = units_.community[at(s)];
        for (std::size_t i = first_; i < top; ++i) chain_[i + 1] = tiers_.up[i][at(chain_[i])];
        collect_links(s);

        // Top-down: cost_[i][x] is what the unit adds above x when it goes below x.
        cost_[top][0] = 0.0;
        double best = 0.0;
        double stay = 0.0;
        std::size_t best_tier = 0;  // tier of the existing node it goes below; the rest of its chain is new
        NodeId best_node = -1;
        bool first = true;
        const auto offer = [&](double cost, std::size_t i, NodeId x) {
            if (!first && cost >= best) return;
            first = false;
            best = cost;
            best_tier = i;
            best_node = x;
        };
        for (std::size_t i = top; i >= first_; --i) {
            for (const NodeId x : met_[i]) {
                if (i < top) {
                    const NodeId p = tiers_.up[i][at(x)];
                    cost_[i][at(x)] = cost_[i + 1][at(p)] + cost_at(i + 1, p, linked_[i][at(x)]);
                }
                if (i > first_) {
                    offer(cost_[i][at(x)] + cost_at(i, x, 0.0) + 2.0 * inner_ * log_of(volume_), i, x);
                } else {
                    const double cost = cost_[i][at(x)] + cost_at(i, x, -inner_);
                    if (x == chain_[i]) stay = cost;
                    offer(cost, i, x);
                }
            }
        }
        const double gain = stay - best;
        const bool moves = gain > kLeastGain && !(best_tier == first_ && best_node == chain_[first_]);
        if (moves) move(s, best_tier, best_node);
        for (std::size_t i = first_; i <= top; ++i) {
            for (const NodeId x : met_[i]) linked_[i][at(x)] = 0.0;
            met_[i].clear();
        }
        return moves ? gain : 0.0;
    }

    // linked_[i][x]: weight between the unit and the leaves below x; met_[i]: the nodes where it is not 0, and the
    // unit's own chain.
    void collect_links(NodeId s) {
        const std::size_t top = tiers_.height();
        const auto meet = [&](std::size_t i, NodeId x) {
            if (linked_[i][at(x)] == 0.0 && x != chain_[i]) met_[i].push_back(x);
        };
        for (std::size_t i = first_; i <= top; ++i) met_[i].push_back(chain_[i]);
        for (auto e = units_.graph.begin(s); e < units_.graph.end(s); ++e) {
            const NodeId c = units_.community[at(units_.graph.target(e))];
            meet(first_, c);
            linked_[first_][at(c)] += units_.graph.weight(e);
        }
        for (std::size_t i = first_; i < top; ++i) {
            for (const NodeId x : met_[i]) {
                const double w = linked_[i][at(x)];
                if (w == 0.0) continue;
                const NodeId p = tiers_.up[i][at(x)];
                meet(i + 1, p);
                linked_[i + 1][at(p)] += w;
            }
        }
    }

    void set(std::size_t i, NodeId x, double volume, double joined) {
        tiers_.volume[i][at(x)] = volume;
        tiers_.joined[i][at(x)] = joined;
        tiers_.log_volume[i][at(x)] = log_of(volume);
    }

    void move(NodeId s, std::size_t tier, NodeId node) {
        for (std::size_t i = first_; i <= tiers_.height(); ++i) {
            const Rest r = rest(i, chain_[i]);
            rests_.push_back(r);
        }
        for (std::size_t i = first_; i <= tiers_.height(); ++i) {
            set(i, chain_[i], rests_[i - first_].volume, rests_[i - first_].joined);
        }
        rests_.clear();
        if (tiers_.volume[first_][at(chain_[first_])] <= 0.0) free_.push_back(chain_[first_]);
        NodeId x = node;
        for (std::size_t i = tier; i-- > first_;) x = new_node(i, x);
        units_.community[at(s)] = x;
        double below = -inner_;
        for (std::size_t i = first_;; ++i) {
            const double here = linked_[i][at(x)];
            set(i, x, tiers_.volume[i][at(x)] + volume_, tiers_.joined[i][at(x)] + 2.0 * (here - below));
            below = here;
            if (i == tiers_.height()) break;
            x = tiers_.up[i][at(x)];
        }
    }

    NodeId new_node(std::size_t i, NodeId parent) {
        if (i == first_ && !free_.empty()) {
            const NodeId x = free_.back();
            free_.pop_back();
            tiers_.up[i][at(x)] = parent;
            set(i, x, 0.0, 0.0);
            return x;
        }
        tiers_.up[i].push_back(parent);
        tiers_.volume[i].push_back(0.0);
        tiers_.joined[i].push_back(0.0);
        tiers_.log_volume[i].push_back(0.0);
        linked_[i].push_back(0.0);
        cost_[i].push_back(0.0);
        return static_cast<NodeId>(tiers_.up[i].size()) - 1;
    }

    Tiers& tiers_;
    std::size_t first_;
    Units& units_;
    std::vector<std::vector<double>> linked_;
    std::vector<std::vector<NodeId>> met_;
    std::vector<std::vector<double>> cost_;
    std::vector<NodeId> chain_;  // the unit's ancestors, by tier
    std::vector<Rest> rests_;
    std::vector<NodeId> free_;  // empty communities
    double volume_ = 0.0;
    double inner_ = 0.0;
};

// Fills volumes, joined weights and logarithms from the parents.
void measure(const GraphView& graph, Tiers& tiers) {
    const std::size_t k = tiers.height();
    tiers.volume.assign(k + 1, {});
    tiers.joined.assign(k + 1, {});
    tiers.log_volume.assign(k + 1, {});
    tiers.volume[0] = degrees(graph);
    tiers.joined[0].assign(tiers.volume[0].size(), 0.0);
    for (std::size_t i = 1; i <= k; ++i) {
        tiers.volume[i].assign(i < k ? tiers.up[i].size() : 1, 0.0);
        tiers.joined[i].assign(tiers.volume[i].size(), 0.0);
        for (std::size_t x = 0; x < tiers.up[i - 1].size(); ++x) {
            tiers.volume[i][at(tiers.up[i - 1][x])] += tiers.volume[i - 1][x];
        }
    }
    for (NodeId v = 0; v < graph.n_nodes(); ++v) {
        for (auto e = graph.begin(v); e < graph.end(v); ++e) {
            NodeId a = v;
            NodeId b = graph.target(e);
            std::size_t i = 0;
            for (; a != b; ++i) {
                a = tiers.up[i][at(a)];
                b = tiers.up[i][at(b)];
            }
            tiers.joined[i][at(a)] += graph.weight(e);
        }
    }
    for (std::size_t i = 0; i <= k; ++i) {
        for (const double v : tiers.volume[i]) tiers.log_volume[i].push_back(log_of(v));
    }
}

// Drops empty nodes and numbers the others by first appearance, tier by tier from the leaves.
void renumber(Tiers& tiers) {
    for (std::size_t j = 0; j + 1 < tiers.height(); ++j) {
        std::vector<NodeId> id(tiers.up[j + 1].size(), -1);
        std::vector<NodeId> kept;
        for (NodeId& p : tiers.up[j]) {
            if (id[at(p)] < 0) {
                id[at(p)] = static_cast<NodeId>(kept.size());
                kept.push_back(p);
            }
            p = id[at(p)];
        }
        const auto gather = [&](auto& values) {
            std::remove_reference_t<decltype(values)> picked;
            picked.reserve(kept.size());
            for (const NodeId p : kept) picked.push_back(values[at(p)]);
            values = std::move(picked);
        };
        gather(tiers.up[j + 1]);
        if (tiers.volume[j + 1].size() < id.size()) continue;  // not measured yet
        gather(tiers.volume[j + 1]);
        gather(tiers.joined[j + 1]);
        gather(tiers.log_volume[j + 1]);
    }
}

// Local moving of the nodes of one tier, then of its communities whole, until nothing moves.
double move_tier(const GraphView& graph, Tiers& tiers, std::size_t tier, Monitor& monitor) {
    Units units{graph, tiers.volume[tier], std::vector<double>(tiers.volume[tier].size(), 0.0), tiers.up[tier]};
    double gained = Mover(tiers, tier, units).run(monitor);
    tiers.up[tier] = units.community;
    renumber(tiers);
    while (true) {
        const auto n_groups = static_cast<NodeId>(tiers.volume[tier + 1].size());
        const Graph coarse = contract(graph, tiers.up[tier], n_groups);
        Units groups{coarse.view(), tiers.volume[tier + 1], tiers.joined[tier + 1], {}};
        for (double& w : groups.inner) w *= 0.5;
        groups.community.resize(at(n_groups));
        std::iota(groups.community.begin(), groups.community.end(), 0);
        const double gain = Mover(tiers, tier, groups).run(monitor);
        gained += gain;
        for (NodeId& c : tiers.up[tier]) c = groups.community[at(c)];
        renumber(tiers);
        if (gain <= 0.0) return gained;
    }
}

}  // namespace

Tiers tiers_of(const GraphView& graph, std::span<const NodeId> parent, NodeId height) {
    const auto k = at(height);
    const std::vector<NodeId> depth = depths(parent);
    const auto root = static_cast<NodeId>(parent.size()) - 1;
    // A node of depth d stands in tier K - d; a leaf that hangs higher gets a chain of only children down to tier 0.
    Tiers tiers;
    tiers.up.resize(k);
    std::vector<NodeId> id(parent.size(), 0);
    std::vector<NodeId> count(k + 1, 0);
    for (NodeId v = root; v >= graph.n_nodes(); --v) id[at(v)] = count[k - at(depth[at(v)])]++;
    for (NodeId v = root - 1; v >= graph.n_nodes(); --v) {
        tiers.up[k - at(depth[at(v)])].push_back(id[at(parent[at(v)])]);
    }
    for (NodeId v = 0; v < graph.n_nodes(); ++v) {
        NodeId x = id[at(parent[at(v)])];
        for (std::size_t i = k - at(depth[at(v)]); i > 0; --i) {
            tiers.up[i].push_back(x);
            x = static_cast<NodeId>(tiers.up[i].size()) - 1;
        }
        tiers.up[0].push_back(x);
    }
    measure(graph, tiers);
    return tiers;
}

std::vector<NodeId> parent_of(const Tiers& tiers) {
    std::vector<NodeId> parent;
    std::size_t first = 0;  // id of the first node of the next tier
    for (const auto& up : tiers.up) {
        first += up.size();
        for (const NodeId p : up) parent.push_back(static_cast<NodeId>(first) + p);
    }
    parent.push_back(-1);
    return canonical_parent(parent, static_cast<NodeId>(tiers.up[0].size()));
}

double joined_cost(const Tiers& tiers) {
    double cost = 0.0;
    for (std::size_t i = 1; i <= tiers.height(); ++i) {
        for (std::size_t x = 0; x < tiers.joined[i].size(); ++x) cost += tiers.joined[i][x] * tiers.log_volume[i][x];
    }
    return cost;
}

double move_between(const GraphView& graph, Tiers& tiers, int max_cycles, Monitor& monitor) {
    constexpr double kWorthwhile = 1e-5;  // of the entropy's scale: less is not worth another cycle
    monitor.stage("move");
    double gained = 0.0;
    for (int cycle = 0; cycle < max_cycles; ++cycle) {
        double gain = 0.0;
        Graph owned;
        GraphView view = graph;
        for (std::size_t tier = 0; tier + 1 < tiers.height(); ++tier) {
            gain += move_tier(view, tiers, tier, monitor);
            if (tier + 2 == tiers.height()) break;
            owned = contract(view, tiers.up[tier], static_cast<NodeId>(tiers.volume[tier + 1].size()));
            view = owned.view();
        }
        gained += gain;
        if (gain < kWorthwhile) break;
    }
    return gained;
}

void dissolve(const GraphView& graph, Tiers& tiers, std::uint64_t seed) {
    Random random(seed);
    const auto tier = at(random.below(static_cast<std::int64_t>(tiers.height()) - 1));
    auto& community = tiers.up[tier];
    const double share = std::exp2(-1.0 - 4.0 * random.uniform());
    std::vector<bool> dissolved(tiers.up[tier + 1].size());
    for (std::size_t c = 0; c < dissolved.size(); ++c) dissolved[c] = random.uniform() < share;
    const double loose = 0.5 * share * random.uniform();
    for (std::size_t x = 0; x < community.size(); ++x) {
        if (!dissolved[at(community[x])] && random.uniform() >= loose) continue;
        tiers.up[tier + 1].push_back(tiers.up[tier + 1][at(community[x])]);
        community[x] = static_cast<NodeId>(tiers.up[tier + 1].size()) - 1;
    }
    renumber(tiers);
    measure(graph, tiers);
}

Tiers with_tier_above_leaves(const Tiers& tiers) {
    Tiers out = tiers;
    std::vector<NodeId> own(tiers.up[0].size());
    std::iota(own.begin(), own.end(), 0);
    out.up.insert(out.up.begin(), own);
    out.volume.insert(out.volume.begin() + 1, tiers.volume[0]);
    out.log_volume.insert(out.log_volume.begin() + 1, tiers.log_volume[0]);
    out.joined.insert(out.joined.begin() + 1, tiers.joined[0]);
    return out;
}

}  // namespace hint_se
