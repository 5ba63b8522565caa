// Arcs of all kinds and walkers of every patience. The arcs are refused with GraphError, or the visits are
// shares that one more step of the walk leaves as they are, and the flow is a graph that a tree is built on.
#include "hint_se/graph/flow.hpp"

#include <algorithm>

#include "hint_se/build/build.hpp"
#include "hint_se/errors.hpp"
#include "hint_se/tree/entropy.hpp"
#include "input.hpp"

using namespace hint_se;
using namespace hint_se::fuzz;

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// By the definition, with a square of weights.
void check_visits(const Edges& arcs, int n, double damping, SelfLoops self_loops,
                  const std::vector<double>& visits) {
    std::vector<std::vector<double>> weight(at(n), std::vector<double>(at(n), 0.0));
    for (std::size_t e = 0; e < arcs.ids.size() / 2; ++e) {
        const auto u = at(arcs.ids[2 * e]);
        const auto v = at(arcs.ids[2 * e + 1]);
        if (u == v && self_loops == SelfLoops::kDrop) continue;
        weight[u][v] = arcs.weights.empty() ? 1.0 : weight[u][v] + arcs.weights[e];
    }
    std::vector<double> strength(at(n), 0.0);
    double total = 0.0;
    double lost = 0.0;
    for (std::size_t u = 0; u < at(n); ++u) {
        for (const double w : weight[u]) strength[u] += w;
        total += strength[u];
        if (strength[u] == 0.0) lost += visits[u];
    }
    if (total == 0.0) return;
    for (std::size_t v = 0; v < at(n); ++v) {
        double next = (1.0 - damping + damping * lost) * strength[v] / total;
        for (std::size_t u = 0; u < at(n); ++u) {
            if (weight[u][v] > 0.0) next += damping * visits[u] * weight[u][v] / strength[u];
        }
        require(close(next, visits[v], 1.0), "one more step changes no visit");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    const int n = 1 + input.below(48);
    constexpr double kDamping[] = {0.0, 0.5, 0.85, 0.85, 0.99, 0.9995, 1.0 - 1e-8, 1.0 - 1e-15};
    const int kind = input.byte();
    const double damping = kind >= 250 ? input.weight() : kDamping[kind % 8];
    const SelfLoops self_loops = input.below(2) == 1 ? SelfLoops::kKeep : SelfLoops::kDrop;
    const int weights = input.below(4);
    const Edges arcs = edges(input, n, weights > 0, weights == 1);
    Monitor monitor([](std::string_view, double fraction) {
        require(fraction >= 0.0 && fraction <= 1.0, "progress lies in [0, 1]");
    });
    StationaryFlow flow;
    try {
        flow = stationary_flow<std::int32_t>(arcs.ids, arcs.weights, n, damping, monitor, self_loops);
    } catch (const GraphError&) {
        return 0;
    }
    double sum = 0.0;
    for (const double share : flow.visits) {
        require(share >= 0.0, "a visit is a share");
        sum += share;
    }
    require(close(sum, 1.0, 1.0), "the visits sum to 1");
    check_visits(arcs, n, damping, self_loops, flow.visits);
    const GraphView graph = flow.graph.view();
    validate_graph(graph, monitor);
    const std::vector<double> degree = degrees(graph);
    double total = 0.0;
    for (const double d : degree) total += d;
    require(total <= 2.0 + 1e-9, "no more flow than visits");
    const Tree tree = build_tree(graph, {0, Algorithm::kAuto, Effort::kFast, 0, 1}, monitor);
    validate_parent(tree.parent, graph.n_nodes());
    require(std::isfinite(structural_entropy(graph, tree.parent)), "the entropy is finite");
    return 0;
}
