#include "hint_se/build/rebuild.hpp"

#include <algorithm>
#include <utility>

#include "hint_se/tree/entropy.hpp"
#include "index.hpp"

namespace hint_se {
namespace {

// What is below a node: both increasing, as the ids of a tree are, which makes a tree of them.
struct Part {
    std::vector<NodeId> leaves;
    std::vector<NodeId> inner;  // the node itself is the last
};

Part part_below(const Tree& tree, const Csr& below, NodeId top) {
    Part part;
    std::vector<NodeId> open{top};
    while (!open.empty()) {
        const NodeId v = open.back();
        open.pop_back();
        (v < tree.n_leaves ? part.leaves : part.inner).push_back(v);
        for (auto c = below.indptr[at(v)]; c < below.indptr[at(v) + 1]; ++c)
            open.push_back(below.indices[at(c)]);
    }
    std::sort(part.leaves.begin(), part.leaves.end());
    std::sort(part.inner.begin(), part.inner.end());
    return part;
}

// The edges inside; what else the degrees hold is volume alone. `number` is -1 everywhere, and so it is left.
Graph inside(const GraphView& graph, const std::vector<NodeId>& leaves, std::vector<NodeId>& number) {
    for (std::size_t k = 0; k < leaves.size(); ++k) number[at(leaves[k])] = node_id(k);
    Graph part;
    part.indptr.push_back(0);
    for (const NodeId leaf : leaves) {
        double kept = 0.0;
        for (auto e = graph.begin(leaf); e < graph.end(leaf); ++e) {
            const NodeId other = number[at(graph.target(e))];
            if (other < 0) continue;
            part.indices.push_back(other);
            part.weights.push_back(graph.weight(e));
            kept += graph.weight(e);
        }
        part.indptr.push_back(edge_offset(part.indices.size()));
        part.extra_volume.push_back(std::max(graph.degree(leaf) - kept, 0.0));
    }
    for (const NodeId leaf : leaves) number[at(leaf)] = -1;
    return part;
}

std::vector<NodeId> parent_within(const Tree& tree, const Part& part) {
    std::vector<NodeId> parent;
    const auto number = [&](NodeId v) {
        const auto found = std::lower_bound(part.inner.begin(), part.inner.end(), v);
        return node_id(part.leaves.size()) + node_id(found - part.inner.begin());
    };
    for (const NodeId v : part.leaves) parent.push_back(number(tree.parent[at(v)]));
    for (const NodeId v : part.inner) parent.push_back(number(tree.parent[at(v)]));
    parent.back() = -1;
    return parent;
}

}  // namespace

bool rebuild_below(const GraphView& graph, Tree& tree, std::span<const NodeId> tops,
                   const BuildOptions& options, Monitor& monitor) {
    if (tops.empty()) return false;
    const Csr below = children(tree.parent);
    const std::vector<NodeId> depth = depths(tree.parent);
    std::vector<NodeId> number(at(tree.n_leaves), -1);
    std::vector<NodeId> parent = tree.parent;
    for (const NodeId top : tops) {
        monitor.stage("rebuild");
        BuildOptions own = options;
        if (options.height > 0) own.height = options.height - depth[at(top)];
        const Part part = part_below(tree, below, top);
        if (part.leaves.size() < 3 || (options.height > 0 && own.height < 1)) continue;
        const Graph edges = inside(graph, part.leaves, number);
        const std::vector<NodeId> built = build_tree(edges.view(), own, monitor).parent;
        const double before = structural_entropy(edges.view(), parent_within(tree, part), monitor);
        if (structural_entropy(edges.view(), built, monitor) >= before) continue;
        // What was inside is left without leaves, and goes.
        const std::size_t first = parent.size();
        const auto place = [&](NodeId v) {
            if (std::cmp_less(v, part.leaves.size())) return part.leaves[at(v)];
            return at(v) + 1 == built.size() ? top : node_id(first + at(v) - part.leaves.size());
        };
        parent.resize(first + built.size() - 1 - part.leaves.size());
        for (NodeId v = 0; at(v) + 1 < built.size(); ++v) parent[at(place(v))] = place(built[at(v)]);
    }
    if (parent.size() == tree.parent.size() && parent == tree.parent) return false;
    tree = tree_from_parent(graph, canonical_parent(parent, tree.n_leaves), monitor);
    return true;
}

}  // namespace hint_se
