#include <doctest/doctest.h>

#include <limits>

#include "hint_se/errors.hpp"
#include "hint_se/graph/contract.hpp"
#include "hint_se/graph/graph.hpp"
#include "samples.hpp"

using namespace hint_se;
using namespace hint_se::test;

TEST_CASE("repeats of unweighted edges count once, of weighted ones are summed, loops are dropped") {
    Monitor monitor;
    const std::vector<NodeId> pairs{0, 1, 1, 0, 2, 2, 1, 2};
    const auto plain = graph_from_edges<NodeId>(pairs, {}, 4, monitor);
    CHECK(plain.n_loops == 1);
    CHECK(plain.graph.indptr == std::vector<EdgeOffset>{0, 1, 3, 4, 4});
    CHECK(plain.graph.indices == std::vector<NodeId>{1, 0, 2, 1});
    CHECK(plain.graph.weights == std::vector<double>{1, 1, 1, 1});
    const std::vector<double> weights{0.5, 2.0, 9.0, 1.0};
    const auto weighted = graph_from_edges<NodeId>(pairs, weights, 4, monitor);
    CHECK(weighted.graph.weights == std::vector<double>{2.5, 2.5, 1, 1});
    CHECK_NOTHROW(validate_graph(weighted.graph.view(), monitor));
}

TEST_CASE("loops that are kept count twice in the degree of their node, and in no row") {
    Monitor monitor;
    const std::vector<NodeId> pairs{0, 1, 2, 2, 1, 2, 2, 2, 3, 3};
    const auto plain = graph_from_edges<NodeId>(pairs, {}, 5, monitor, SelfLoops::kKeep);
    CHECK(plain.n_loops == 3);
    CHECK(plain.graph.indices == std::vector<NodeId>{1, 0, 2, 1});
    CHECK(plain.graph.extra_volume == std::vector<double>{0, 0, 2, 2, 0});
    CHECK(degrees(plain.graph.view()) == std::vector<double>{1, 2, 3, 2, 0});
    CHECK(node_cuts(plain.graph.view()) == std::vector<double>{1, 2, 1, 0, 0});
    const std::vector<double> weights{0.5, 2.0, 9.0, 1.0, 0.25};
    const auto weighted = graph_from_edges<NodeId>(pairs, weights, 5, monitor, SelfLoops::kKeep);
    CHECK(weighted.graph.extra_volume == std::vector<double>{0, 0, 6, 0.5, 0});
    CHECK_NOTHROW(validate_graph(weighted.graph.view(), monitor));
    CHECK(graph_from_edges<NodeId>(pairs, {}, 5, monitor).graph.extra_volume.empty());
    const auto none = graph_from_edges<NodeId>(std::vector<NodeId>{0, 1}, {}, 2, monitor, SelfLoops::kKeep);
    CHECK(none.graph.extra_volume == std::vector<double>{0, 0});
}

TEST_CASE("bad extra volumes are refused") {
    Monitor monitor;
    Graph graph = graph_of({0, 1, 1, 2}, 3);
    for (const double bad :
         {-1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        graph.extra_volume = {0.0, bad, 0.0};
        CHECK_THROWS_AS(validate_graph(graph.view(), monitor), GraphError);
    }
    graph.extra_volume = {1.0, 2.0};
    CHECK_THROWS_AS(validate_graph(graph.view(), monitor), GraphError);
    graph.extra_volume = {1e308, 1e308, 0.0};
    CHECK_THROWS_AS(validate_graph(graph.view(), monitor), GraphError);
    graph.extra_volume = {1e308, 0.0, 0.0};
    CHECK_NOTHROW(validate_graph(graph.view(), monitor));
}

TEST_CASE("bad edges are refused") {
    Monitor monitor;
    const std::vector<NodeId> pairs{0, 1, 1, 2};
    CHECK_THROWS_AS(std::ignore = graph_from_edges<NodeId>(pairs, {}, 2, monitor), GraphError);
    CHECK_THROWS_AS(std::ignore = graph_from_edges<NodeId>(pairs, {}, 0, monitor), GraphError);
    for (const double bad :
         {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        const std::vector<double> weights{1.0, bad};
        CHECK_THROWS_AS(std::ignore = graph_from_edges<NodeId>(pairs, weights, 3, monitor), GraphError);
    }
    const std::vector<double> huge{1e308, 1e308};
    CHECK_THROWS_AS(std::ignore = graph_from_edges<NodeId>(pairs, huge, 3, monitor), GraphError);
}

TEST_CASE("a graph that is not symmetric is refused") {
    Monitor monitor;
    const std::vector<EdgeOffset> indptr{0, 1, 2};
    const std::vector<NodeId> indices{1, 0};
    const std::vector<double> weights{1.0, 2.0};
    CHECK_THROWS_AS(validate_graph({indptr, indices, weights}, monitor), GraphError);
}

TEST_CASE("contraction sums between groups, drops what is inside or left out") {
    const Graph graph = path(6);
    const std::vector<NodeId> group{0, 0, 1, 1, 0, -1};
    Monitor monitor;
    const auto [coarse, inner] = contract(graph.view(), group, 2, monitor);
    CHECK(inner == std::vector<double>{2, 2});
    CHECK(coarse.indptr == std::vector<EdgeOffset>{0, 1, 2});
    CHECK(coarse.indices == std::vector<NodeId>{1, 0});
    CHECK(coarse.weights == std::vector<double>{2, 2});
}

TEST_CASE("contraction is the same for every number of threads") {
    const Graph graph = random_graph(120'000, 300'000, 5, true);
    std::vector<NodeId> group(120'000);
    for (std::size_t v = 0; v < group.size(); ++v) group[v] = static_cast<NodeId>(v * 7 % 60'000);
    Monitor monitor;
    const auto one = contract(graph.view(), group, 60'000, monitor, 1);
    const auto three = contract(graph.view(), group, 60'000, monitor, 3);
    CHECK(one.graph.indptr == three.graph.indptr);
    CHECK(one.graph.indices == three.graph.indices);
    CHECK(one.graph.weights == three.graph.weights);
    CHECK(one.inner == three.inner);
}

TEST_CASE("reordering keeps every edge") {
    const Graph graph = with_loops(random_graph(20, 60, 3, true), 3);
    std::vector<NodeId> order(20);
    for (NodeId i = 0; i < 20; ++i) order[static_cast<std::size_t>(i)] = (7 * i + 3) % 20;
    const Graph moved = reordered(graph.view(), order);
    for (NodeId i = 0; i < 20; ++i) {
        const NodeId v = order[static_cast<std::size_t>(i)];
        CHECK(moved.view().extra(i) == graph.view().extra(v));
        REQUIRE(moved.view().end(i) - moved.view().begin(i) == graph.view().end(v) - graph.view().begin(v));
        for (EdgeOffset k = 0; k < graph.view().end(v) - graph.view().begin(v); ++k) {
            const NodeId target = moved.view().target(moved.view().begin(i) + k);
            CHECK(order[static_cast<std::size_t>(target)] == graph.view().target(graph.view().begin(v) + k));
        }
    }
}
