// The core with 16-bit ids and offsets: 16,384 nodes and 16,383 edges are the most there are, so what happens
// at the end of the ids of the real build (2^30 nodes) happens here on small graphs. An answer must be right
// or refused.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <tuple>

#include "hint_se/build/build.hpp"
#include "hint_se/build/compress.hpp"
#include "hint_se/errors.hpp"
#include "hint_se/graph/flow.hpp"
#include "hint_se/tree/entropy.hpp"
#include "hint_se/tree/neighbours.hpp"
#include "hint_se/update/update.hpp"

using namespace hint_se;

namespace {

using Pairs = std::vector<std::int32_t>;

static_assert(kMaxNodes == 16'384 && kMaxEntries == 32'767);
constexpr auto kMost = static_cast<std::int32_t>(kMaxNodes);

Graph graph_of(const Pairs& pairs, std::int64_t n) {
    Monitor monitor;
    return graph_from_edges<std::int32_t>(pairs, {}, n, monitor).graph;
}

Pairs path(std::int32_t n) {
    Pairs pairs;
    for (std::int32_t v = 1; v < n; ++v) pairs.insert(pairs.end(), {v - 1, v});
    return pairs;
}

Pairs star(std::int32_t n) {
    Pairs pairs;
    for (std::int32_t v = 1; v < n; ++v) pairs.insert(pairs.end(), {0, v});
    return pairs;
}

// A tree of degree three: the nodes of a heap.
Pairs heap(std::int32_t n) {
    Pairs pairs;
    for (std::int32_t v = 1; v < n; ++v) pairs.insert(pairs.end(), {(v - 1) / 2, v});
    return pairs;
}

Pairs matching(std::int32_t n) {
    Pairs pairs;
    for (std::int32_t v = 1; v < n; v += 2) pairs.insert(pairs.end(), {v - 1, v});
    return pairs;
}

Pairs one_edge() { return {0, 1}; }

// Two cliques of 90: 16,020 entries among 180 nodes.
Pairs cliques() {
    Pairs pairs;
    for (std::int32_t c = 0; c < 2; ++c) {
        for (std::int32_t u = 0; u < 90; ++u) {
            for (std::int32_t v = 0; v < u; ++v) pairs.insert(pairs.end(), {90 * c + u, 90 * c + v});
        }
    }
    return pairs;
}

void check_tree(const Graph& graph, const Tree& tree, NodeId height) {
    Monitor monitor;
    const NodeId n = graph.view().n_nodes();
    REQUIRE_NOTHROW(validate_parent(tree.parent, n));
    CHECK(canonical_parent(tree.parent, n) == tree.parent);
    const std::vector<NodeId> depth = depths(tree.parent);
    if (height > 0) CHECK(*std::max_element(depth.begin(), depth.end()) <= height);
    const std::vector<double> terms = entropy_terms(tree.parent, tree.volume, tree.cut);
    const double entropy = structural_entropy(graph.view(), tree.parent);
    CHECK(std::accumulate(terms.begin(), terms.end(), 0.0) == doctest::Approx(entropy).epsilon(1e-9));
    CHECK(entropy <= one_dimensional_entropy(graph.view()) + 1e-9);
}

void check(const Graph& graph, const BuildOptions& options) {
    Monitor monitor;
    const Tree tree = build_tree(graph.view(), options, monitor);
    check_tree(graph, tree, options.height);
    const Tree fresh = tree_from_parent(graph.view(), tree.parent, monitor);
    CHECK(tree.volume == fresh.volume);
    CHECK(tree.cut == fresh.cut);
}

}  // namespace

TEST_CASE("more nodes or edges than there are ids are refused") {
    CHECK_NOTHROW(graph_of(path(kMost), kMost));
    CHECK_THROWS_AS(graph_of(path(kMost), kMost + 1), GraphError);
    CHECK_THROWS_AS(graph_of({}, kMost + 1), GraphError);
    CHECK_THROWS_AS(graph_of({}, std::int64_t{1} << 40), GraphError);
    Pairs many = path(kMost);
    many.insert(many.end(), {0, 1});  // a repeat, but the rows are filled before repeats are joined
    CHECK_THROWS_AS(graph_of(many, kMost), GraphError);
    CHECK_THROWS_AS(graph_of(Pairs(80'000, 0), 2), GraphError);
}

TEST_CASE("rows of more nodes or entries than there are ids are refused") {
    Monitor monitor;
    const std::vector<EdgeOffset> indptr(static_cast<std::size_t>(kMaxNodes) + 2, 0);
    CHECK_THROWS_AS(validate_graph({indptr, {}, {}}, monitor), GraphError);
    // 65,536 entries count as none in 16 bits.
    const std::vector<NodeId> indices(65'536, 1);
    const std::vector<double> weights(65'536, 1.0);
    CHECK_THROWS_AS(validate_graph({std::vector<EdgeOffset>{0, 0}, indices, weights}, monitor), GraphError);
}

TEST_CASE("parent arrays of more nodes than there are ids are refused") {
    const std::vector<NodeId> parent(40'000, -1);
    CHECK_THROWS_AS(validate_parent(parent, 2), TreeError);
    const std::vector<NodeId> wrapped(65'536 + 3, -1);
    CHECK_THROWS_AS(validate_parent(wrapped, 2), TreeError);
}

TEST_CASE("trees of the largest graphs hold every invariant") {
    for (const Pairs& pairs :
         {path(kMost), star(kMost), heap(kMost), matching(kMost), one_edge(), cliques()}) {
        const Graph graph = graph_of(pairs, kMost);
        for (const Effort effort : {Effort::kFast, Effort::kDefault}) {
            for (const NodeId height : {0, 1, 2, 3, 5, 7, 32'767}) {
                for (const int threads : {1, 2}) {
                    if (effort == Effort::kDefault && threads == 2) continue;
                    check(graph, {height, Algorithm::kAuto, effort, 0, threads});
                }
            }
        }
        for (const NodeId height : {0, 2, 3, 300})
            check(graph, {height, Algorithm::kMergeCompress, Effort::kDefault, 0, 1});
    }
}

TEST_CASE("updates of the largest graphs are right or refused") {
    for (const Pairs& pairs : {path(kMost), star(kMost), heap(kMost), matching(kMost), cliques()}) {
        for (const NodeId height : {0, 3}) {
            for (const int stride : {1, 2, 40}) {
                Monitor monitor;
                const Graph graph = graph_of(pairs, kMost);
                Tree tree =
                    build_tree(graph.view(), {height, Algorithm::kAuto, Effort::kFast, 0, 1}, monitor);
                std::vector<std::int64_t> removed;
                for (std::size_t e = 0; e + 1 < pairs.size(); e += 2 * static_cast<std::size_t>(stride))
                    removed.insert(removed.end(), {pairs[e], pairs[e + 1]});
                const std::vector<std::int64_t> added{0, kMost - 1, 5, 1'000};
                try {
                    const EditedGraph next = edit_graph(graph.view(), {added, {}, removed}, kMost, monitor);
                    tree = update_tree(next.graph.view(), std::move(tree), next.changes, height, monitor);
                    check_tree(next.graph, tree, height);
                } catch (const GraphError& error) {
                    CHECK(std::string(error.what()).find("anew") != std::string::npos);
                }
            }
        }
    }
    Monitor monitor;
    const Graph full = graph_of(path(kMost), kMost);
    const std::vector<std::int64_t> one_more{0, 2};
    CHECK_THROWS_AS(std::ignore = edit_graph(full.view(), {one_more, {}, {}}, kMost, monitor), GraphError);
}

TEST_CASE("trees of the largest graphs with a loop at every node") {
    for (const Pairs& pairs : {path(kMost), star(kMost), matching(kMost)}) {
        Monitor monitor;
        Graph graph = graph_of(pairs, kMost);
        graph.extra_volume.assign(static_cast<std::size_t>(kMost), 2.0);
        for (const NodeId height : {0, 3}) check(graph, {height, Algorithm::kAuto, Effort::kFast, 0, 1});
        const Tree tree = build_tree(graph.view(), {0, Algorithm::kAuto, Effort::kFast, 0, 1}, monitor);
        const std::vector<std::int64_t> loops{1, 1, kMost - 1, kMost - 1};
        const EditedGraph next = edit_graph(graph.view(), {{}, {}, loops}, kMost, monitor);
        check_tree(next.graph, update_tree(next.graph.view(), tree, next.changes, 0, monitor), 0);
    }
}

TEST_CASE("the flow of the largest graphs") {
    Monitor monitor;
    for (const Pairs& pairs : {path(kMost), star(kMost), matching(kMost)}) {
        for (const double damping : {0.85, 1.0 - 1e-8}) {
            const StationaryFlow flow = stationary_flow<std::int32_t>(pairs, {}, kMost, damping, monitor);
            CHECK_NOTHROW(validate_graph(flow.graph.view(), monitor));
            CHECK(flow.graph.indices.size() == pairs.size());
        }
    }
    CHECK_THROWS_AS(std::ignore = stationary_flow<std::int32_t>(path(kMost), {}, kMost + 1, 0.85, monitor),
                    GraphError);
    Pairs many = path(kMost);
    many.insert(many.end(), {0, 2});
    CHECK_THROWS_AS(std::ignore = stationary_flow<std::int32_t>(many, {}, kMost, 0.85, monitor), GraphError);
}

TEST_CASE("the largest tree is asked everything") {
    // A caterpillar over all nodes: 32,767 tree nodes, as many as there are ids.
    std::vector<NodeId> parent;
    for (std::int32_t v = 0; v < kMost; ++v)
        parent.push_back(static_cast<NodeId>(v == 0 ? kMost : kMost + v - 1));
    for (std::int32_t v = kMost; v < 2 * kMost - 2; ++v) parent.push_back(static_cast<NodeId>(v + 1));
    parent.push_back(-1);
    REQUIRE(parent.size() == 32'767);
    const auto n = static_cast<NodeId>(kMost);
    CHECK_NOTHROW(validate_parent(parent, n));
    CHECK(canonical_parent(parent, n) == parent);
    CHECK(*std::max_element(parent.begin(), parent.end()) == 32'766);
    const std::vector<NodeId> depth = depths(parent);
    CHECK(*std::max_element(depth.begin(), depth.end()) == kMost - 1);
    CHECK(leaves(parent, n, 32'766).size() == static_cast<std::size_t>(n));
    CHECK(children(parent).indices.size() == 32'766);
    const std::vector<NodeId> found = labels(parent, n, 32'767);
    CHECK(found.back() == n - 1);
    std::vector<NodeId> groups(static_cast<std::size_t>(n), 0);
    groups[0] = 1;
    CHECK(neighbours(parent, n, groups, 0, 2, 0).other.indices.front() >= 0);
    Monitor monitor;
    const Graph graph = graph_of(path(kMost), kMost);
    CHECK_NOTHROW(validate_parent(restrict_height(graph.view(), parent, 3, monitor), n));
    CHECK_NOTHROW(validate_parent(compress(graph.view(), parent, monitor), n));
}
