#include "hint_se/build.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "hint_se/compress.hpp"
#include "hint_se/linkage.hpp"

namespace hint_se {
namespace {

// The weights over the power of two next above their total: exact, so that scaling all weights by a power of two
// leaves every comparison, and so the tree, as it is. Shares below 2^-500 count as that, lest products underflow.
std::vector<double> scaled_weights(const GraphView& graph) {
    const double total = std::accumulate(graph.weights.begin(), graph.weights.end(), 0.0);
    int exponent = 0;
    std::frexp(total, &exponent);
    std::vector<double> weights(graph.weights.size());
    for (std::size_t e = 0; e < weights.size(); ++e) {
        weights[e] = std::max(std::ldexp(graph.weights[e], -exponent), 0x1p-500);
    }
    return weights;
}

std::vector<NodeId> flat_parent(NodeId n) {
    if (n == 1) return {-1};
    std::vector<NodeId> parent(static_cast<std::size_t>(n), n);
    parent.push_back(-1);
    return parent;
}

std::vector<NodeId> merge_compress(const GraphView& graph, NodeId height, Monitor& monitor) {
    auto parent = canonical_parent(link_greedily(graph, monitor), graph.n_nodes());
    parent = compress(graph, std::move(parent), monitor);
    return height > 0 ? restrict_height(graph, parent, height, monitor) : parent;
}

std::vector<NodeId> best_parent(const GraphView& graph, const BuildOptions& options, Monitor& monitor) {
    if (options.algorithm == Algorithm::kMergeCompress) return merge_compress(graph, options.height, monitor);
    auto parent = link_in_rounds(graph, Linkage::kVolume, options.seed, monitor);
    parent = canonical_parent(parent, graph.n_nodes());
    return options.height > 0 ? restrict_height(graph, parent, options.height, monitor) : parent;
}

}  // namespace

Tree build_tree(const GraphView& graph, const BuildOptions& options, Monitor& monitor) {
    const NodeId n = graph.n_nodes();
    if (n == 1 || graph.indices.empty() || options.height == 1) return tree_from_parent(graph, flat_parent(n));
    const std::vector<double> weights = scaled_weights(graph);
    const GraphView scaled{graph.indptr, graph.indices, weights};
    return tree_from_parent(graph, best_parent(scaled, options, monitor));
}

}  // namespace hint_se
