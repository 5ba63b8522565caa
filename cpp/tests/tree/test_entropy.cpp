#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <utility>

#include "hint_se/build/build.hpp"
#include "hint_se/tree/entropy.hpp"
#include "samples.hpp"

using namespace hint_se;
using namespace hint_se::test;

TEST_CASE("edge form, node form and sets agree on every kind of tree") {
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
        Graph graph = random_graph(24, 50, seed / 2, seed % 4 >= 2);
        if (seed % 2 == 1) graph = with_loops(std::move(graph), seed);
        for (const NodeId height : {0, 1, 2, 3}) {
            BuildOptions options;
            options.height = height;
            Monitor monitor;
            const Tree tree = build_tree(graph.view(), options, monitor);
            const double expected = entropy_by_sets(graph, tree.parent);
            CHECK(structural_entropy(graph.view(), tree.parent) == doctest::Approx(expected).epsilon(1e-12));
            double terms = 0.0;
            for (const double term : entropy_terms(tree.parent, tree.volume, tree.cut)) terms += term;
            CHECK(terms == doctest::Approx(expected).epsilon(1e-12));
            if (height == 1)
                CHECK(one_dimensional_entropy(graph.view()) == doctest::Approx(expected).epsilon(1e-12));
        }
    }
}

TEST_CASE("two cliques of four: flat 3 bits, split 2 bits") {
    const Graph graph = graph_of({0, 1, 0, 2, 0, 3, 1, 2, 1, 3, 2, 3, 4, 5, 4, 6, 4, 7, 5, 6, 5, 7, 6, 7}, 8);
    CHECK(one_dimensional_entropy(graph.view()) == doctest::Approx(3.0).epsilon(1e-14));
    const std::vector<NodeId> split{8, 8, 8, 8, 9, 9, 9, 9, 10, 10, -1};
    CHECK(structural_entropy(graph.view(), split) == doctest::Approx(2.0).epsilon(1e-14));
}

TEST_CASE("logarithms of quotients that no double holds") {
    CHECK(x_log2(1.0, 1e300, 1e-300) == doctest::Approx(2.0 * std::log2(1e300)).epsilon(1e-15));
    CHECK(x_log2(2.0, 1e-300, 1e300) == doctest::Approx(-4.0 * std::log2(1e300)).epsilon(1e-15));
    CHECK(x_log2(1.0, 3.0, 2.0) == std::log2(1.5));
    CHECK(x_log2(0.0, 1.0, 0.0) == 0.0);
}

TEST_CASE("a loop far heavier than all edges leaves the entropy finite and the forms in agreement") {
    Graph graph = graph_of({0, 1, 1, 2, 3, 4}, 6, {1e-300, 1.0, 1e-10});
    graph.extra_volume = {1e300, 0.0, 1e-300, 0.0, 3.0, 1e20};
    for (const NodeId height : {0, 2}) {
        BuildOptions options;
        options.height = height;
        Monitor monitor;
        const Tree tree = build_tree(graph.view(), options, monitor);
        const std::vector<double> terms = entropy_terms(tree.parent, tree.volume, tree.cut);
        const double entropy = structural_entropy(graph.view(), tree.parent);
        CHECK(std::isfinite(entropy));
        CHECK(std::accumulate(terms.begin(), terms.end(), 0.0) == doctest::Approx(entropy).epsilon(1e-12));
    }
}

TEST_CASE("volumes further apart than a double reaches give a finite entropy") {
    const Graph graph = graph_of({0, 1, 1, 2}, 3, {1.0, 1e-320});
    Monitor monitor;
    const Tree flat = tree_from_parent(graph.view(), std::vector<NodeId>{3, 3, 3, -1}, monitor);
    const std::vector<double> terms = entropy_terms(flat.parent, flat.volume, flat.cut);
    CHECK(std::accumulate(terms.begin(), terms.end(), 0.0) == doctest::Approx(1.0).epsilon(1e-12));
    CHECK(one_dimensional_entropy(graph.view()) == doctest::Approx(1.0).epsilon(1e-12));
}
