#include <algorithm>
#include <cmath>
#include <numeric>
#include <queue>
#include <unordered_map>
#include <utility>

#include "hint_se/linkage.hpp"

namespace hint_se {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

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

class Greedy {
  public:
    explicit Greedy(const GraphView& graph)
        : volume_(degrees(graph)),
          total_(std::accumulate(volume_.begin(), volume_.end(), 0.0)),
          weight_to_(at(graph.n_nodes())),
          node_(at(graph.n_nodes())),
          parent_(at(graph.n_nodes()), -1),
          next_pendant_(at(graph.n_nodes()), -1) {
        std::iota(node_.begin(), node_.end(), 0);
        fill(graph);
    }

    std::vector<NodeId> run(Monitor& monitor) {
        monitor.stage("merge");
        const auto n = static_cast<double>(node_.size());
        while (!heap_.empty()) {
            monitor.tick(static_cast<double>(parent_.size()) / n - 1.0);
            const Candidate top = heap_.top();
            heap_.pop();
            if (node_[at(top.a)] < 0 || node_[at(top.b)] < 0) continue;
            const auto between = weight_to_[at(top.a)].find(top.b);
            if (between == weight_to_[at(top.a)].end()) continue;
            const double score = gain(top.a, top.b, between->second);
            if (score < top.score) {
                heap_.push({score, top.a, top.b});
            } else {
                merge(top.a, top.b);
            }
        }
        return finish();
    }

  private:
    void fill(const GraphView& graph) {
        for (NodeId v = 0; v < graph.n_nodes(); ++v) {
            // Pendant neighbours of one weight stay equal for ever: only the first of each class stands in the heap,
            // and merging it admits the next. Without this a star re-scores every leaf at every merge.
            std::unordered_map<double, NodeId> last_pendant;
            for (auto e = graph.begin(v); e < graph.end(v); ++e) {
                const NodeId u = graph.target(e);
                const double w = graph.weight(e);
                weight_to_[at(v)].emplace(u, w);
                const bool pendant = graph.end(u) - graph.begin(u) == 1;
                const bool both = pendant && graph.end(v) - graph.begin(v) == 1;
                if (pendant && !both) {
                    const auto [last, first_of_class] = last_pendant.emplace(w, u);
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
        heap_.push({gain(a, b, weight), std::min(a, b), std::max(a, b)});
    }

    void merge(NodeId a, NodeId b) {
        const auto joined = static_cast<NodeId>(parent_.size());
        parent_.push_back(-1);
        parent_[at(node_[at(a)])] = parent_[at(node_[at(b)])] = joined;
        const NodeId pendant_a = next_pendant_[at(a)];
        const NodeId pendant_b = next_pendant_[at(b)];
        NodeId kept = a;
        NodeId gone = b;
        if (weight_to_[at(kept)].size() < weight_to_[at(gone)].size()) std::swap(kept, gone);
        auto& map = weight_to_[at(kept)];
        volume_[at(kept)] += volume_[at(gone)];
        map.erase(gone);
        for (const auto& [other, weight] : weight_to_[at(gone)]) {
            if (other == kept) continue;
            auto& theirs = weight_to_[at(other)];
            theirs.erase(gone);
            const double sum = map[other] += weight;
            theirs[kept] = sum;
            push(kept, other, sum);
        }
        std::unordered_map<NodeId, double>().swap(weight_to_[at(gone)]);
        node_[at(gone)] = -1;
        node_[at(kept)] = joined;
        // A class of pendants is named by whichever end was one; its hub is now `kept`.
        for (const NodeId next : {pendant_a, pendant_b}) {
            if (next >= 0 && node_[at(next)] == next && map.contains(next)) push(kept, next, map[next]);
        }
        next_pendant_[at(kept)] = -1;
    }

    std::vector<NodeId> finish() {
        const auto tops = std::count(parent_.begin(), parent_.end(), -1);
        if (tops == 1) return std::move(parent_);
        const auto root = static_cast<NodeId>(parent_.size());
        std::replace(parent_.begin(), parent_.end(), NodeId{-1}, root);
        parent_.push_back(-1);
        return std::move(parent_);
    }

    std::vector<double> volume_;
    double total_;
    std::vector<std::unordered_map<NodeId, double>> weight_to_;
    std::vector<NodeId> node_;  // tree node of each live cluster, -1 once it is merged away
    std::vector<NodeId> parent_;
    std::vector<NodeId> next_pendant_;
    std::priority_queue<Candidate> heap_;
};

}  // namespace

std::vector<NodeId> link_greedily(const GraphView& graph, Monitor& monitor) { return Greedy(graph).run(monitor); }

}  // namespace hint_se
