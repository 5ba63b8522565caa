// Edge lists of all kinds through every algorithm, effort and height. An edge list is refused with
// GraphError, or its graph passes the checks and its tree holds every invariant, its entropy recomputed in
// two other ways.
#include "hint_se/build/build.hpp"

#include <algorithm>

#include "hint_se/errors.hpp"
#include "hint_se/tree/entropy.hpp"
#include "input.hpp"

using namespace hint_se;
using namespace hint_se::fuzz;

namespace {

BuildOptions options(Input& input, NodeId n) {
    constexpr NodeId kHeights[] = {0, 0, 1, 2, 3, 4, 5, 6, 7, 12, 100, 2'147'483'647};
    BuildOptions result;
    result.height = kHeights[input.below(12)];
    const int how = input.below(16);
    result.algorithm = how < 4 ? Algorithm::kMergeCompress : Algorithm::kAuto;
    // The default takes milliseconds on more nodes, the best of it tens of them.
    result.effort = how == 15 || (how >= 8 && n <= 10) ? Effort::kDefault : Effort::kFast;
    if (how == 14 && n <= 5) result.effort = Effort::kBest;
    result.seed = static_cast<std::uint64_t>(input.byte());
    result.n_threads = 1 + input.below(3);
    return result;
}

// Eq. 4 by the volumes and cuts of a table of which leaves are below which node.
double entropy_by_table(const GraphView& graph, const std::vector<NodeId>& parent) {
    const auto t = parent.size();
    std::vector<std::vector<bool>> below(t, std::vector<bool>(static_cast<std::size_t>(graph.n_nodes())));
    for (NodeId v = 0; v < graph.n_nodes(); ++v) {
        for (NodeId a = v; a >= 0; a = parent[static_cast<std::size_t>(a)])
            below[static_cast<std::size_t>(a)][static_cast<std::size_t>(v)] = true;
    }
    std::vector<double> volume(t, 0.0);
    std::vector<double> cut(t, 0.0);
    for (std::size_t a = 0; a < t; ++a) {
        for (NodeId v = 0; v < graph.n_nodes(); ++v) {
            if (!below[a][static_cast<std::size_t>(v)]) continue;
            volume[a] += graph.extra(v);
            for (auto e = graph.begin(v); e < graph.end(v); ++e) {
                volume[a] += graph.weight(e);
                if (!below[a][static_cast<std::size_t>(graph.target(e))]) cut[a] += graph.weight(e);
            }
        }
    }
    double entropy = 0.0;
    for (std::size_t a = 0; volume.back() > 0.0 && a + 1 < t; ++a) {
        if (cut[a] / volume.back() < 1e-300) continue;
        entropy -=
            cut[a] / volume.back() * std::log2(volume[a] / volume[static_cast<std::size_t>(parent[a])]);
    }
    return entropy;
}

void check(const GraphView& graph, const BuildOptions& how, const Tree& tree) {
    const NodeId n = graph.n_nodes();
    validate_parent(tree.parent, n);
    require(tree.n_leaves == n, "a leaf for each node");
    require(canonical_parent(tree.parent, n) == tree.parent, "a built tree is in canonical form");
    const std::vector<NodeId> depth = depths(tree.parent);
    require(how.height == 0 || *std::max_element(depth.begin(), depth.end()) <= how.height,
            "the height is at most its limit");
    Monitor monitor;
    const Tree fresh = tree_from_parent(graph, tree.parent, monitor);
    const double total = tree.volume.back();
    for (std::size_t v = 0; v < tree.parent.size(); ++v) {
        require(close(tree.volume[v], fresh.volume[v], total), "volumes are those of the graph");
        require(close(tree.cut[v], fresh.cut[v], total), "cuts are those of the graph");
    }
    double by_terms = 0.0;
    for (const double term : entropy_terms(tree.parent, tree.volume, tree.cut)) by_terms += term;
    const double entropy = structural_entropy(graph, tree.parent);
    const double flat = one_dimensional_entropy(graph);
    require(std::isfinite(entropy), "the entropy is finite");
    require(close(entropy, by_terms, 1.0), "edge form and node form agree");
    require(close(entropy, entropy_by_table(graph, tree.parent), 1.0), "the entropy is that of sets");
    require(entropy <= flat + 1e-9, "no tree is worse than the flat one");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    const NodeId n = static_cast<NodeId>(1 + input.below(48));
    const BuildOptions how = options(input, n);
    const int kind = input.byte();
    const Edges list = edges(input, n, kind % 2 == 1, kind % 4 >= 2);
    Monitor monitor([](std::string_view, double fraction) {
        require(fraction >= 0.0 && fraction <= 1.0, "progress lies in [0, 1]");
    });
    GraphFromEdges made;
    try {
        made = graph_from_edges<std::int32_t>(list.ids, list.weights, n, monitor,
                                              kind % 8 >= 4 ? SelfLoops::kKeep : SelfLoops::kDrop);
    } catch (const GraphError&) {
        return 0;
    }
    const GraphView graph = made.graph.view();
    validate_graph(graph, monitor);
    check(graph, how, build_tree(graph, how, monitor));
    return 0;
}
