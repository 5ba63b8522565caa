#include "hint_se/build/groups.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "build/mover.hpp"
#include "build/tier_units.hpp"
#include "hint_se/graph/contract.hpp"
#include "index.hpp"

namespace hint_se {
namespace {

constexpr std::array<NodeId, 3> kGroupSizes{4, 16, 64};

struct Grouping {
    std::vector<NodeId> group;  // by leaf
    NodeId size = 0;
};

// The groups that the greatest subtrees of at most `most` leaves are, none with leaves of two communities.
Grouping subtrees(std::span<const NodeId> tree, const std::vector<NodeId>& community, NodeId most,
                  Monitor& monitor) {
    constexpr NodeId kNone = -2;
    constexpr NodeId kMixed = -1;
    std::vector<NodeId> count(tree.size(), 0);
    std::vector<NodeId> holds(tree.size(), kNone);
    std::fill_n(count.begin(), community.size(), 1);
    std::copy(community.begin(), community.end(), holds.begin());
    for (std::size_t v = 0; v + 1 < tree.size(); ++v) {
        monitor.tick(0.0);
        const auto p = at(tree[v]);
        count[p] += count[v];
        holds[p] = holds[p] == kNone || holds[p] == holds[v] ? holds[v] : kMixed;
    }
    // From here on `holds` is the group of a node, kNone above all groups.
    Grouping result{std::vector<NodeId>(community.size())};
    for (std::size_t v = tree.size(); v-- > 0;) {
        monitor.tick(0.0);
        const bool is_below = v + 1 < tree.size() && holds[at(tree[v])] != kNone;
        if (is_below) {
            holds[v] = holds[at(tree[v])];
        } else {
            holds[v] = holds[v] >= 0 && count[v] <= most ? result.size++ : kNone;
        }
        if (v < community.size()) result.group[v] = holds[v];
    }
    return result;
}

// Local moving of one tree. Leaves are tried again where something changed around them.
class Search {
  public:
    Search(const GraphView& graph, Tiers& tiers, double least_gain, Monitor& monitor, int n_threads)
        : graph_(graph),
          tiers_(tiers),
          least_gain_(least_gain),
          monitor_(monitor),
          n_threads_(n_threads),
          visits_(kVisitsPerNode * graph.n_nodes()),
          changed_(at(graph.n_nodes()), true) {}

    double cycle() {
        double gain = 0.0;
        GraphView view = graph_;
        Graph owned;
        // By leaf: the node of the tier at hand.
        std::vector<NodeId> node(changed_.size());
        std::iota(node.begin(), node.end(), 0);
        for (std::size_t tier = 0; tier + 1 < tiers_.height(); ++tier) {
            gain += move_singles(view, tier, node);
            for (NodeId& x : node) x = tiers_.at(tier, x).up;
            Graph coarse =
                contract(view, parents_in(tiers_, tier), tiers_.size(tier + 1), monitor_, n_threads_).graph;
            gain += move_communities(coarse, tier, node);
            owned = std::move(coarse);
            view = owned.view();
        }
        return gain;
    }

    // Groups of leaves, from the greatest to the smallest: each contracted from the one below it.
    double move_groups(std::span<const NodeId> tree) {
        const std::vector<NodeId> community = parents_in(tiers_, 0);
        std::vector<Grouping> groupings;
        std::vector<Contraction> graphs;
        GraphView view = graph_;
        for (const NodeId size : kGroupSizes) {
            Grouping grouping = subtrees(tree, community, size, monitor_);
            std::vector<NodeId> above = grouping.group;
            if (!groupings.empty()) {
                above.assign(at(groupings.back().size), 0);
                for (std::size_t v = 0; v < community.size(); ++v)
                    above[at(groupings.back().group[v])] = grouping.group[v];
            }
            Contraction next = contract(view, above, grouping.size, monitor_, n_threads_);
            if (!groupings.empty()) {
                const std::vector<double>& inner = graphs.back().inner;
                for (std::size_t g = 0; g < inner.size(); ++g) next.inner[at(above[g])] += inner[g];
            }
            groupings.push_back(std::move(grouping));
            graphs.push_back(std::move(next));
            view = graphs.back().graph.view();
        }
        double gain = 0.0;
        for (std::size_t k = groupings.size(); k-- > 0;) gain += move_grouped(groupings[k], graphs[k]);
        return gain;
    }

    [[nodiscard]] bool is_exhausted() const { return visits_ <= 0; }

  private:
    double move_singles(const GraphView& view, std::size_t tier, const std::vector<NodeId>& node) {
        Units units = single_units(view, tiers_, tier);
        const std::vector<NodeId> before = units.community;
        Mover mover(tiers_, tier, units);
        const double gain =
            tier == 0 ? mover.run(unsettled(), visits_, monitor_) : mover.run(visits_, monitor_);
        note_changes(before, units.community, tier, node);
        for (NodeId x = 0; x < tiers_.size(tier); ++x) tiers_.at(tier, x).up = units.community[at(x)];
        renumber(tiers_);
        return gain;
    }

    // `coarse` is the graph of the communities, `node` the community of each leaf; both are kept so.
    double move_communities(Graph& coarse, std::size_t tier, std::vector<NodeId>& node) {
        double gained = 0.0;
        for (int pass = 0; pass < kMaxCycles && visits_ > 0; ++pass) {
            Units units = whole_communities(coarse.view(), tiers_, tier);
            const std::vector<NodeId> before = units.community;
            const double gain = Mover(tiers_, tier, units).run(visits_, monitor_);
            if (gain <= 0.0) break;
            gained += gain;
            note_changes(before, units.community, tier, node);
            std::vector<NodeId> up = parents_in(tiers_, tier);
            for (NodeId x = 0; x < tiers_.size(tier); ++x)
                tiers_.at(tier, x).up = units.community[at(up[at(x)])];
            renumber(tiers_);
            // The new id of each of the communities that were units.
            std::vector<NodeId> id(before.size());
            for (NodeId x = 0; x < tiers_.size(tier); ++x) id[at(up[at(x)])] = tiers_.at(tier, x).up;
            for (NodeId& c : node) c = id[at(c)];
            coarse = contract(coarse.view(), id, tiers_.size(tier + 1), monitor_, n_threads_).graph;
            if (gain <= 0.1 * least_gain_) break;
        }
        return gained;
    }

    double move_grouped(const Grouping& grouping, const Contraction& groups) {
        Units units{groups.graph.view(),
                    std::vector<double>(at(grouping.size), 0.0),
                    {},
                    std::vector<NodeId>(at(grouping.size))};
        for (const double inner : groups.inner) units.inner.push_back(0.5 * inner);
        for (NodeId v = 0; v < tiers_.size(0); ++v) {
            const auto g = at(grouping.group[at(v)]);
            units.volume[g] += tiers_.at(0, v).volume;
            units.community[g] = tiers_.at(0, v).up;
        }
        const std::vector<NodeId> before = units.community;
        const double gain = Mover(tiers_, 0, units).run(visits_, monitor_);
        note_changes(before, units.community, 0, grouping.group);
        for (NodeId v = 0; v < tiers_.size(0); ++v)
            tiers_.at(0, v).up = units.community[at(grouping.group[at(v)])];
        renumber(tiers_);
        return gain;
    }

    // Leaves beside which something changed since they were tried last.
    std::vector<NodeId> unsettled() {
        std::vector<NodeId> queue;
        for (NodeId v = 0; v < graph_.n_nodes(); ++v) {
            monitor_.tick(0.0);
            bool is = changed_[at(v)];
            for (auto e = graph_.begin(v); !is && e < graph_.end(v); ++e) is = changed_[at(graph_.target(e))];
            if (is) queue.push_back(v);
        }
        std::fill(changed_.begin(), changed_.end(), false);
        return queue;
    }

    // In the finest tier whoever shares a community that lost or got a unit has changed, above it the leaves
    // below a unit that went. `unit` is that of each leaf.
    void note_changes(const std::vector<NodeId>& before, const std::vector<NodeId>& after, std::size_t tier,
                      const std::vector<NodeId>& unit) {
        std::vector<bool> touched(tier == 0 ? tiers_.nodes[1].size() : 0, false);
        for (std::size_t s = 0; tier == 0 && s < before.size(); ++s) {
            if (before[s] != after[s]) touched[at(before[s])] = touched[at(after[s])] = true;
        }
        for (std::size_t v = 0; v < unit.size(); ++v) {
            const auto s = at(unit[v]);
            if (tier == 0 ? touched[at(after[s])] : before[s] != after[s]) changed_[v] = true;
        }
    }

    const GraphView graph_;
    Tiers& tiers_;
    double least_gain_;
    Monitor& monitor_;
    int n_threads_;
    std::int64_t visits_;
    std::vector<bool> changed_;  // by leaf
};

}  // namespace

double move_with_groups(const GraphView& graph, Tiers& tiers, std::span<const NodeId> tree, bool is_fresh,
                        double least_gain, Monitor& monitor, int n_threads) {
    monitor.stage("move");
    Search search(graph, tiers, least_gain, monitor, n_threads);
    double gained = is_fresh ? search.cycle() : 0.0;
    gained += search.move_groups(tree);
    for (int cycle = 0; cycle < kMaxCycles && !search.is_exhausted(); ++cycle) {
        const double gain = search.cycle();
        gained += gain;
        if (gain <= least_gain) break;
    }
    return gained;
}

Tiers with_groups_above_leaves(const GraphView& graph, const Tiers& tiers, std::span<const NodeId> tree,
                               Monitor& monitor) {
    Tiers taller = with_tier_above_leaves(tiers);
    const std::vector<NodeId> community = parents_in(tiers, 0);
    const Grouping grouping = subtrees(tree, community, kGroupSizes.front(), monitor);
    taller.nodes[1].assign(at(grouping.size), {});
    for (NodeId v = 0; v < taller.size(0); ++v) {
        const NodeId g = grouping.group[at(v)];
        taller.at(0, v).up = g;
        taller.at(1, g).up = community[at(v)];
    }
    measure(graph, taller);
    return taller;
}

}  // namespace hint_se
