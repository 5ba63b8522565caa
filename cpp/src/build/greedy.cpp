#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <queue>
#include <unordered_map>
#include <utility>

#include "hint_se/build/linkage.hpp"
#include "index.hpp"

namespace hint_se {
namespace {

struct Candidate {
    double score;
    NodeId a;  // a < b
    NodeId b;

    // Greatest score first, then smallest ids.
    bool operator<(const Candidate& other) const {
        if (score != other.score) return score < other.score;
        return std::pair(a, b) > std::pair(other.a, other.b);
    }
};

// A pair's weight and the score of its one valid heap entry: entries of any other score are out of date.
struct Link {
    double weight = 0.0;
    double score = 0.0;
};

using Links = std::unordered_map<NodeId, Link>;

// Pendant neighbours of one hub that can be told apart by their ids alone.
struct PendantClass {
    double weight;
    double volume;

    bool operator==(const PendantClass&) const = default;
};

struct PendantHash {
    std::size_t operator()(const PendantClass& pendant) const {
        const std::hash<double> hash;
        return hash(pendant.weight) ^ (hash(pendant.volume) << 1);
    }
};

class Greedy {
  public:
    Greedy(const GraphView& graph, Monitor& monitor)
        : volume_(degrees(graph)),
          total_(std::accumulate(volume_.begin(), volume_.end(), 0.0)),
          links_(at(graph.n_nodes())),
          node_(at(graph.n_nodes())),
          parent_(at(graph.n_nodes()), -1),
          next_pendant_(at(graph.n_nodes()), -1) {
        std::iota(node_.begin(), node_.end(), 0);
        monitor.stage("merge");
        fill(graph, monitor);
    }

    std::vector<NodeId> run(Monitor& monitor) {
        const auto n = static_cast<double>(node_.size());
        while (!heap_.empty()) {
            monitor.tick(static_cast<double>(parent_.size()) / n - 1.0);
            const Candidate top = heap_.top();
            heap_.pop();
            if (node_[at(top.a)] < 0 || node_[at(top.b)] < 0) continue;
            const auto link = links_[at(top.a)].find(top.b);
            if (link == links_[at(top.a)].end() || link->second.score != top.score) continue;
            if (gain(top.a, top.b, link->second.weight) < top.score) {
                push(top.a, top.b, link->second.weight);
            } else {
                merge(top.a, top.b);
            }
        }
        return finish();
    }

  private:
    void fill(const GraphView& graph, Monitor& monitor) {
        for (NodeId v = 0; v < graph.n_nodes(); ++v) {
            for (auto e = graph.begin(v); e < graph.end(v); ++e) {
                links_[at(v)].emplace(graph.target(e), Link{graph.weight(e), -1.0});
                monitor.tick(0.0);
            }
        }
        for (NodeId v = 0; v < graph.n_nodes(); ++v) {
            // Pendant neighbours of one weight and volume stay equal for ever: only the first of each class
            // stands in the heap, and merging it admits the next. Without this a star re-scores every leaf
            // at every merge.
            std::unordered_map<PendantClass, NodeId, PendantHash> last_pendant;
            for (auto e = graph.begin(v); e < graph.end(v); ++e) {
                const NodeId u = graph.target(e);
                const double w = graph.weight(e);
                monitor.tick(0.0);
                const bool pendant = graph.end(u) - graph.begin(u) == 1;
                const bool both = pendant && graph.end(v) - graph.begin(v) == 1;
                if (pendant && !both) {
                    const auto [last, first_of_class] =
                        last_pendant.emplace(PendantClass{w, volume_[at(u)]}, u);
                    if (first_of_class) {
                        push(v, u, w);
                    } else {
                        next_pendant_[at(last->second)] = u;
                        last->second = u;
                    }
                } else if (u > v && (both || graph.end(v) - graph.begin(v) > 1)) {
                    push(v, u, w);
                }
            }
        }
    }

    [[nodiscard]] double gain(NodeId a, NodeId b, double weight) const {
        return weight / total_ * std::log2(total_ / (volume_[at(a)] + volume_[at(b)]));
    }

    void push(NodeId a, NodeId b, double weight) {
        const double score = gain(a, b, weight);
        links_[at(a)][b] = links_[at(b)][a] = {weight, score};
        heap_.push({score, std::min(a, b), std::max(a, b)});
    }

    void merge(NodeId a, NodeId b) {
        const auto joined = node_id(parent_.size());
        parent_.push_back(-1);
        parent_[at(node_[at(a)])] = parent_[at(node_[at(b)])] = joined;
        const NodeId pendant_a = next_pendant_[at(a)];
        const NodeId pendant_b = next_pendant_[at(b)];
        NodeId kept = a;
        NodeId gone = b;
        if (links_[at(kept)].size() < links_[at(gone)].size()) std::swap(kept, gone);
        auto& links = links_[at(kept)];
        volume_[at(kept)] += volume_[at(gone)];
        links.erase(gone);
        for (const auto& [other, link] : links_[at(gone)]) {
            if (other == kept) continue;
            links_[at(other)].erase(gone);
            push(kept, other, links[other].weight + link.weight);
        }
        Links().swap(links_[at(gone)]);
        node_[at(gone)] = -1;
        node_[at(kept)] = joined;
        // A class of pendants is named by whichever end was one; its hub is now `kept`.
        for (const NodeId next : {pendant_a, pendant_b}) {
            if (next >= 0 && node_[at(next)] == next && links.contains(next))
                push(kept, next, links[next].weight);
        }
        next_pendant_[at(kept)] = -1;
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
    double total_;
    std::vector<Links> links_;
    std::vector<NodeId> node_;  // tree node of each live cluster, -1 once it is merged away
    std::vector<NodeId> parent_;
    std::vector<NodeId> next_pendant_;
    std::priority_queue<Candidate> heap_;
};

}  // namespace

std::vector<NodeId> link_greedily(const GraphView& graph, Monitor& monitor) {
    return Greedy(graph, monitor).run(monitor);
}

}  // namespace hint_se
