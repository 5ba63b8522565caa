// Edits of graphs: the edited graph against the graph of the edited list.
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "edits.hpp"
#include "hint_se/errors.hpp"
#include "hint_se/graph/edit.hpp"
#include "samples.hpp"

using namespace hint_se;
using namespace hint_se::test;

TEST_CASE("an edited graph is the graph of the edited list") {
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
        Lcg random(seed);
        const Graph graph = random_graph(12, 20, seed, true);
        const RandomEdit edit = random_edit(graph, 6, random);
        const EditedGraph result = edited(graph, edit.added, edit.removed, edit.n_nodes, edit.weights);
        auto expected = weights_of(graph);
        for (std::size_t k = 0; k < edit.removed.size(); k += 2)
            expected.erase({static_cast<NodeId>(edit.removed[k + 1]), static_cast<NodeId>(edit.removed[k])});
        std::int64_t n_loops = 0;
        for (std::size_t k = 0; k < edit.added.size(); k += 2) {
            const auto [low, high] = std::minmax(edit.added[k], edit.added[k + 1]);
            if (low == high)
                ++n_loops;
            else
                expected[{static_cast<NodeId>(low), static_cast<NodeId>(high)}] += edit.weights[k / 2];
        }
        Monitor monitor;
        CHECK_NOTHROW(validate_graph(result.graph.view(), monitor));
        CHECK(result.graph.view().n_nodes() == edit.n_nodes);
        CHECK(result.n_loops == n_loops);
        const auto found = weights_of(result.graph);
        REQUIRE(found.size() == expected.size());
        for (const auto& [pair, weight] : expected)
            CHECK(found.at(pair) == doctest::Approx(weight).epsilon(1e-14));
        auto changed = weights_of(graph);
        for (const EdgeChange& change : result.changes) {
            CHECK(change.u < change.v);
            CHECK(change.before ==
                  (changed.contains({change.u, change.v}) ? changed[{change.u, change.v}] : 0.0));
            changed[{change.u, change.v}] = change.after;
            if (change.after == 0.0) changed.erase({change.u, change.v});
        }
        CHECK(changed == found);
    }
}

TEST_CASE("loops are edited as edges are where the graph keeps them") {
    Graph graph = graph_of({0, 1, 1, 2}, 3);
    graph.extra_volume = {2.0, 0.0, 0.0};
    const EditedGraph more = edited(graph, {0, 0, 2, 2, 3, 3}, {}, 4, {0.5, 3.0, 1.0});
    CHECK(more.graph.extra_volume == std::vector<double>{3.0, 0.0, 6.0, 2.0});
    CHECK(more.graph.indices == graph.indices);
    CHECK(more.n_loops == 3);
    REQUIRE(more.changes.size() == 3);
    CHECK(more.changes[0].before == 1.0);
    CHECK(more.changes[0].after == 1.5);
    CHECK(edited(graph, {0, 0}, {}, 3).changes.empty());  // counts once without weights
    CHECK(edited(graph, {}, {0, 0}, 3).graph.extra_volume == std::vector<double>{0.0, 0.0, 0.0});
    CHECK_THROWS_AS(std::ignore = edited(graph, {}, {1, 1}, 3), GraphError);
    CHECK_THROWS_AS(std::ignore = edited(graph, {1, 1, 2, 2}, {}, 3, {1e308, 1e308}), GraphError);
    CHECK(edited(graph_of({0, 1}, 2), {0, 0}, {1, 1}, 2).graph.extra_volume.empty());
}

TEST_CASE("edits that make no sense are refused") {
    const Graph graph = graph_of({0, 1, 1, 2}, 4, {1.0, 2.0});
    CHECK_THROWS_AS(std::ignore = edited(graph, {}, {0, 2}, 4), GraphError);
    CHECK_THROWS_AS(std::ignore = edited(graph, {}, {0, 4}, 5), GraphError);
    CHECK_THROWS_AS(std::ignore = edited(graph, {0, 4}, {}, 4), GraphError);
    CHECK_THROWS_AS(std::ignore = edited(graph, {0, -1}, {}, 4), GraphError);
    CHECK_THROWS_AS(std::ignore = edited(graph, {0, 1, 2}, {}, 4), GraphError);
    CHECK_THROWS_AS(std::ignore = edited(graph, {}, {}, 3), GraphError);
    CHECK_THROWS_AS(std::ignore = edited(graph, {}, {}, kMaxNodes + 1), GraphError);
    CHECK_THROWS_AS(std::ignore = edited(graph, {1, 2}, {}, 4), GraphError);  // weighs 2
    CHECK_THROWS_AS(std::ignore = edited(graph, {0, 3}, {}, 4, {1.0, 1.0}), GraphError);
    for (const double bad :
         {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
        CHECK_THROWS_AS(std::ignore = edited(graph, {0, 3}, {}, 4, {bad}), GraphError);
    CHECK_THROWS_AS(std::ignore = edited(graph, {0, 3, 0, 2}, {}, 4, {1e308, 1e308}), GraphError);
    CHECK(edited(graph, {1, 2}, {2, 1}, 4).graph.weights == std::vector<double>{1, 1, 1, 1});
}
