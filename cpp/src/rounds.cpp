#include <cmath>
#include <utility>

#include "hint_se/linkage.hpp"
#include "random.hpp"

namespace hint_se {
namespace {

constexpr double kHubShare = 1.0 / 16.0;
// Below this share of clusters merged by mutual choice, any two unmerged clusters of which one picks the other merge
// too: keeps the number of rounds logarithmic where choices form long chains.
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
    Rounds(const GraphView& graph, Linkage linkage, std::uint64_t seed)
        : graph_(graph), linkage_(linkage), seed_(seed), volume_(degrees(graph)), node_(at(graph.n_nodes())) {
        for (NodeId v = 0; v < graph.n_nodes(); ++v) node_[at(v)] = v;
        parent_.assign(at(graph.n_nodes()), -1);
    }

    std::vector<NodeId> run(Monitor& monitor) {
        const auto edges = static_cast<double>(graph_.indices.size());
        monitor.stage("merge");
        while (!graph_.indices.empty()) {
            pick(monitor, edges);
            const NodeId n_groups = group();
            Graph next = contract(graph_, group_, n_groups);
            owned_ = std::move(next);
            graph_ = owned_.view();
            monitor.check(1.0 - static_cast<double>(graph_.indices.size()) / edges);
        }
        return finish();
    }

  private:
    // best_[v]: the neighbour of highest score.
    void pick(Monitor& monitor, double edges) {
        const NodeId n = graph_.n_nodes();
        inverse_.resize(at(n));
        for (NodeId v = 0; v < n; ++v) {
            const double volume = volume_[at(v)];
            inverse_[at(v)] = 1.0 / (linkage_ == Linkage::kVolume ? volume : std::sqrt(volume));
        }
        best_.assign(at(n), -1);
        for (NodeId v = 0; v < n; ++v) {
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
            best_[at(v)] = best;
            monitor.tick(1.0 - static_cast<double>(graph_.indices.size()) / edges);
        }
    }

    // Forms the groups of this round, gives each a tree node, and moves volumes and tree nodes to the group ids.
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
        // A hub's group may be named by a member that comes later, so groups are numbered at their first member.
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
            if (partner_[at(v)] >= 0) parent_[at(node_[at(v)])] = node[at(g)];
        }
        node_ = std::move(node);
        volume_ = std::move(volume);
        return n_groups;
    }

    NodeId new_node() {
        parent_.push_back(-1);
        return static_cast<NodeId>(parent_.size()) - 1;
    }

    std::vector<NodeId> finish() {
        NodeId tops = 0;
        for (const NodeId p : parent_) tops += p < 0 ? 1 : 0;
        if (tops == 1) return std::move(parent_);
        const NodeId root = new_node();
        for (NodeId v = 0; v < root; ++v) {
            if (parent_[at(v)] < 0) parent_[at(v)] = root;
        }
        return std::move(parent_);
    }

    GraphView graph_;
    Graph owned_;
    Linkage linkage_;
    std::uint64_t seed_;
    std::vector<double> volume_;
    std::vector<NodeId> node_;  // tree node of each cluster
    std::vector<NodeId> parent_;
    std::vector<NodeId> best_;
    std::vector<NodeId> partner_;
    std::vector<NodeId> group_;
    std::vector<double> inverse_;
};

}  // namespace

std::vector<NodeId> link_in_rounds(const GraphView& graph, Linkage linkage, std::uint64_t seed, Monitor& monitor) {
    return Rounds(graph, linkage, seed).run(monitor);
}

}  // namespace hint_se
