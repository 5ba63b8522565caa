#include <algorithm>
#include <numeric>
#include <utility>

#include "hint_se/build/linkage.hpp"
#include "hint_se/graph/contract.hpp"
#include "index.hpp"
#include "parallel.hpp"
#include "random.hpp"

namespace hint_se {
namespace {

constexpr double kHubShare = 1.0 / 16.0;
// Below this share of clusters merged by mutual choice, any two unmerged clusters of which one picks the
// other merge too: keeps the number of rounds logarithmic where choices form long chains.
constexpr double kSlowRound = 1.0 / 32.0;

// Hash of two ids, order ignored.
std::uint64_t pair_hash(NodeId u, NodeId v, std::uint64_t seed) {
    const auto low = static_cast<std::uint64_t>(u < v ? u : v);
    const auto high = static_cast<std::uint64_t>(u < v ? v : u);
    return Random::mix(seed + low * 0x9E3779B97F4A7C15ULL + high * 0xD1B54A32D192ED03ULL);
}

class Rounds {
  public:
    Rounds(const GraphView& graph, std::uint64_t seed, Monitor& monitor, int n_threads)
        : graph_(graph),
          seed_(seed),
          monitor_(monitor),
          n_threads_(n_threads),
          volume_(degrees(graph)),
          node_(at(graph.n_nodes())) {
        std::iota(node_.begin(), node_.end(), 0);
        linked_.parent.assign(at(graph.n_nodes()), -1);
        linked_.joined.assign(at(graph.n_nodes()), 0.0);
    }

    Linked run() {
        monitor_.stage("merge");
        Contraction next;
        while (!graph_.indices.empty()) {
            pick();
            pair();
            form_groups();
            contract(graph_, groups_, next, monitor_, n_threads_);
            for (std::size_t g = 0; g < at(groups_.size()); ++g)
                linked_.joined[at(node_[g])] += next.inner[g];
            std::swap(owned_, next.graph);
            graph_ = owned_.view();
        }
        join_components();
        return std::move(linked_);
    }

  private:
    static constexpr std::int64_t kChunk = 1 << 14;

    // A node that joins the group of a pair beside the two: its leader is that of the pair.
    struct Joiner {
        NodeId node;
        NodeId hub;
    };

    template <class Body>
    void each_chunk(Body body) {
        parallel_for(n_threads_, graph_.n_nodes(), kChunk, monitor_,
                     [&](std::int64_t begin, std::int64_t end, std::size_t) {
                         body(node_id(begin), node_id(end), at(begin / kChunk));
                     });
    }

    [[nodiscard]] std::size_t n_chunks() const { return at((graph_.n_nodes() + kChunk - 1) / kChunk); }

    // best_[v]: the neighbour of highest score.
    void pick() {
        const NodeId n = graph_.n_nodes();
        inverse_.resize(at(n));
        best_.resize(at(n));
        each_chunk([&](NodeId begin, NodeId end, std::size_t) {
            for (NodeId v = begin; v < end; ++v) inverse_[at(v)] = 1.0 / volume_[at(v)];
        });
        each_chunk([&](NodeId begin, NodeId end, std::size_t) {
            for (NodeId v = begin; v < end; ++v) best_[at(v)] = best_neighbour(v);
        });
    }

    [[nodiscard]] NodeId best_neighbour(NodeId v) const {
        double best_score = -1.0;
        NodeId best = -1;
        for (auto e = graph_.begin(v); e < graph_.end(v); ++e) {
            const NodeId u = graph_.target(e);
            const double score = graph_.weight(e) * inverse_[at(u)];
            if (score < best_score) continue;
            if (score > best_score || pair_hash(u, v, seed_) > pair_hash(best, v, seed_)) {
                best_score = score;
                best = u;
            }
        }
        return best;
    }

    // mate_[v]: the node that v forms a pair with, or -1. joiners_: who joins which pair.
    void pair() {
        const NodeId n = graph_.n_nodes();
        mate_.resize(at(n));
        std::vector<std::vector<Joiner>> found(n_chunks());
        std::vector<NodeId> n_paired(n_chunks(), 0);
        each_chunk([&](NodeId begin, NodeId end, std::size_t chunk) {
            for (NodeId v = begin; v < end; ++v) {
                const NodeId u = best_[at(v)];
                mate_[at(v)] = -1;
                if (u < 0) continue;  // a finished component
                if (best_[at(u)] == v) {
                    mate_[at(v)] = u;
                    ++n_paired[chunk];
                } else if (best_[at(best_[at(u)])] == u && volume_[at(v)] <= kHubShare * volume_[at(u)]) {
                    found[chunk].push_back({v, u});
                }
            }
        });
        const auto merged = std::accumulate(n_paired.begin(), n_paired.end(), NodeId{0}) + admit(found);
        if (merged >= kSlowRound * n) return;
        std::vector<bool> taken(at(n), false);
        for (const Joiner& joiner : joiners_) taken[at(joiner.node)] = true;
        for (NodeId v = 0; v < n; ++v) {
            const NodeId u = best_[at(v)];
            if (u < 0 || mate_[at(v)] >= 0 || mate_[at(u)] >= 0 || taken[at(v)] || taken[at(u)]) continue;
            mate_[at(v)] = u;
            mate_[at(u)] = v;
        }
    }

    // Fills joiners_, in the order of the nodes, while their hubs have room; returns how many.
    NodeId admit(const std::vector<std::vector<Joiner>>& found) {
        joiners_.clear();
        // inverse_ has done its work: from here it is the volume each hub may still take in.
        std::vector<double>& room = inverse_;
        for (const auto& part : found) {
            for (const Joiner& joiner : part) room[at(joiner.hub)] = kHubShare * volume_[at(joiner.hub)];
        }
        for (const auto& part : found) {
            for (const Joiner& joiner : part) {
                if (room[at(joiner.hub)] < volume_[at(joiner.node)]) continue;
                room[at(joiner.hub)] -= volume_[at(joiner.node)];
                joiners_.push_back(joiner);
            }
        }
        return node_id(joiners_.size());
    }

    // The node that stands for the group of v, unless v is a joiner.
    [[nodiscard]] NodeId leader(NodeId v) const { return mate_[at(v)] < 0 ? v : std::min(v, mate_[at(v)]); }

    [[nodiscard]] bool leads(NodeId v) const { return best_[at(v)] >= 0 && leader(v) == v; }

    // Numbers the groups by their leaders, gives new ones a tree node, and moves volumes and tree nodes to
    // the group ids.
    void form_groups() {
        for (const Joiner& joiner : joiners_) best_[at(joiner.node)] = -1;  // they lead no group
        number_groups();
        auto& [group, first, members] = groups_;
        for (const Joiner& joiner : joiners_) {
            const NodeId g = group[at(leader(joiner.hub))];
            group[at(joiner.node)] = g;
            ++first[at(g) + 1];
            next_volume_[at(g)] += volume_[at(joiner.node)];
        }
        std::partial_sum(first.begin(), first.end(), first.begin());
        members.resize(at(first.back()));
        each_chunk(
            [&, &group = group, &first = first, &members = members](NodeId begin, NodeId end, std::size_t) {
                for (NodeId v = begin; v < end; ++v) {
                    if (!leads(v)) continue;
                    const NodeId g = group[at(v)];
                    const NodeId u = mate_[at(v)];
                    members[at(first[at(g)])] = v;
                    if (u < 0) continue;
                    members[at(first[at(g)]) + 1] = u;
                    group[at(u)] = g;
                    linked_.parent[at(node_[at(v)])] = linked_.parent[at(node_[at(u)])] = next_node_[at(g)];
                }
            });
        place_joiners();
        std::swap(node_, next_node_);
        std::swap(volume_, next_volume_);
    }

    // Numbers the groups in the order of their leaders; sizes, volumes and tree nodes of the leaders' pairs.
    void number_groups() {
        std::vector<NodeId> first_group(n_chunks() + 1, 0);
        std::vector<NodeId> first_node(n_chunks() + 1, 0);
        each_chunk([&](NodeId begin, NodeId end, std::size_t chunk) {
            for (NodeId v = begin; v < end; ++v) {
                first_group[chunk + 1] += leads(v) ? 1 : 0;
                first_node[chunk + 1] += leads(v) && mate_[at(v)] >= 0 ? 1 : 0;
            }
        });
        first_node[0] = node_id(linked_.parent.size());
        std::partial_sum(first_group.begin(), first_group.end(), first_group.begin());
        std::partial_sum(first_node.begin(), first_node.end(), first_node.begin());
        linked_.parent.resize(at(first_node.back()), -1);
        linked_.joined.resize(at(first_node.back()), 0.0);

        groups_.group.assign(at(graph_.n_nodes()), -1);
        groups_.first.assign(at(first_group.back()) + 1, 0);
        next_node_.resize(at(first_group.back()));
        next_volume_.resize(at(first_group.back()));
        each_chunk([&](NodeId begin, NodeId end, std::size_t chunk) {
            NodeId g = first_group[chunk];
            NodeId new_node = first_node[chunk];
            for (NodeId v = begin; v < end; ++v) {
                if (!leads(v)) continue;
                const NodeId u = mate_[at(v)];
                groups_.group[at(v)] = g;
                groups_.first[at(g) + 1] = u < 0 ? 1 : 2;
                next_volume_[at(g)] = volume_[at(v)] + (u < 0 ? 0.0 : volume_[at(u)]);
                next_node_[at(g)] = u < 0 ? node_[at(v)] : new_node++;
                ++g;
            }
        });
    }

    // Behind the pair, in the order of their ids.
    void place_joiners() {
        auto& [group, first, members] = groups_;
        const auto group_of = [&group = group](const Joiner& joiner) { return group[at(joiner.node)]; };
        std::stable_sort(joiners_.begin(), joiners_.end(),
                         [&](const Joiner& a, const Joiner& b) { return group_of(a) < group_of(b); });
        NodeId behind = 0;
        for (std::size_t k = 0; k < joiners_.size(); ++k) {
            const NodeId g = group_of(joiners_[k]);
            behind = k > 0 && group_of(joiners_[k - 1]) == g ? behind + 1 : first[at(g)] + 2;
            members[at(behind)] = joiners_[k].node;
            linked_.parent[at(node_[at(joiners_[k].node)])] = next_node_[at(g)];
        }
    }

    void join_components() {
        auto& parent = linked_.parent;
        if (std::count(parent.begin(), parent.end(), -1) == 1) return;
        const auto root = node_id(parent.size());
        std::replace(parent.begin(), parent.end(), NodeId{-1}, root);
        parent.push_back(-1);
        linked_.joined.push_back(0.0);
    }

    GraphView graph_;
    Graph owned_;
    std::uint64_t seed_;
    Monitor& monitor_;
    int n_threads_;
    std::vector<double> volume_;
    std::vector<NodeId> node_;  // tree node of each cluster
    Linked linked_;
    std::vector<NodeId> best_;
    std::vector<NodeId> mate_;
    std::vector<Joiner> joiners_;
    Groups groups_;
    std::vector<double> inverse_;
    std::vector<NodeId> next_node_;
    std::vector<double> next_volume_;
};

}  // namespace

Linked link_in_rounds(const GraphView& graph, std::uint64_t seed, Monitor& monitor, int n_threads) {
    return Rounds(graph, seed, monitor, n_threads).run();
}

}  // namespace hint_se
