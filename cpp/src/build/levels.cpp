#include "hint_se/build/levels.hpp"

#include <cmath>
#include <numeric>

#include "build/mover.hpp"
#include "build/tier_units.hpp"
#include "hint_se/graph/contract.hpp"
#include "hint_se/tree/binary_tree.hpp"
#include "hint_se/tree/tree.hpp"
#include "index.hpp"
#include "random.hpp"

namespace hint_se {
void measure(const GraphView& graph, Tiers& tiers) {
    for (auto& tier : tiers.nodes) {
        for (TierNode& node : tier) node = {node.up};
    }
    for (NodeId v = 0; v < graph.n_nodes(); ++v) {
        for (auto e = graph.begin(v); e < graph.end(v); ++e) {
            tiers.at(0, v).volume += graph.weight(e);
            NodeId a = v;
            NodeId b = graph.target(e);
            std::size_t i = 0;
            for (; a != b; ++i) {
                a = tiers.at(i, a).up;
                b = tiers.at(i, b).up;
            }
            tiers.at(i, a).joined += graph.weight(e);
        }
        tiers.at(0, v).volume += graph.extra(v);
    }
    for (std::size_t i = 0; i < tiers.height(); ++i) {
        for (const TierNode& node : tiers.nodes[i]) tiers.at(i + 1, node.up).volume += node.volume;
    }
    for (auto& tier : tiers.nodes) {
        for (TierNode& node : tier) node.log_volume = log_of(node.volume);
    }
}

void renumber(Tiers& tiers) {
    for (std::size_t j = 0; j + 1 < tiers.height(); ++j) {
        std::vector<NodeId> id(tiers.nodes[j + 1].size(), -1);
        std::vector<TierNode> kept;
        for (TierNode& node : tiers.nodes[j]) {
            NodeId& new_id = id[at(node.up)];
            if (new_id < 0) {
                new_id = node_id(kept.size());
                kept.push_back(tiers.at(j + 1, node.up));
            }
            node.up = new_id;
        }
        tiers.nodes[j + 1] = std::move(kept);
    }
}

std::vector<NodeId> parents_in(const Tiers& tiers, std::size_t tier) {
    std::vector<NodeId> up;
    up.reserve(tiers.nodes[tier].size());
    for (const TierNode& node : tiers.nodes[tier]) up.push_back(node.up);
    return up;
}

Units single_units(const GraphView& graph, const Tiers& tiers, std::size_t tier) {
    Units units{graph, {}, std::vector<double>(tiers.nodes[tier].size(), 0.0), parents_in(tiers, tier)};
    for (const TierNode& node : tiers.nodes[tier]) units.volume.push_back(node.volume);
    return units;
}

Units whole_communities(const GraphView& graph, const Tiers& tiers, std::size_t tier) {
    Units units{graph, {}, {}, std::vector<NodeId>(tiers.nodes[tier + 1].size())};
    for (const TierNode& node : tiers.nodes[tier + 1]) {
        units.volume.push_back(node.volume);
        units.inner.push_back(0.5 * node.joined);
    }
    std::iota(units.community.begin(), units.community.end(), 0);
    return units;
}

namespace {

// Local moving of the nodes of one tier, then of its communities whole, until nothing moves.
double move_tier(const GraphView& graph, Tiers& tiers, std::size_t tier, double least_gain,
                 std::int64_t& visits, Monitor& monitor) {
    Units units = single_units(graph, tiers, tier);
    double gained = Mover(tiers, tier, units).run(visits, monitor);
    for (NodeId x = 0; x < tiers.size(tier); ++x) tiers.at(tier, x).up = units.community[at(x)];
    renumber(tiers);
    for (int pass = 0; pass < kMaxCycles; ++pass) {
        const Graph coarse = contract(graph, parents_in(tiers, tier), tiers.size(tier + 1), monitor).graph;
        Units groups = whole_communities(coarse.view(), tiers, tier);
        const double gain = Mover(tiers, tier, groups).run(visits, monitor);
        gained += gain;
        for (TierNode& node : tiers.nodes[tier]) node.up = groups.community[at(node.up)];
        renumber(tiers);
        if (gain <= 0.1 * least_gain || visits <= 0) break;
    }
    return gained;
}

}  // namespace

Tiers tiers_of(const GraphView& graph, std::span<const NodeId> parent, NodeId height) {
    const auto k = at(height);
    const std::vector<NodeId> depth = depths(parent);
    const auto root = node_id(parent.size()) - 1;
    // A node of depth d stands in tier K - d; a leaf that hangs higher gets a chain of only children down to
    // tier 0.
    Tiers tiers;
    tiers.nodes.resize(k + 1);
    const auto add = [&](std::size_t tier, NodeId up) {
        tiers.nodes[tier].push_back({up});
        return tiers.size(tier) - 1;
    };
    std::vector<NodeId> id(parent.size(), 0);
    for (NodeId v = root; v >= graph.n_nodes(); --v) {
        id[at(v)] = add(k - at(depth[at(v)]), v == root ? -1 : id[at(parent[at(v)])]);
    }
    for (NodeId v = 0; v < graph.n_nodes(); ++v) {
        NodeId x = id[at(parent[at(v)])];
        for (std::size_t i = k - at(depth[at(v)]); i > 0; --i) x = add(i, x);
        add(0, x);
    }
    measure(graph, tiers);
    return tiers;
}

std::vector<NodeId> parent_of(const Tiers& tiers) {
    // Chains of only children get no ids: with them there could be more nodes than ids.
    std::vector<NodeId> parent(tiers.nodes[0].size(), -1);
    std::vector<NodeId> stands(parent.size());  // by node of a tier: the node that it is in the tree
    std::iota(stands.begin(), stands.end(), 0);
    for (std::size_t i = 0; i < tiers.height(); ++i) {
        std::vector<NodeId> n_children(tiers.nodes[i + 1].size(), 0);
        for (const TierNode& node : tiers.nodes[i]) ++n_children[at(node.up)];
        std::vector<NodeId> above(n_children.size(), -1);
        for (NodeId x = 0; x < tiers.size(i); ++x) {
            const auto up = at(tiers.at(i, x).up);
            if (n_children[up] == 1) {
                above[up] = stands[at(x)];
                continue;
            }
            if (above[up] < 0) {
                above[up] = node_id(parent.size());
                parent.push_back(-1);
            }
            parent[at(stands[at(x)])] = above[up];
        }
        stands = std::move(above);
    }
    return canonical_parent(parent, tiers.size(0));
}

double joined_cost(const Tiers& tiers) {
    double cost = 0.0;
    for (const auto& tier : tiers.nodes) {
        for (const TierNode& node : tier) cost += node.joined * node.log_volume;
    }
    return cost;
}

double move_between(const GraphView& graph, Tiers& tiers, double least_gain, Monitor& monitor) {
    monitor.stage("move");
    double gained = 0.0;
    std::int64_t visits = kVisitsPerNode * graph.n_nodes();
    for (int cycle = 0; cycle < kMaxCycles && visits > 0; ++cycle) {
        double gain = 0.0;
        Graph owned;
        GraphView view = graph;
        for (std::size_t tier = 0; tier + 1 < tiers.height(); ++tier) {
            gain += move_tier(view, tiers, tier, least_gain, visits, monitor);
            if (tier + 2 == tiers.height()) break;
            owned = contract(view, parents_in(tiers, tier), tiers.size(tier + 1), monitor).graph;
            view = owned.view();
        }
        gained += gain;
        if (gain <= least_gain) break;
    }
    return gained;
}

void dissolve(const GraphView& graph, Tiers& tiers, std::uint64_t seed) {
    Random random(seed);
    const auto tier = at(random.below(static_cast<std::int64_t>(tiers.height()) - 1));
    const double share = std::exp2(-1.0 - 4.0 * random.uniform());
    const double loose = 0.5 * share * random.uniform();
    std::vector<bool> dissolved(tiers.nodes[tier + 1].size());
    for (std::size_t c = 0; c < dissolved.size(); ++c) dissolved[c] = random.uniform() < share;
    for (TierNode& node : tiers.nodes[tier]) {
        if (!dissolved[at(node.up)] && random.uniform() >= loose) continue;
        tiers.nodes[tier + 1].push_back({tiers.at(tier + 1, node.up).up});
        node.up = tiers.size(tier + 1) - 1;
    }
    renumber(tiers);
    measure(graph, tiers);
}

Tiers with_tier_above_leaves(const Tiers& tiers) {
    Tiers taller = tiers;
    taller.nodes.insert(taller.nodes.begin(), tiers.nodes[0]);
    for (NodeId v = 0; v < taller.size(0); ++v) taller.at(0, v).up = v;
    return taller;
}

}  // namespace hint_se
