// The flow of a random walker against matrices.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "hint_se/errors.hpp"
#include "hint_se/graph/flow.hpp"
#include "samples.hpp"

using namespace hint_se;
using namespace hint_se::test;

namespace {

using Rows = std::vector<std::vector<double>>;

StationaryFlow flow_of(const std::vector<NodeId>& arcs, const std::vector<double>& weights, NodeId n,
                       double damping, SelfLoops self_loops = SelfLoops::kDrop) {
    Monitor monitor;
    return stationary_flow<NodeId>(arcs, weights, n, damping, monitor, self_loops);
}

struct Arcs {
    std::vector<NodeId> ends;
    std::vector<double> weights;
};

// Loops and repeats among them.
Arcs random_arcs(NodeId n, int m, std::uint32_t seed) {
    Lcg random(seed);
    Arcs arcs;
    for (int e = 0; e < m; ++e) {
        arcs.ends.insert(arcs.ends.end(), {random.below(n), random.below(n)});
        arcs.weights.push_back(0.25 + random.below(16));
    }
    return arcs;
}

// Weights from node to node.
Rows matrix_of(const Arcs& arcs, std::size_t n, SelfLoops self_loops) {
    Rows rows(n, std::vector<double>(n, 0.0));
    for (std::size_t e = 0; e < arcs.weights.size(); ++e) {
        const auto u = static_cast<std::size_t>(arcs.ends[2 * e]);
        const auto v = static_cast<std::size_t>(arcs.ends[2 * e + 1]);
        if (u != v || self_loops == SelfLoops::kKeep) rows[u][v] += arcs.weights[e];
    }
    return rows;
}

double sum(const std::vector<double>& row) { return std::accumulate(row.begin(), row.end(), 0.0); }

}  // namespace

TEST_CASE("one more step of the walk changes no visit, and the flow is visits times shares") {
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
        constexpr std::size_t n = 14;
        const SelfLoops self_loops = seed % 2 == 1 ? SelfLoops::kKeep : SelfLoops::kDrop;
        const Arcs arcs = random_arcs(n, 30, seed / 2);
        const Rows rows = matrix_of(arcs, n, self_loops);
        const double damping = seed < 30 ? 0.3 + 0.05 * (seed % 12) : 1.0 - std::pow(10.0, 24.0 - seed);
        const StationaryFlow found = flow_of(arcs.ends, arcs.weights, n, damping, self_loops);
        CHECK(sum(found.visits) == doctest::Approx(1.0).epsilon(1e-13));
        double total = 0.0;
        double lost = 0.0;
        for (std::size_t u = 0; u < n; ++u) {
            total += sum(rows[u]);
            if (sum(rows[u]) == 0.0) lost += found.visits[u];
        }
        std::map<std::pair<std::size_t, std::size_t>, double> flow;
        for (std::size_t v = 0; v < n; ++v) {
            double next = (1.0 - damping + damping * lost) * sum(rows[v]) / total;
            for (std::size_t u = 0; u < n; ++u) {
                if (rows[u][v] == 0.0) continue;
                const double along = found.visits[u] * rows[u][v] / sum(rows[u]);
                next += damping * along;
                flow[std::minmax(u, v)] += along;
            }
            CHECK(next == doctest::Approx(found.visits[v]).epsilon(1e-10));
        }
        double kept = 0.0;
        for (std::size_t v = 0; v < n; ++v) {
            const auto loop = flow.find({v, v});
            const double extra = found.graph.view().extra(static_cast<NodeId>(v));
            CHECK(extra == doctest::Approx(loop == flow.end() ? 0.0 : 2.0 * loop->second).epsilon(1e-12));
            if (loop == flow.end()) continue;
            kept += extra;
            flow.erase(loop);
        }
        CHECK((kept > 0.0) == (self_loops == SelfLoops::kKeep && found.n_loops > 0));
        CHECK(found.graph.indices.size() == 2 * flow.size());
        for (NodeId u = 0; u < static_cast<NodeId>(n); ++u) {
            const auto node = static_cast<std::size_t>(u);
            for (auto e = found.graph.view().begin(u); e < found.graph.view().end(u); ++e) {
                const auto v = static_cast<std::size_t>(found.graph.view().target(e));
                const std::pair<std::size_t, std::size_t> ends = std::minmax(node, v);
                CHECK(found.graph.view().weight(e) == doctest::Approx(flow.at(ends)).epsilon(1e-12));
            }
        }
    }
}

TEST_CASE("elimination and iteration agree where one takes over from the other") {
    for (std::uint32_t seed = 0; seed < 10; ++seed) {
        const Arcs arcs = random_arcs(200, 700, seed);
        const auto below = flow_of(arcs.ends, arcs.weights, 200, kMostIterated).visits;
        const auto above = flow_of(arcs.ends, arcs.weights, 200, std::nextafter(kMostIterated, 1.0)).visits;
        for (std::size_t v = 0; v < 200; ++v) CHECK(std::abs(below[v] - above[v]) <= 1e-11);
    }
}

TEST_CASE("a circle with one way out and back, and jumps too rare for any iteration") {
    // Along the circle 0 .. n - 1 the walker goes on; from 0 it may go to n first, which leads to 1.
    constexpr NodeId n = 5'000;
    std::vector<NodeId> arcs;
    std::vector<double> weights;
    for (NodeId v = 0; v < n; ++v) {
        arcs.insert(arcs.end(), {v, (v + 1) % n});
        weights.push_back(v == 0 ? 3.0 : 1.0);
    }
    arcs.insert(arcs.end(), {0, n, n, 1});
    weights.insert(weights.end(), {1.0, 1.0});
    const StationaryFlow found = flow_of(arcs, weights, n + 1, 1.0 - 1e-14);
    for (NodeId v = 0; v < n; ++v)
        CHECK(found.visits[static_cast<std::size_t>(v)] == doctest::Approx(1.0 / (n + 0.25)).epsilon(1e-9));
    CHECK(found.visits[n] == doctest::Approx(0.25 / (n + 0.25)).epsilon(1e-9));
}

TEST_CASE("what the direct solution would take too much for is refused, with what to do") {
    const Arcs arcs = random_arcs(6'000, 200'000, 1);
    CHECK_NOTHROW(std::ignore = flow_of(arcs.ends, arcs.weights, 6'000, 0.9));
    try {
        std::ignore = flow_of(arcs.ends, arcs.weights, 6'000, 1.0 - 1e-8);
        FAIL("no error");
    } catch (const GraphError& error) {
        CHECK(std::string(error.what()).find("teleportation") != std::string::npos);
    }
}

TEST_CASE("loops are counted, repeats of unweighted arcs count once, and nowhere to go is everywhere alike") {
    const StationaryFlow found = flow_of({0, 1, 0, 1, 1, 0, 2, 2, 0, 2}, {}, 4, 0.85);
    CHECK(found.n_loops == 1);
    const StationaryFlow once = flow_of({0, 1, 1, 0, 0, 2}, {}, 4, 0.85);
    CHECK(found.visits == once.visits);
    CHECK(found.graph.weights == once.graph.weights);
    CHECK(found.visits[3] == 0.0);
    const StationaryFlow still = flow_of({1, 1}, {}, 4, 0.85);
    CHECK(still.visits == std::vector<double>{0.25, 0.25, 0.25, 0.25});
    CHECK(still.graph.indices.empty());
    Monitor monitor;
    CHECK_NOTHROW(validate_graph(found.graph.view(), monitor));
}

TEST_CASE("weights of all sizes give a valid graph") {
    const StationaryFlow found = flow_of({0, 1, 0, 2, 1, 0, 2, 0}, {1e-300, 1e300, 5e-324, 1e300}, 3, 0.85);
    Monitor monitor;
    CHECK_NOTHROW(validate_graph(found.graph.view(), monitor));
    CHECK(sum(found.visits) == doctest::Approx(1.0));
}

TEST_CASE("bad arcs are refused") {
    for (const double bad :
         {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
        CHECK_THROWS_AS(std::ignore = flow_of({0, 1, 1, 2}, {1.0, bad}, 3, 0.85), GraphError);
    CHECK_THROWS_AS(std::ignore = flow_of({0, 1, 1, 2}, {1e308, 1e308}, 3, 0.85), GraphError);
    CHECK_THROWS_AS(std::ignore = flow_of({0, 1, 1, 2}, {1.0}, 3, 0.85), GraphError);
    CHECK_THROWS_AS(std::ignore = flow_of({0, 1, 1, 2}, {}, 2, 0.85), GraphError);
    CHECK_THROWS_AS(std::ignore = flow_of({0, -1}, {}, 2, 0.85), GraphError);
    CHECK_THROWS_AS(std::ignore = flow_of({0, 1, 1}, {}, 2, 0.85), GraphError);
    CHECK_THROWS_AS(std::ignore = flow_of({}, {}, 0, 0.85), GraphError);
    for (const double damping : {1.0, -0.1, std::numeric_limits<double>::quiet_NaN()})
        CHECK_THROWS_AS(std::ignore = flow_of({0, 1}, {}, 2, damping), GraphError);
}
