// Edits of all kinds, one after the other, of a graph and its tree. Each is refused with GraphError and
// leaves both as they were, or the tree holds every invariant over the edited graph and is no worse than it
// was.
#include "hint_se/update/update.hpp"

#include <algorithm>
#include <utility>

#include "hint_se/build/build.hpp"
#include "hint_se/errors.hpp"
#include "hint_se/tree/entropy.hpp"
#include "input.hpp"

using namespace hint_se;
using namespace hint_se::fuzz;

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// Ids of nodes, and now and then of none.
std::int64_t id(Input& input, int n) {
    const int value = input.byte();
    return value < 252 ? value % n : input.signed_byte();
}

struct Edit {
    std::vector<std::int64_t> added;
    std::vector<double> weights;
    std::vector<std::int64_t> removed;
    std::int64_t n_nodes;
};

Edit edit_of(Input& input, const GraphView& graph, bool any_weight) {
    Edit edit;
    edit.n_nodes = graph.n_nodes() + input.below(3);
    const bool weighted = input.below(4) != 0;
    for (int k = input.below(6); k > 0; --k) {
        for (int end = 0; end < 2; ++end) edit.added.push_back(id(input, static_cast<int>(edit.n_nodes)));
        if (weighted) edit.weights.push_back(any_weight ? input.weight() : 1.0 + input.byte() / 16.0);
    }
    for (int k = input.below(6); k > 0; --k) {  // mostly of edges that are there
        const auto u = id(input, graph.n_nodes());
        const bool known = u >= 0 && u < graph.n_nodes() && input.below(8) != 0;
        const auto v = static_cast<NodeId>(known ? u : 0);
        const EdgeOffset degree = graph.end(v) - graph.begin(v);
        edit.removed.push_back(u);
        edit.removed.push_back(
            known && degree > 0
                ? graph.target(graph.begin(v) + static_cast<EdgeOffset>(input.byte()) % degree)
                : id(input, graph.n_nodes()));
    }
    return edit;
}

// The same tree with new leaves under its root.
std::vector<NodeId> widened(const std::vector<NodeId>& parent, NodeId before, NodeId after) {
    if (before == 1) {
        std::vector<NodeId> flat(at(after), after);
        if (after == 1) return {-1};
        flat.push_back(-1);
        return flat;
    }
    const NodeId shift = after - before;
    std::vector<NodeId> result = parent;
    for (NodeId& p : result) p += p < 0 ? 0 : shift;
    result.insert(result.begin() + before, at(shift), static_cast<NodeId>(parent.size()) - 1 + shift);
    return result;
}

void check(const GraphView& graph, const Tree& tree, NodeId height, bool any_weight) {
    Monitor monitor;
    validate_graph(graph, monitor);
    validate_parent(tree.parent, graph.n_nodes());
    require(canonical_parent(tree.parent, graph.n_nodes()) == tree.parent, "a tree in canonical form");
    const std::vector<NodeId> depth = depths(tree.parent);
    require(height == 0 || *std::max_element(depth.begin(), depth.end()) <= height,
            "the height is at most its limit");
    const double entropy = structural_entropy(graph, tree.parent);
    require(std::isfinite(entropy), "the entropy is finite");
    if (any_weight) return;
    const Tree fresh = tree_from_parent(graph, tree.parent, monitor);
    const double total = tree.volume.back();
    for (std::size_t v = 0; v < tree.parent.size(); ++v) {
        require(close(tree.volume[v], fresh.volume[v], total), "volumes are those of the graph");
        require(close(tree.cut[v], fresh.cut[v], total), "cuts are those of the graph");
    }
    double by_terms = 0.0;
    for (const double term : entropy_terms(tree.parent, tree.volume, tree.cut)) by_terms += term;
    require(close(entropy, by_terms, 1.0), "edge form and node form agree");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    const NodeId n = static_cast<NodeId>(1 + input.below(32));
    const int kind = input.byte();
    const bool any_weight = kind % 8 == 0;
    const SelfLoops self_loops = kind % 16 >= 8 ? SelfLoops::kKeep : SelfLoops::kDrop;
    constexpr NodeId kHeights[] = {0, 0, 0, 1, 2, 3, 4, 7};
    const NodeId height = kHeights[input.below(8)];
    Input graph_part(data, size / 2);
    const Edges list = edges(graph_part, n, true, true);
    Monitor monitor;
    Graph graph = graph_from_edges<std::int32_t>(list.ids, list.weights, n, monitor, self_loops).graph;
    Tree tree = build_tree(graph.view(), {height, Algorithm::kAuto, Effort::kFast, 0, 1}, monitor);
    for (int step = 0; step < 6 && !input.ended(); ++step) {
        check_tree_of(graph.view(), tree, monitor);
        const Edit edit = edit_of(input, graph.view(), any_weight);
        EditedGraph next;
        try {
            next = edit_graph(graph.view(), {edit.added, edit.weights, edit.removed}, edit.n_nodes, monitor);
        } catch (const GraphError&) {
            continue;
        }
        const auto before = widened(tree.parent, tree.n_leaves, next.graph.view().n_nodes());
        const Tree updated = update_tree(next.graph.view(), tree, next.changes, height, monitor);
        check(next.graph.view(), updated, height, any_weight);
        require(any_weight || height == 1 ||
                    structural_entropy(next.graph.view(), updated.parent) <=
                        structural_entropy(next.graph.view(), before) + 1e-9,
                "an update never raises the entropy");
        require(
            !next.changes.empty() || edit.n_nodes > graph.view().n_nodes() || updated.parent == tree.parent,
            "without a change it is the same tree");
        graph = std::move(next.graph);
        tree = any_weight ? tree_from_parent(graph.view(), updated.parent, monitor) : updated;
    }
    return 0;
}
