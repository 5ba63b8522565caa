#include "hint_se/tree/entropy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "index.hpp"

namespace hint_se {
double x_log2(double x, double y) { return x == 0.0 ? 0.0 : x * std::log2(y); }

double structural_entropy(const GraphView& graph, std::span<const NodeId> parent) {
    const std::vector<double> degree = degrees(graph);
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
        for (auto e = graph.begin(v); e < graph.end(v); ++e) {
            if (graph.target(e) > v) joined[at(index.common(v, graph.target(e)))] += 2.0 * graph.weight(e);
        }
    }
    double sum = 0.0;
    for (std::size_t a = 0; a < parent.size(); ++a) sum += x_log2(joined[a] / total, volume[a] / total);
    for (const double d : degree) sum -= x_log2(d / total, d / total);
    return sum;
}

std::vector<double> entropy_terms(std::span<const NodeId> parent, std::span<const double> volume,
                                  std::span<const double> cut) {
    std::vector<double> terms(parent.size(), 0.0);
    const double total = volume.back();
    if (total == 0.0) return terms;
    for (std::size_t v = 0; v + 1 < parent.size(); ++v) {
        // Volumes may lie further apart than a double reaches; the share that is cut is next to nothing then.
        const double ratio = volume[at(parent[v])] / volume[v];
        terms[v] = x_log2(cut[v] / total, std::min(std::numeric_limits<double>::max(), ratio));
    }
    return terms;
}

double one_dimensional_entropy(const GraphView& graph) {
    const std::vector<double> degree = degrees(graph);
    const double total = std::accumulate(degree.begin(), degree.end(), 0.0);
    double sum = 0.0;
    for (const double d : degree) sum -= total > 0.0 ? x_log2(d / total, d / total) : 0.0;
    return sum;
}

}  // namespace hint_se
