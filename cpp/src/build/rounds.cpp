#include <algorithm>
#include <numeric>
#include <utility>

#include "build/pairing.hpp"
#include "hint_se/build/linkage.hpp"
#include "hint_se/graph/contract.hpp"
#include "index.hpp"
#include "parallel.hpp"

namespace hint_se {
namespace {

class Rounds {
  public:
    Rounds(const GraphView& graph, std::uint64_t seed, Monitor& monitor, int n_threads, Pairs pairs)
        : graph_(graph),
          monitor_(monitor),
          n_threads_(n_threads),
          pairing_(graph.n_nodes(), pairs, seed, monitor, n_threads),
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
            pairing_.pair(graph_, volume_, mate_, joiners_);
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
    template <class Body>
    void each_chunk(Body body) {
        hint_se::each_chunk(n_threads_, graph_.n_nodes(), monitor_, body);
    }

    // Whether a group is numbered by v: the first of a pair, or alone.
    [[nodiscard]] bool leads(NodeId v) const { return mate_[at(v)] == kNoMate || mate_[at(v)] > v; }

    // Numbers the groups by their leaders, gives new ones a tree node, and moves volumes and tree nodes to
    // the group ids.
    void form_groups() {
        number_groups();
        auto& [group, first, members] = groups_;
        for (const Joiner& joiner : joiners_) {
            const NodeId g = group[at(std::min(joiner.hub, mate_[at(joiner.hub)]))];
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
        std::vector<NodeId> first_group(n_chunks(graph_.n_nodes()) + 1, 0);
        std::vector<NodeId> first_node(n_chunks(graph_.n_nodes()) + 1, 0);
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
    Monitor& monitor_;
    int n_threads_;
    Pairing pairing_;
    std::vector<double> volume_;
    std::vector<NodeId> node_;  // tree node of each cluster
    Linked linked_;
    std::vector<NodeId> mate_;
    std::vector<Joiner> joiners_;
    Groups groups_;
    std::vector<NodeId> next_node_;
    std::vector<double> next_volume_;
};

}  // namespace

Linked link_in_rounds(const GraphView& graph, std::uint64_t seed, Monitor& monitor, int n_threads,
                      Pairs pairs) {
    return Rounds(graph, seed, monitor, n_threads, pairs).run();
}

}  // namespace hint_se
