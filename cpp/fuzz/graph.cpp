// Compressed sparse rows of all kinds, as a user may bring them. They are refused with GraphError, or a tree
// is built on them. An input stands for rows that are right, of which some entries are then changed.
#include <cmath>
#include <limits>

#include "hint_se/build/build.hpp"
#include "hint_se/errors.hpp"
#include "hint_se/tree/entropy.hpp"
#include "input.hpp"

using namespace hint_se;
using namespace hint_se::fuzz;

namespace {

// Changes entries of the three arrays, or their lengths, until the input says that it is enough.
void damage(Input& input, Graph& graph) {
    for (int changes = input.below(4); changes > 0; --changes) {
        const auto place = static_cast<std::size_t>(input.byte());
        const int value = input.signed_byte();
        switch (input.below(7)) {
            case 0:
                if (place < graph.indptr.size()) graph.indptr[place] += value;
                break;
            case 1:
                if (place < graph.indices.size()) graph.indices[place] = static_cast<NodeId>(value);
                break;
            case 2:
                if (place < graph.weights.size()) graph.weights[place] = input.weight();
                break;
            case 3:
                graph.indptr.push_back(value);
                break;
            case 4:
                if (!graph.indices.empty()) graph.indices.pop_back();
                break;
            case 5:
                graph.extra_volume.resize(graph.indptr.size() - 1 + static_cast<std::size_t>(value == 0),
                                          0.0);
                graph.extra_volume[place % graph.extra_volume.size()] = input.weight();
                break;
            default:
                if (!graph.indptr.empty())
                    graph.indptr[place % graph.indptr.size()] = std::numeric_limits<EdgeOffset>::min();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    const NodeId n = static_cast<NodeId>(1 + input.below(24));
    Input changes(data, size / 4);
    Edges list = edges(input, n, true, true);
    Monitor monitor;
    Graph graph = graph_from_edges<std::int32_t>(list.ids, list.weights, n, monitor).graph;
    damage(changes, graph);
    try {
        validate_graph(graph.view(), monitor);
    } catch (const GraphError&) {
        return 0;
    }
    for (const Effort effort : {Effort::kFast, Effort::kDefault}) {
        if (effort == Effort::kDefault && n > 6) break;  // takes milliseconds
        BuildOptions how;
        how.effort = effort;
        const Tree tree = build_tree(graph.view(), how, monitor);
        validate_parent(tree.parent, graph.view().n_nodes());
        require(std::isfinite(structural_entropy(graph.view(), tree.parent)), "the entropy is finite");
    }
    return 0;
}
