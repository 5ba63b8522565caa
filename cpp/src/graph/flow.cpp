#include "hint_se/graph/flow.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "graph/edge_list.hpp"
#include "graph/visits.hpp"
#include "hint_se/errors.hpp"
#include "index.hpp"

namespace hint_se {
namespace {

// Arcs by their start, in rows; loops among them where they are kept.
template <class Id>
Graph rows_of(std::span<const Id> arcs, std::span<const double> weights, std::int64_t n_nodes,
              SelfLoops self_loops, Monitor& monitor) {
    Graph rows;
    rows.indptr.assign(at(n_nodes) + 1, 0);
    const auto for_each = [&](auto work) {
        for (std::size_t e = 0; e < arcs.size(); e += 2) {
            monitor.tick(static_cast<double>(e) / static_cast<double>(arcs.size()));
            if (arcs[e] != arcs[e + 1] || self_loops == SelfLoops::kKeep) work(e);
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

}  // namespace

template <class Id>
StationaryFlow stationary_flow(std::span<const Id> arcs, std::span<const double> weights,
                               std::int64_t n_nodes, double damping, Monitor& monitor, SelfLoops self_loops) {
    if (!(damping >= 0.0 && damping < 1.0))
        throw GraphError("damping must be in [0, 1), but is " + std::to_string(damping));
    check_edge_list(arcs, weights, n_nodes, monitor);
    if (!std::isfinite(std::accumulate(weights.begin(), weights.end(), 0.0)))
        throw GraphError("the total of the weights must be finite, but it overflows");
    Graph rows = rows_of(arcs, weights, n_nodes, self_loops, monitor);
    StationaryFlow result;
    for (std::size_t e = 0; e < arcs.size(); e += 2) result.n_loops += arcs[e] == arcs[e + 1] ? 1 : 0;
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
    result.graph = graph_from_edges<std::int32_t>(pairs, rows.weights, n_nodes, monitor, self_loops).graph;
    return result;
}

template StationaryFlow stationary_flow(std::span<const std::int32_t>, std::span<const double>, std::int64_t,
                                        double, Monitor&, SelfLoops);
template StationaryFlow stationary_flow(std::span<const std::int64_t>, std::span<const double>, std::int64_t,
                                        double, Monitor&, SelfLoops);

}  // namespace hint_se
