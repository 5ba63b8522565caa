#include "hint_se/tree/entropy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "index.hpp"

namespace hint_se {
double x_log2(double x, double y) { return x == 0.0 ? 0.0 : x * std::log2(y); }

double x_log2(double x, double y, double z) {
    if (x == 0.0) return 0.0;
    // The quotient first where it can be: the logarithms of near volumes cancel.
    const double quotient = y / z;
    const bool is_held = quotient >= std::numeric_limits<double>::min() && std::isfinite(quotient);
    return x * (is_held ? std::log2(quotient) : std::log2(y) - std::log2(z));
}

double structural_entropy(const GraphView& graph, std::span<const NodeId> parent) {
    Monitor silent;
    return structural_entropy(graph, parent, silent);
}

double structural_entropy(const GraphView& graph, std::span<const NodeId> parent, Monitor& monitor) {
    monitor.stage("entropy");
    const std::vector<double> cut = node_cuts(graph);
    const std::vector<double> degree = degrees(graph, cut);
    const double total = std::accumulate(degree.begin(), degree.end(), 0.0);
    if (total == 0.0) return 0.0;
    std::vector<double> volume(parent.size(), 0.0);
    std::copy(degree.begin(), degree.end(), volume.begin());
    for (std::size_t v = 0; v + 1 < parent.size(); ++v) volume[at(parent[v])] += volume[v];

    // Weights are summed per common ancestor first: one logarithm a node instead of one an edge, and shares
    // of the total rather than raw weights, so that the scale of the weights never matters.
    const AncestorIndex index(parent);
    std::vector<double> joined(parent.size(), 0.0);
    for (NodeId v = 0; v < graph.n_nodes(); ++v) {
        monitor.tick(static_cast<double>(v) / static_cast<double>(graph.n_nodes()));
        for (auto e = graph.begin(v); e < graph.end(v); ++e) {
            if (graph.target(e) > v) joined[at(index.common(v, graph.target(e)))] += 2.0 * graph.weight(e);
        }
    }
    double sum = 0.0;
    for (std::size_t a = 0; a < parent.size(); ++a) sum += x_log2(joined[a] / total, volume[a] / total);
    for (std::size_t v = 0; v < cut.size(); ++v) sum -= x_log2(cut[v] / total, degree[v] / total);
    return sum;
}

std::vector<double> entropy_terms(std::span<const NodeId> parent, std::span<const double> volume,
                                  std::span<const double> cut) {
    std::vector<double> terms(parent.size(), 0.0);
    const double total = volume.back();
    if (total == 0.0) return terms;
    for (std::size_t v = 0; v + 1 < parent.size(); ++v) {
        terms[v] = x_log2(cut[v] / total, volume[at(parent[v])], volume[v]);
    }
    return terms;
}

double one_dimensional_entropy(const GraphView& graph) {
    const std::vector<double> cut = node_cuts(graph);
    const std::vector<double> degree = degrees(graph, cut);
    const double total = std::accumulate(degree.begin(), degree.end(), 0.0);
    if (total == 0.0) return 0.0;
    double sum = 0.0;
    for (std::size_t v = 0; v < cut.size(); ++v) sum -= x_log2(cut[v] / total, degree[v] / total);
    return sum;
}

}  // namespace hint_se
