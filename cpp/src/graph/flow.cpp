#include "hint_se/graph/flow.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "graph/edge_list.hpp"
#include "hint_se/errors.hpp"
#include "index.hpp"

namespace hint_se {
namespace {

constexpr double kTolerance = 1e-14;

// Arcs by their start, in rows; no loops.
template <class Id>
Graph rows_of(std::span<const Id> arcs, std::span<const double> weights, std::int64_t n_nodes,
              Monitor& monitor) {
    Graph rows;
    rows.indptr.assign(at(n_nodes) + 1, 0);
    const auto for_each = [&](auto work) {
        for (std::size_t e = 0; e < arcs.size(); e += 2) {
            monitor.tick(static_cast<double>(e) / static_cast<double>(arcs.size()));
            if (arcs[e] != arcs[e + 1]) work(e);
        }
    };
    for_each([&](std::size_t e) { ++rows.indptr[at(arcs[e]) + 1]; });
    std::partial_sum(rows.indptr.begin(), rows.indptr.end(), rows.indptr.begin());
    std::vector<EdgeOffset> next(rows.indptr.begin(), rows.indptr.end() - 1);
    rows.indices.resize(at(rows.indptr.back()));
    rows.weights.resize(at(rows.indptr.back()));
    for_each([&](std::size_t e) {
        const auto place = at(next[at(arcs[e])]++);
        rows.indices[place] = node_id(arcs[e + 1]);
        rows.weights[place] = weights.empty() ? 1.0 : weights[e / 2];
    });
    return rows;
}

// Sorts each row and joins repeats, in place, then closes the gaps: the sum over repeats, by weight, so that
// it does not depend on the order of the input.
void join_repeats(Graph& rows, bool weighted, Monitor& monitor) {
    const NodeId n = rows.view().n_nodes();
    std::vector<std::pair<NodeId, double>> row;
    EdgeOffset out = 0;
    for (NodeId v = 0; v < n; ++v) {
        monitor.tick(static_cast<double>(v) / static_cast<double>(n));
        row.clear();
        for (EdgeOffset e = rows.indptr[at(v)]; e < rows.indptr[at(v) + 1]; ++e)
            row.emplace_back(rows.indices[at(e)], rows.weights[at(e)]);
        std::sort(row.begin(), row.end());
        rows.indptr[at(v)] = out;
        for (std::size_t k = 0; k < row.size(); ++k) {
            const bool repeats = k > 0 && row[k - 1].first == row[k].first;
            if (!repeats) {
                rows.indices[at(out)] = row[k].first;
                rows.weights[at(out++)] = row[k].second;
            } else if (weighted) {
                rows.weights[at(out) - 1] += row[k].second;
            }
        }
    }
    rows.indptr.back() = out;
    rows.indices.resize(at(out));
    rows.weights.resize(at(out));
}

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

// Turns weights into shares of the row; returns each row's share of all.
std::vector<double> normalise(Graph& rows) {
    std::vector<double> strength = degrees(rows.view());
    for (NodeId v = 0; v < rows.view().n_nodes(); ++v) {
        for (EdgeOffset e = rows.indptr[at(v)]; e < rows.indptr[at(v) + 1]; ++e)
            rows.weights[at(e)] /= strength[at(v)];
    }
    const double total = std::accumulate(strength.begin(), strength.end(), 0.0);
    for (double& s : strength) s /= total;
    return strength;
}

std::vector<NodeId> dead_ends(const GraphView& rows) {
    std::vector<NodeId> found;
    for (NodeId v = 0; v < rows.n_nodes(); ++v) {
        if (rows.begin(v) == rows.end(v)) found.push_back(v);
    }
    return found;
}

// Fixed point of the walk; `starts` is where jumps go. The sum of the differences shrinks by `damping` in
// each round, so that the number of rounds is known.
std::vector<double> visits_of(const GraphView& rows, const std::vector<double>& starts, double damping,
                              Monitor& monitor) {
    monitor.stage("flow");
    const Graph backwards = reversed(rows);
    const GraphView into = backwards.view();
    const std::vector<NodeId> ends = dead_ends(rows);
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
    const double total = std::accumulate(visits.begin(), visits.end(), 0.0);
    for (double& v : visits) v /= total;
    return visits;
}

}  // namespace

template <class Id>
StationaryFlow stationary_flow(std::span<const Id> arcs, std::span<const double> weights,
                               std::int64_t n_nodes, double damping, Monitor& monitor) {
    if (!(damping >= 0.0 && damping < 1.0))
        throw GraphError("damping must be in [0, 1), but is " + std::to_string(damping));
    check_edge_list(arcs, weights, n_nodes, monitor);
    if (!std::isfinite(std::accumulate(weights.begin(), weights.end(), 0.0)))
        throw GraphError("the total of the weights must be finite, but it overflows");
    Graph rows = rows_of(arcs, weights, n_nodes, monitor);
    StationaryFlow result;
    result.n_loops = static_cast<std::int64_t>(arcs.size() / 2 - rows.indices.size());
    join_repeats(rows, !weights.empty(), monitor);
    if (rows.indices.empty()) {  // nowhere to go: no place is better than another
        result.visits.assign(at(n_nodes), 1.0 / static_cast<double>(n_nodes));
    } else {
        const std::vector<double> starts = normalise(rows);
        result.visits = visits_of(rows.view(), starts, damping, monitor);
    }
    std::vector<std::int32_t> pairs;
    pairs.reserve(2 * rows.indices.size());
    for (NodeId v = 0; v < rows.view().n_nodes(); ++v) {
        for (EdgeOffset e = rows.indptr[at(v)]; e < rows.indptr[at(v) + 1]; ++e) {
            pairs.insert(pairs.end(), {v, rows.indices[at(e)]});
            // A share may be too small for a double; the arc is there all the same.
            rows.weights[at(e)] =
                std::max(rows.weights[at(e)] * result.visits[at(v)], std::numeric_limits<double>::min());
        }
    }
    result.graph = graph_from_edges<std::int32_t>(pairs, rows.weights, n_nodes, monitor).graph;
    return result;
}

template StationaryFlow stationary_flow(std::span<const std::int32_t>, std::span<const double>, std::int64_t,
                                        double, Monitor&);
template StationaryFlow stationary_flow(std::span<const std::int64_t>, std::span<const double>, std::int64_t,
                                        double, Monitor&);

}  // namespace hint_se
