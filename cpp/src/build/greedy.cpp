#include <algorithm>
#include <cmath>
#include <numeric>
#include <queue>
#include <unordered_map>
#include <utility>

#include "hint_se/build/linkage.hpp"
#include "index.hpp"
#include "tournament.hpp"

namespace hint_se {
namespace {

struct Candidate {
    double score;
    NodeId a;  // a < b
    NodeId b;
    NodeId host;  // the one of the two that keeps the link

    // Greatest score first, then smallest ids.
    bool operator<(const Candidate& other) const {
        if (score != other.score) return score < other.score;
        return std::pair(a, b) > std::pair(other.a, other.b);
    }

    bool operator==(const Candidate&) const = default;
};

constexpr Candidate kNone{-1.0, -1, -1, -1};

struct Link {
    double weight;
    NodeId slot;  // in the tournament of this end, or -1: the other end is the host
};

using Links = std::unordered_map<NodeId, Link>;

class Greedy {
  public:
    Greedy(const GraphView& graph, Monitor& monitor)
        : volume_(degrees(graph)),
          judge_{std::accumulate(volume_.begin(), volume_.end(), 0.0), monitor, 0.0},
          links_(at(graph.n_nodes())),
          hosted_(at(graph.n_nodes())),
          best_(at(graph.n_nodes()), kNone),
          node_(at(graph.n_nodes())),
          parent_(at(graph.n_nodes()), -1) {
        std::iota(node_.begin(), node_.end(), 0);
        monitor.stage("merge");
        fill(graph);
    }

    std::vector<NodeId> run() {
        const auto n = static_cast<double>(node_.size());
        while (!heap_.empty()) {
            judge_.fraction = static_cast<double>(parent_.size()) / n - 1.0;
            judge_.monitor.tick(judge_.fraction);
            const Candidate top = heap_.top();
            heap_.pop();
            if (node_[at(top.host)] < 0 || best_[at(top.host)] != top) continue;
            const Candidate now = best_of(top.host);
            if (now == top) {
                merge(top.a, top.b);
            } else {
                best_[at(top.host)] = kNone;
                offer(now);
            }
        }
        return finish();
    }

  private:
    // Links belong to the end that has more of them. Its growth, which comes often, moves none of its own
    // links out of their order, and of others' it has at most the square root of twice the edges.
    static bool hosts(NodeId a, std::size_t links_of_a, NodeId b, std::size_t links_of_b) {
        return links_of_a != links_of_b ? links_of_a > links_of_b : a < b;
    }

    void fill(const GraphView& graph) {
        const auto n_links = [&](NodeId v) { return at(graph.end(v) - graph.begin(v)); };
        for (NodeId v = 0; v < graph.n_nodes(); ++v) {
            links_[at(v)].reserve(n_links(v));
            for (auto e = graph.begin(v); e < graph.end(v); ++e) {
                const NodeId u = graph.target(e);
                Link link{graph.weight(e), -1};
                if (hosts(v, n_links(v), u, n_links(u))) link.slot = enter(v, u, link.weight);
                links_[at(v)].emplace(u, link);
                judge_.monitor.tick(0.0);
            }
        }
        for (NodeId v = 0; v < graph.n_nodes(); ++v) offer(best_of(v));
    }

    [[nodiscard]] Contender contender(NodeId other, double weight) const {
        return {weight / judge_.total, volume_[at(other)], other};
    }

    NodeId enter(NodeId host, NodeId other, double weight) {
        hosted_[at(host)].enter(contender(other, weight));
        return node_id(hosted_[at(host)].size() - 1);
    }

    void withdraw(NodeId host, NodeId slot) {
        const NodeId moved = hosted_[at(host)].withdraw(slot);
        if (moved >= 0) links_[at(host)].find(moved)->second.slot = slot;
    }

    [[nodiscard]] Candidate candidate(NodeId host, const Contender& other) const {
        const double score = judge_.gain(other.share, volume_[at(host)] + volume_[at(other.id)]);
        return {score, std::min(host, other.id), std::max(host, other.id), host};
    }

    // Contenders have grown since they entered, which only lowers their gains: the winner is looked at anew
    // until it is up to date.
    [[nodiscard]] Candidate best_of(NodeId host) {
        Tournament& hosted = hosted_[at(host)];
        if (hosted.size() == 0) return kNone;
        while (true) {
            const NodeId slot = hosted.winner(volume_[at(host)], judge_);
            Contender winner = hosted[slot];
            if (winner.volume == volume_[at(winner.id)]) return candidate(host, winner);
            winner.volume = volume_[at(winner.id)];
            hosted.change(slot, winner);
        }
    }

    // best_ is never less than the best link of a host: what it has lost shows when its turn comes.
    void offer(const Candidate& found) {
        if (found == kNone || !(best_[at(found.host)] < found)) return;
        best_[at(found.host)] = found;
        heap_.push(found);
    }

    void merge(NodeId a, NodeId b) {
        const auto joined = node_id(parent_.size());
        parent_.push_back(-1);
        parent_[at(node_[at(a)])] = parent_[at(node_[at(b)])] = joined;
        NodeId kept = a;
        NodeId gone = b;
        if (links_[at(kept)].size() < links_[at(gone)].size()) std::swap(kept, gone);
        volume_[at(kept)] += volume_[at(gone)];
        (void)cut(kept, gone);
        for (const auto& [other, link] : links_[at(gone)]) {
            judge_.monitor.tick(judge_.fraction);
            if (other != kept) hand_over(other, gone, kept, link.weight);
        }
        Links().swap(links_[at(gone)]);
        hosted_[at(gone)] = {};
        node_[at(gone)] = -1;
        node_[at(kept)] = joined;
        best_[at(kept)] = kNone;
        offer(best_of(kept));
    }

    // The link to `gone` leaves the side of `v`.
    Links::node_type cut(NodeId v, NodeId gone) {
        Links::node_type link = links_[at(v)].extract(gone);
        if (link.mapped().slot >= 0) withdraw(v, link.mapped().slot);
        return link;
    }

    // What links `other` to `gone` links it to `kept`, whose best link is looked for when it has all.
    void hand_over(NodeId other, NodeId gone, NodeId kept, double weight) {
        Links::node_type back = cut(other, gone);
        const auto [link, is_new] = links_[at(kept)].try_emplace(other, Link{weight, -1});
        Link& forth = link->second;
        if (is_new) {
            const bool of_kept = hosts(kept, links_[at(kept)].size(), other, links_[at(other)].size());
            forth.slot = of_kept ? enter(kept, other, weight) : -1;
            back.mapped().slot = of_kept ? -1 : enter(other, kept, weight);
            back.key() = kept;
            links_[at(other)].insert(std::move(back));
        } else {
            Link& known = links_[at(other)].find(kept)->second;
            known.weight = forth.weight += weight;
            if (forth.slot >= 0) {
                hosted_[at(kept)].change(forth.slot, contender(other, forth.weight));
            } else {
                hosted_[at(other)].change(known.slot, contender(kept, forth.weight));
            }
        }
        if (forth.slot < 0) offer(candidate(other, contender(kept, forth.weight)));
    }

    std::vector<NodeId> finish() {
        const auto tops = std::count(parent_.begin(), parent_.end(), -1);
        if (tops == 1) return std::move(parent_);
        const auto root = node_id(parent_.size());
        std::replace(parent_.begin(), parent_.end(), NodeId{-1}, root);
        parent_.push_back(-1);
        return std::move(parent_);
    }

    std::vector<double> volume_;
    Judge judge_;
    std::vector<Links> links_;
    std::vector<Tournament> hosted_;
    std::vector<Candidate> best_;  // of a host: its one valid heap entry
    std::vector<NodeId> node_;     // tree node of each live cluster, -1 once it is merged away
    std::vector<NodeId> parent_;
    std::priority_queue<Candidate> heap_;
};

}  // namespace

std::vector<NodeId> link_greedily(const GraphView& graph, Monitor& monitor) {
    return Greedy(graph, monitor).run();
}

}  // namespace hint_se
