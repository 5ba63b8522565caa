#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "hint_se/build/build.hpp"
#include "hint_se/tree/entropy.hpp"
#include "samples.hpp"

using namespace hint_se;
using namespace hint_se::test;

namespace {

Tree built(const Graph& graph, NodeId height, Effort effort, std::uint64_t seed = 0) {
    BuildOptions options;
    options.height = height;
    options.effort = effort;
    options.seed = seed;
    Monitor monitor;
    return build_tree(graph.view(), options, monitor);
}

}  // namespace

TEST_CASE("a taller limit is never worse") {
    for (std::uint32_t seed = 0; seed < 12; ++seed) {
        const Graph graph =
            random_graph(10 + 8 * static_cast<NodeId>(seed), 60 + 10 * static_cast<int>(seed), seed);
        for (const Effort effort : {Effort::kFast, Effort::kDefault}) {
            double lower = 1e300;
            for (const NodeId height : {1, 2, 3, 4, 5, 6, 8, 12, 0}) {
                const Tree tree = built(graph, height, effort);
                const auto depth = depths(tree.parent);
                if (height > 0) CHECK(*std::max_element(depth.begin(), depth.end()) <= height);
                const double entropy = structural_entropy(graph.view(), tree.parent);
                CHECK(entropy <= lower + 1e-12);
                lower = entropy;
            }
        }
    }
}

TEST_CASE("scaling all weights by a power of two changes no tree") {
    Graph graph = random_graph(60, 150, 2, true);
    const Tree tree = built(graph, 0, Effort::kDefault);
    for (double& w : graph.weights) w *= 0x1p-37;
    CHECK(built(graph, 0, Effort::kDefault).parent == tree.parent);
    for (double& w : graph.weights) w *= 0x1p200;
    CHECK(built(graph, 0, Effort::kDefault).parent == tree.parent);
}

TEST_CASE("scaling weights and loops by a power of two changes no tree") {
    Graph graph = with_loops(random_graph(60, 150, 2, true), 2);
    const Tree tree = built(graph, 0, Effort::kDefault);
    for (auto* column : {&graph.weights, &graph.extra_volume}) {
        for (double& x : *column) x *= 0x1p-37;
    }
    CHECK(built(graph, 0, Effort::kDefault).parent == tree.parent);
}

TEST_CASE("extra volumes of nothing change no tree") {
    const Graph graph = random_graph(60, 150, 2, true);
    Graph with_none = graph;
    with_none.extra_volume.assign(60, 0.0);
    for (const Effort effort : {Effort::kFast, Effort::kDefault}) {
        for (const NodeId height : {0, 2, 3}) {
            CHECK(built(with_none, height, effort).parent == built(graph, height, effort).parent);
        }
    }
}

TEST_CASE("loops far heavier than the edges do not stop the search") {
    // Of each clique one node with a loop: the cliques are found whatever it weighs.
    for (const double loop : {1.0, 1e6, 1e15}) {
        Graph graph = ring_of_cliques();
        graph.extra_volume.assign(32, loop);
        const Tree tree = built(graph, 2, Effort::kDefault);
        for (NodeId v = 0; v < 32; ++v) CHECK(tree.parent[static_cast<std::size_t>(v)] == 32 + v / 8);
    }
}

TEST_CASE("volumes and cuts are those of the graph, for every effort and number of threads") {
    const Graph graph = with_loops(random_graph(40'000, 120'000, 9, true), 9);
    for (const Effort effort : {Effort::kFast, Effort::kDefault}) {
        BuildOptions options;
        options.effort = effort;
        Monitor monitor;
        const Tree tree = build_tree(graph.view(), options, monitor);
        options.n_threads = 3;
        const Tree threaded = build_tree(graph.view(), options, monitor);
        CHECK(threaded.parent == tree.parent);
        CHECK(threaded.cut == tree.cut);
        const Tree fresh = tree_from_parent(graph.view(), tree.parent, monitor);
        double largest = 0.0;
        for (std::size_t v = 0; v < tree.cut.size(); ++v) {
            largest = std::max(
                {largest, std::abs(fresh.cut[v] - tree.cut[v]), std::abs(fresh.volume[v] - tree.volume[v])});
        }
        CHECK(largest < 1e-6);
    }
}

TEST_CASE("graphs at the edge") {
    CHECK(built(graph_of({}, 1), 0, Effort::kBest).parent == std::vector<NodeId>{-1});
    CHECK(built(graph_of({}, 3), 2, Effort::kBest).parent == std::vector<NodeId>{3, 3, 3, -1});
    CHECK(built(graph_of({0, 1}, 2), 0, Effort::kBest).parent == std::vector<NodeId>{2, 2, -1});
    // Two components and an isolated node 4, which must not end inside one of them.
    Graph apart = graph_of({0, 1, 0, 2, 0, 3, 1, 2, 5, 6, 5, 8, 5, 9, 5, 10, 6, 7}, 11);
    for (const Effort effort : {Effort::kFast, Effort::kDefault, Effort::kBest}) {
        CHECK(built(apart, 0, effort).parent[4] ==
              static_cast<NodeId>(built(apart, 0, effort).parent.size()) - 1);
    }
    apart.extra_volume = {0, 0, 3, 0, 2, 0, 0, 8, 0, 0, 0};
    for (const Effort effort : {Effort::kFast, Effort::kDefault, Effort::kBest}) {
        for (const NodeId height : {0, 2, 3}) {
            const Tree tree = built(apart, height, effort);
            CHECK(tree.parent[4] == static_cast<NodeId>(tree.parent.size()) - 1);
        }
    }
    Graph alone = graph_of({}, 1);
    alone.extra_volume = {4.0};
    CHECK(built(alone, 0, Effort::kBest).volume == std::vector<double>{4.0});
    CHECK(one_dimensional_entropy(alone.view()) == 0.0);
    const Tree tree = built(graph_of({0, 1, 3, 4}, 6), 0, Effort::kBest);
    CHECK(tree.parent == std::vector<NodeId>{6, 6, 8, 7, 7, 8, 8, 8, -1});
}

TEST_CASE("a limit that no tree reaches costs no memory") {
    const Graph graph = random_graph(60, 150, 4);
    for (const Algorithm algorithm : {Algorithm::kAuto, Algorithm::kMergeCompress}) {
        BuildOptions options;
        options.algorithm = algorithm;
        Monitor monitor;
        const Tree free = build_tree(graph.view(), options, monitor);
        options.height = std::numeric_limits<NodeId>::max();
        CHECK(build_tree(graph.view(), options, monitor).parent == free.parent);
    }
}

TEST_CASE("a hook that throws stops the work") {
    const Graph graph = random_graph(20'000, 60'000, 1);
    Monitor monitor([](std::string_view, double) { throw std::runtime_error("stop"); });
    CHECK_THROWS_AS(std::ignore = build_tree(graph.view(), {}, monitor), std::runtime_error);
}
