#include "hint_se/graph/graph.hpp"

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

void check_total(const GraphView& graph) {
    const double edges = std::accumulate(graph.weights.begin(), graph.weights.end(), 0.0);
    const double total = std::accumulate(graph.extra_volume.begin(), graph.extra_volume.end(), edges);
    if (!std::isfinite(total)) throw GraphError("the total of the weights must be finite, but it overflows");
}

// Twice the weight of the loop of each node. Repeats as in rows: summed by weight, or counted once.
template <class Id>
std::vector<double> extra_volume_of(std::span<const Id> edges, std::span<const double> weights,
                                    std::int64_t n_nodes) {
    std::vector<std::pair<Id, double>> loops;
    for (std::size_t e = 0; e < edges.size(); e += 2) {
        if (edges[e] == edges[e + 1]) loops.emplace_back(edges[e], weights.empty() ? 1.0 : weights[e / 2]);
    }
    std::sort(loops.begin(), loops.end());
    if (weights.empty()) loops.erase(std::unique(loops.begin(), loops.end()), loops.end());
    std::vector<double> extra(at(n_nodes), 0.0);
    for (const auto& [node, weight] : loops) extra[at(node)] += 2.0 * weight;
    return extra;
}

// Sorts each row and joins repeats, in place, then closes the gaps.
void sort_rows(Graph& graph, bool weighted, Monitor& monitor) {
    const auto n = static_cast<std::int64_t>(graph.indptr.size()) - 1;
    std::vector<std::pair<NodeId, double>> row;
    EdgeOffset out = 0;
    for (std::int64_t v = 0; v < n; ++v) {
        const auto begin = graph.indptr[at(v)];
        const auto end = graph.indptr[at(v + 1)];
        graph.indptr[at(v)] = out;
        if (!weighted) {
            const auto first = graph.indices.begin() + begin;
            std::sort(first, graph.indices.begin() + end);
            const auto last = std::unique(first, graph.indices.begin() + end);
            out = std::move(first, last, graph.indices.begin() + out) - graph.indices.begin();
        } else {
            row.clear();
            for (auto e = begin; e < end; ++e) row.emplace_back(graph.indices[at(e)], graph.weights[at(e)]);
            // By weight too: the sum over repeats must not depend on the order of the input, nor on the
            // direction.
            std::sort(row.begin(), row.end());
            for (std::size_t k = 0; k < row.size();) {
                const NodeId target = row[k].first;
                double sum = 0.0;
                for (; k < row.size() && row[k].first == target; ++k) sum += row[k].second;
                graph.indices[at(out)] = target;
                graph.weights[at(out++)] = sum;
            }
        }
        monitor.tick(static_cast<double>(v) / static_cast<double>(n));
    }
    graph.indptr[at(n)] = out;
    graph.indices.resize(at(out));
    if (weighted) {
        graph.weights.resize(at(out));
    } else {
        graph.weights.assign(at(out), 1.0);
    }
}

}  // namespace

template <class Id>
GraphFromEdges graph_from_edges(std::span<const Id> edges, std::span<const double> weights,
                                std::int64_t n_nodes, Monitor& monitor, SelfLoops self_loops) {
    check_edge_list(edges, weights, n_nodes, monitor);
    GraphFromEdges result;
    auto& [indptr, indices, out_weights, extra] = result.graph;
    indptr.assign(at(n_nodes + 1), 0);
    for (std::size_t e = 0; e < edges.size(); e += 2) {
        if (edges[e] == edges[e + 1]) {
            ++result.n_loops;
            continue;
        }
        ++indptr[at(edges[e])];
        ++indptr[at(edges[e + 1])];
        monitor.tick(0.0);
    }
    // After this exclusive scan and the fill below, indptr[v] is the end of row v: the fill moves it from the
    // start.
    std::exclusive_scan(indptr.begin(), indptr.end(), indptr.begin(), EdgeOffset{0});
    const auto nnz = at(indptr.back());
    indices.resize(nnz);
    if (!weights.empty()) out_weights.resize(nnz);
    monitor.stage("fill rows");
    for (std::size_t e = 0; e < edges.size(); e += 2) {
        const auto u = edges[e];
        const auto v = edges[e + 1];
        monitor.tick(static_cast<double>(e) / static_cast<double>(edges.size()));
        if (u == v) continue;
        const auto at_u = at(indptr[at(u)]++);
        const auto at_v = at(indptr[at(v)]++);
        indices[at_u] = node_id(v);
        indices[at_v] = node_id(u);
        if (!weights.empty()) out_weights[at_u] = out_weights[at_v] = weights[e / 2];
    }
    std::copy_backward(indptr.begin(), indptr.end() - 1, indptr.end());
    indptr.front() = 0;

    monitor.stage("sort rows");
    sort_rows(result.graph, !weights.empty(), monitor);
    if (self_loops == SelfLoops::kKeep) extra = extra_volume_of(edges, weights, n_nodes);
    check_total(result.graph.view());
    return result;
}

template GraphFromEdges graph_from_edges(std::span<const std::int32_t>, std::span<const double>, std::int64_t,
                                         Monitor&, SelfLoops);
template GraphFromEdges graph_from_edges(std::span<const std::int64_t>, std::span<const double>, std::int64_t,
                                         Monitor&, SelfLoops);

void validate_graph(const GraphView& graph, Monitor& monitor) {
    monitor.stage("check graph");
    if (graph.indptr.size() < 2)
        throw GraphError("a graph has at least one node, so indptr has at least 2 entries");
    const auto n = static_cast<std::int64_t>(graph.indptr.size()) - 1;
    const auto nnz = graph.indices.size();
    if (n > kMaxNodes) {
        throw GraphError("a graph has at most " + std::to_string(kMaxNodes) + " nodes, but indptr is for " +
                         std::to_string(n));
    }
    if (std::cmp_greater(graph.indices.size(), kMaxEntries))
        throw GraphError(too_many_edges(graph.indices.size()));
    if (graph.weights.size() != graph.indices.size()) {
        throw GraphError("weights must be one per entry of indices (" + std::to_string(nnz) + "), but " +
                         std::to_string(graph.weights.size()) + " arrived");
    }
    if (!graph.extra_volume.empty() && std::cmp_not_equal(graph.extra_volume.size(), n)) {
        throw GraphError("extra volumes must be one per node (" + std::to_string(n) + "), but " +
                         std::to_string(graph.extra_volume.size()) + " arrived");
    }
    if (graph.indptr.front() != 0 || std::cmp_not_equal(graph.indptr.back(), nnz)) {
        throw GraphError("indptr must run from 0 to the number of indices (" + std::to_string(nnz) +
                         "), but it runs from " + std::to_string(graph.indptr.front()) + " to " +
                         std::to_string(graph.indptr.back()));
    }
    for (std::int64_t v = 0; v < n; ++v) {
        if (graph.indptr[at(v)] > graph.indptr[at(v + 1)]) {
            throw GraphError("indptr must not fall, but it does at node " + std::to_string(v));
        }
    }
    for (NodeId v = 0; v < n; ++v) {
        for (auto e = graph.begin(v); e < graph.end(v); ++e) {
            const NodeId u = graph.target(e);
            const auto where = [v] { return " in the row of node " + std::to_string(v); };
            if (u < 0 || u >= n) {
                throw GraphError("node ids must be in [0, " + std::to_string(n) + "), but " +
                                 std::to_string(u) + " stands" + where());
            }
            if (u == v) throw GraphError("a graph has no loops here, but there is one" + where());
            if (e > graph.begin(v) && graph.target(e - 1) >= u) {
                throw GraphError("indices must rise strictly within a row, but they do not" + where());
            }
            if (!(graph.weight(e) > 0.0 && std::isfinite(graph.weight(e)))) {
                throw GraphError("weights must be finite and > 0, but " + shown(graph.weight(e)) + " stands" +
                                 where());
            }
        }
        if (!(graph.extra(v) >= 0.0 && std::isfinite(graph.extra(v)))) {
            throw GraphError("extra volumes must be finite and >= 0, but node " + std::to_string(v) +
                             " has " + shown(graph.extra(v)));
        }
        monitor.tick(0.5 * static_cast<double>(v) / static_cast<double>(n));
    }
    for (NodeId v = 0; v < n; ++v) {
        for (auto e = graph.begin(v); e < graph.end(v); ++e) {
            const NodeId u = graph.target(e);
            const auto row = graph.indices.subspan(at(graph.begin(u)), at(graph.end(u) - graph.begin(u)));
            const auto back = std::lower_bound(row.begin(), row.end(), v);
            if (back == row.end() || *back != v ||
                graph.weight(graph.begin(u) + (back - row.begin())) != graph.weight(e)) {
                throw GraphError("a graph is symmetric, but the edge from " + std::to_string(v) + " to " +
                                 std::to_string(u) + " differs from the one back");
            }
        }
        monitor.tick(0.5 + 0.5 * static_cast<double>(v) / static_cast<double>(n));
    }
    check_total(graph);
}

std::vector<double> node_cuts(const GraphView& graph) {
    std::vector<double> result;
    result.reserve(at(graph.n_nodes()));
    for (NodeId v = 0; v < graph.n_nodes(); ++v) result.push_back(graph.cut(v));
    return result;
}

std::vector<double> degrees(const GraphView& graph, std::vector<double> cuts) {
    for (std::size_t v = 0; v < graph.extra_volume.size(); ++v) cuts[v] += graph.extra_volume[v];
    return cuts;
}

std::vector<double> degrees(const GraphView& graph) { return degrees(graph, node_cuts(graph)); }

Graph reordered(const GraphView& graph, std::span<const NodeId> order) {
    std::vector<NodeId> id(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) id[at(order[i])] = node_id(i);
    Graph result;
    result.indptr.reserve(order.size() + 1);
    result.indices.reserve(graph.indices.size());
    result.weights.reserve(graph.weights.size());
    result.indptr.push_back(0);
    for (const NodeId v : order) {
        for (auto e = graph.begin(v); e < graph.end(v); ++e) {
            result.indices.push_back(id[at(graph.target(e))]);
            result.weights.push_back(graph.weight(e));
        }
        result.indptr.push_back(edge_offset(result.indices.size()));
    }
    if (graph.extra_volume.empty()) return result;
    result.extra_volume.reserve(order.size());
    for (const NodeId v : order) result.extra_volume.push_back(graph.extra(v));
    return result;
}

}  // namespace hint_se
