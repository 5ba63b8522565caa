#include "graph/visits.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <queue>
#include <set>
#include <string>
#include <utility>

#include "hint_se/errors.hpp"
#include "hint_se/graph/flow.hpp"
#include "index.hpp"

namespace hint_se {
namespace {

constexpr double kTolerance = 1e-14;

// The same arcs by their end; within a row by their start.
Graph reversed(const GraphView& rows) {
    Graph result;
    result.indptr.assign(rows.indptr.size(), 0);
    for (const NodeId target : rows.indices) ++result.indptr[at(target) + 1];
    std::partial_sum(result.indptr.begin(), result.indptr.end(), result.indptr.begin());
    std::vector<EdgeOffset> next(result.indptr.begin(), result.indptr.end() - 1);
    result.indices.resize(rows.indices.size());
    result.weights.resize(rows.indices.size());
    for (NodeId v = 0; v < rows.n_nodes(); ++v) {
        for (auto e = rows.begin(v); e < rows.end(v); ++e) {
            const auto place = at(next[at(rows.target(e))]++);
            result.indices[place] = v;
            result.weights[place] = rows.weight(e);
        }
    }
    return result;
}

std::vector<NodeId> dead_ends(const GraphView& rows) {
    std::vector<NodeId> found;
    for (NodeId v = 0; v < rows.n_nodes(); ++v) {
        if (rows.begin(v) == rows.end(v)) found.push_back(v);
    }
    return found;
}

// Fixed point of the walk. The sum of the differences shrinks by `damping` in each round, so that the number
// of rounds is known.
std::vector<double> iterated(const GraphView& steps, const std::vector<double>& starts, double damping,
                             Monitor& monitor) {
    const Graph backwards = reversed(steps);
    const GraphView into = backwards.view();
    const std::vector<NodeId> ends = dead_ends(steps);
    const double n_rounds = damping > 0.0 ? std::ceil(std::log(kTolerance) / std::log(damping)) : 1.0;
    std::vector<double> visits = starts;
    std::vector<double> next(visits.size());
    double difference = 1.0;
    for (double round = 0.0; round < n_rounds && difference >= kTolerance; ++round) {
        double lost = 0.0;
        for (const NodeId v : ends) lost += visits[at(v)];
        const double jumps = 1.0 - damping + damping * lost;
        difference = 0.0;
        for (NodeId v = 0; v < into.n_nodes(); ++v) {
            monitor.tick(round / n_rounds);
            double arriving = 0.0;
            for (auto e = into.begin(v); e < into.end(v); ++e)
                arriving += visits[at(into.target(e))] * into.weight(e);
            next[at(v)] = damping * arriving + jumps * starts[at(v)];
            difference += std::abs(next[at(v)] - visits[at(v)]);
        }
        visits.swap(next);
    }
    return visits;
}

// Direct solution by elimination of one node after the other (Grassmann, Taksar & Heyman 1985): the walk is
// watched at the nodes that are left alone, and what passes through an eliminated one becomes steps between
// its neighbours. Nothing is ever subtracted, so that every visit is exact to a few roundings, however seldom
// the walker jumps. A walker that jumps leaves, and `starts` says where walkers come in.
class Elimination {
  public:
    Elimination(const GraphView& steps, std::vector<double> starts, double damping)
        : out_(starts.size()), in_(starts.size()), leaving_(starts.size(), 1.0), starts_(std::move(starts)) {
        for (NodeId v = 0; v < steps.n_nodes(); ++v) {
            if (steps.begin(v) < steps.end(v)) leaving_[at(v)] = 1.0 - damping;
            for (auto e = steps.begin(v); e < steps.end(v); ++e) {
                if (damping > 0.0) link(v, steps.target(e), damping * steps.weight(e));
            }
        }
    }

    // Expected visits of each node, all of them in one unit.
    std::vector<double> run(Monitor& monitor) {
        eliminate_sparse(monitor);
        const std::vector<NodeId> rest = remaining();
        if (rest.size() > kMostDense) {
            throw GraphError("a teleportation below " + std::to_string(1.0 - kMostIterated) +
                             " is solved directly, for which this graph has too many arcs: " +
                             std::to_string(rest.size()) + " nodes stay densely linked, and at most " +
                             std::to_string(kMostDense) + " may; take a teleportation that is not below");
        }
        std::vector<double> visits(starts_.size(), 0.0);
        solve_dense(rest, visits, monitor);
        for (std::size_t k = passed_.size(); k-- > 0;) {
            const Passed& p = passed_[k];
            double arriving = p.start;
            for (const auto& [u, step] : p.from) arriving += visits[at(u)] * step;
            visits[at(p.node)] = arriving / p.onwards;
        }
        return visits;
    }

  private:
    // New steps that eliminating a node may make, so that a sparse phase costs about as much a node.
    static constexpr std::size_t kMostNewSteps = 1'024;
    // Nodes left for the dense phase: 32 MB, a few seconds.
    static constexpr std::size_t kMostDense = 2'048;

    // A node at its elimination.
    struct Passed {
        NodeId node;
        double onwards;  // probability of going to another node, or of leaving
        double start;
        std::vector<std::pair<NodeId, double>> from;
    };

    // Steps from a node to itself only scale how long each visit lasts, which `onwards` says.
    void link(NodeId u, NodeId v, double step) {
        if (u == v) return;
        out_[at(u)][v] += step;
        in_[at(v)].insert(u);
    }

    [[nodiscard]] double onwards(NodeId v) const {
        double sum = leaving_[at(v)];
        for (const auto& [w, step] : out_[at(v)]) sum += step;
        return sum;
    }

    [[nodiscard]] std::size_t n_new_steps(NodeId v) const { return in_[at(v)].size() * out_[at(v)].size(); }

    // Those first that make the fewest new steps.
    void eliminate_sparse(Monitor& monitor) {
        using Entry = std::pair<std::size_t, NodeId>;
        std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
        const auto n = node_id(starts_.size());
        for (NodeId v = 0; v < n; ++v) open.emplace(n_new_steps(v), v);
        is_passed_.assign(starts_.size(), false);
        while (!open.empty()) {
            const auto [cost, v] = open.top();
            open.pop();
            if (is_passed_[at(v)]) continue;
            if (cost != n_new_steps(v)) {  // changed since it was listed
                open.emplace(n_new_steps(v), v);
                continue;
            }
            if (cost > kMostNewSteps) return;
            monitor.tick(0.5 * static_cast<double>(passed_.size()) / static_cast<double>(n));
            pass(v);
            for (const auto& [w, step] : out_[at(v)]) open.emplace(n_new_steps(w), w);
            for (const auto& [u, step] : passed_.back().from) open.emplace(n_new_steps(u), u);
            out_[at(v)].clear();
        }
    }

    void pass(NodeId v) {
        Passed p{v, onwards(v), starts_[at(v)], {}};
        const auto& out = out_[at(v)];
        for (const NodeId u : in_[at(v)]) {
            const double step = out_[at(u)].extract(v).mapped();
            p.from.emplace_back(u, step);
            leaving_[at(u)] += step / p.onwards * leaving_[at(v)];
            for (const auto& [w, next] : out) link(u, w, step / p.onwards * next);
        }
        for (const auto& [w, next] : out) {
            starts_[at(w)] += p.start / p.onwards * next;
            in_[at(w)].erase(v);
        }
        in_[at(v)].clear();
        is_passed_[at(v)] = true;
        passed_.push_back(std::move(p));
    }

    [[nodiscard]] std::vector<NodeId> remaining() const {
        std::vector<NodeId> rest;
        for (NodeId v = 0; v < node_id(is_passed_.size()); ++v) {
            if (!is_passed_[at(v)]) rest.push_back(v);
        }
        return rest;
    }

    // The same in a square of numbers, the last node first.
    void solve_dense(const std::vector<NodeId>& rest, std::vector<double>& visits, Monitor& monitor) {
        const std::size_t n = rest.size();
        std::vector<double> square(n * n, 0.0);
        std::vector<double> onwards(n, 0.0);
        for (std::size_t i = 0; i < n; ++i) {
            for (const auto& [w, step] : out_[at(rest[i])])
                square[i * n + at(std::lower_bound(rest.begin(), rest.end(), w) - rest.begin())] = step;
        }
        for (std::size_t k = n; k-- > 0;) {
            monitor.check(1.0 - 0.5 * static_cast<double>(k) / static_cast<double>(n));
            const double* const row = square.data() + k * n;
            onwards[k] = std::accumulate(row, row + k, leaving_[at(rest[k])]);
            for (std::size_t i = 0; i < k; ++i) {
                const double share = square[i * n + k] / onwards[k];
                if (share == 0.0) continue;
                leaving_[at(rest[i])] += share * leaving_[at(rest[k])];
                for (std::size_t j = 0; j < k; ++j) square[i * n + j] += share * row[j];
                square[i * n + i] = 0.0;
            }
            for (std::size_t j = 0; j < k; ++j)
                starts_[at(rest[j])] += starts_[at(rest[k])] / onwards[k] * row[j];
        }
        for (std::size_t k = 0; k < n; ++k) {
            double arriving = starts_[at(rest[k])];
            for (std::size_t i = 0; i < k; ++i) arriving += visits[at(rest[i])] * square[i * n + k];
            visits[at(rest[k])] = arriving / onwards[k];
        }
    }

    std::vector<std::map<NodeId, double>> out_;  // ordered, so that sums are the same everywhere
    std::vector<std::set<NodeId>> in_;
    std::vector<double> leaving_;
    std::vector<double> starts_;
    std::vector<bool> is_passed_;
    std::vector<Passed> passed_;
};

}  // namespace

std::vector<double> visits_of(const GraphView& steps, const std::vector<double>& starts, double damping,
                              Monitor& monitor) {
    monitor.stage("flow");
    std::vector<double> visits = damping <= kMostIterated ? iterated(steps, starts, damping, monitor)
                                                          : Elimination(steps, starts, damping).run(monitor);
    const double total = std::accumulate(visits.begin(), visits.end(), 0.0);
    for (double& v : visits) v /= total;
    return visits;
}

}  // namespace hint_se
