#include <algorithm>
#include <numeric>
#include <utility>

#include "hint_se/linkage.hpp"
#include "parallel.hpp"
#include "random.hpp"

namespace hint_se {
namespace {

constexpr double kHubShare = 1.0 / 16.0;
// Below this share of clusters merged by mutual choice, any two unmerged clusters of which one picks the
// other merge too: keeps the number of rounds logarithmic where choices form long chains.
constexpr double kSlowRound = 1.0 / 32.0;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// Hash of two ids, order ignored.
std::uint64_t pair_hash(NodeId u, NodeId v, std::uint64_t seed) {
    const auto low = static_cast<std::uint64_t>(u < v ? u : v);
    const auto high = static_cast<std::uint64_t>(u < v ? v : u);
    return Random::mix(seed + low * 0x9E3779B97F4A7C15ULL + high * 0xD1B54A32D192ED03ULL);
}

class Rounds {
  public:
    Rounds(const GraphView& graph, std::uint64_t seed, int n_threads)
        : graph_(graph),
          seed_(seed),
          n_threads_(n_threads),
          volume_(degrees(graph)),
          node_(at(graph.n_nodes())) {
        std::iota(node_.begin(), node_.end(), 0);
        linked_.parent.assign(at(graph.n_nodes()), -1);
        linked_.joined.assign(at(graph.n_nodes()), 0.0);
    }

    Linked run(Monitor& monitor) {
        monitor.stage("merge");
        while (!graph_.indices.empty()) {
            pick(monitor);
            const NodeId n_groups = group();
            Contraction next = contract(graph_, group_, n_groups, monitor, n_threads_);
            for (std::size_t g = 0; g < at(n_groups); ++g) linked_.joined[at(node_[g])] += next.inner[g];
            owned_ = std::move(next.graph);
            graph_ = owned_.view();
        }
        join_components();
        return std::move(linked_);
    }

  private:
    // best_[v]: the neighbour of highest score.
    void pick(Monitor& monitor) {
        const NodeId n = graph_.n_nodes();
        inverse_.resize(at(n));
        for (NodeId v = 0; v < n; ++v) inverse_[at(v)] = 1.0 / volume_[at(v)];
        best_.assign(at(n), -1);
        parallel_for(n_threads_, n, 1 << 14, monitor, [&](std::int64_t begin, std::int64_t end, std::size_t) {
            for (auto v = static_cast<NodeId>(begin); v < end; ++v) best_[at(v)] = best_neighbour(v);
        });
    }

    [[nodiscard]] NodeId best_neighbour(NodeId v) const {
        double best_score = -1.0;
        NodeId best = -1;
        for (auto e = graph_.begin(v); e < graph_.end(v); ++e) {
            const NodeId u = graph_.target(e);
            const double score = graph_.weight(e) * inverse_[at(u)];
            if (score > best_score ||
                (score == best_score && pair_hash(u, v, seed_) > pair_hash(best, v, seed_))) {
                best_score = score;
                best = u;
            }
        }
        return best;
    }

    // Forms the groups of this round, gives each a tree node, and moves volumes and tree nodes to the group
    // ids.
    NodeId group() {
        const NodeId n = graph_.n_nodes();
        partner_.assign(at(n), -1);  // the smallest member of the group a node has joined
        NodeId merged = 0;
        const auto join = [&](NodeId u, NodeId v) {
            partner_[at(u)] = partner_[at(v)] = u < v ? u : v;
            merged += 2;
        };
        for (NodeId v = 0; v < n; ++v) {
            const NodeId u = best_[at(v)];
            if (u > v && best_[at(u)] == v) join(u, v);
        }
        // inverse_ has done its work: from here it is the volume each hub may still take in.
        for (NodeId v = 0; v < n; ++v) inverse_[at(v)] = kHubShare * volume_[at(v)];
        for (NodeId v = 0; v < n; ++v) {
            const NodeId hub = best_[at(v)];
            if (hub < 0 || partner_[at(v)] >= 0 || partner_[at(hub)] < 0) continue;
            if (best_[at(best_[at(hub)])] != hub || inverse_[at(hub)] < volume_[at(v)]) continue;
            inverse_[at(hub)] -= volume_[at(v)];
            partner_[at(v)] = partner_[at(hub)];
            ++merged;
        }
        if (merged < kSlowRound * n) {
            for (NodeId v = 0; v < n; ++v) {
                const NodeId u = best_[at(v)];
                if (u >= 0 && partner_[at(v)] < 0 && partner_[at(u)] < 0) join(u, v);
            }
        }
        return number_groups();
    }

    NodeId number_groups() {
        const NodeId n = graph_.n_nodes();
        group_.assign(at(n), -1);
        NodeId n_groups = 0;
        std::vector<NodeId> node;
        std::vector<double> volume;
        // A hub's group may be named by a member that comes later, so groups are numbered at their first
        // member.
        std::vector<NodeId> number(at(n), -1);
        for (NodeId v = 0; v < n; ++v) {
            if (best_[at(v)] < 0) continue;  // a finished component leaves the graph
            const NodeId name = partner_[at(v)] < 0 ? v : partner_[at(v)];
            if (number[at(name)] < 0) {
                number[at(name)] = n_groups++;
                node.push_back(partner_[at(v)] < 0 ? node_[at(v)] : new_node());
                volume.push_back(0.0);
            }
            const NodeId g = number[at(name)];
            group_[at(v)] = g;
            volume[at(g)] += volume_[at(v)];
            if (partner_[at(v)] >= 0) linked_.parent[at(node_[at(v)])] = node[at(g)];
        }
        node_ = std::move(node);
        volume_ = std::move(volume);
        return n_groups;
    }

    NodeId new_node() {
        linked_.parent.push_back(-1);
        linked_.joined.push_back(0.0);
        return static_cast<NodeId>(linked_.parent.size()) - 1;
    }

    void join_components() {
        auto& parent = linked_.parent;
        if (std::count(parent.begin(), parent.end(), -1) == 1) return;
        const NodeId root = new_node();
        std::replace(parent.begin(), parent.end() - 1, NodeId{-1}, root);
    }

    GraphView graph_;
    Graph owned_;
    std::uint64_t seed_;
    int n_threads_;
    std::vector<double> volume_;
    std::vector<NodeId> node_;  // tree node of each cluster
    Linked linked_;
    std::vector<NodeId> best_;
    std::vector<NodeId> partner_;
    std::vector<NodeId> group_;
    std::vector<double> inverse_;
};

}  // namespace

Linked link_in_rounds(const GraphView& graph, std::uint64_t seed, Monitor& monitor, int n_threads) {
    return Rounds(graph, seed, n_threads).run(monitor);
}

}  // namespace hint_se
