// Everything that changes a tree step by step: the tracked gain must be the change of a recomputation.
#include <doctest/doctest.h>

#include "hint_se/build/compress.hpp"
#include "hint_se/build/graft.hpp"
#include "hint_se/build/levels.hpp"
#include "hint_se/build/linkage.hpp"
#include "hint_se/build/polish.hpp"
#include "hint_se/tree/binary_tree.hpp"
#include "hint_se/tree/entropy.hpp"
#include "hint_se/tree/tree.hpp"
#include "samples.hpp"

using namespace hint_se;
using namespace hint_se::test;

namespace {

std::vector<NodeId> linked(const Graph& graph, std::uint64_t seed = 0) {
    Monitor monitor;
    return canonical_parent(link_in_rounds(graph.view(), seed, monitor).parent, graph.view().n_nodes());
}

std::vector<Graph> sample_graphs() {
    std::vector<Graph> graphs;
    graphs.push_back(ring_of_cliques());
    graphs.push_back(star(60));
    graphs.push_back(path(80));
    graphs.push_back(graph_of({0, 1, 2, 3, 3, 4}, 7));
    for (std::uint32_t seed = 0; seed < 6; ++seed)
        graphs.push_back(random_graph(120, 300, seed, seed % 2 == 0));
    return graphs;
}

double entropy(const Graph& graph, const std::vector<NodeId>& parent) {
    return structural_entropy(graph.view(), parent);
}

}  // namespace

TEST_CASE("a binary tree has the entropy of the tree it was made of") {
    for (const Graph& graph : sample_graphs()) {
        Monitor monitor;
        const auto parent = linked(graph);
        const BinaryTree tree = binary_tree(graph.view(), parent);
        const double slack = 1e-9;
        CHECK(entropy(graph, parent_of(graph.view(), tree)) <= entropy(graph, parent) + slack);
    }
}

TEST_CASE("grafts lower the entropy by what they say") {
    for (const Graph& graph : sample_graphs()) {
        Monitor monitor;
        BinaryTree tree = binary_tree(graph.view(), linked(graph));
        const double before = entropy(graph, parent_of(graph.view(), tree));
        const double gained = graft(graph.view(), tree, {3, 4.0, 0.0}, monitor);
        const double after = entropy(graph, parent_of(graph.view(), tree));
        CHECK(gained >= 0.0);
        CHECK(before - after == doctest::Approx(gained / total_weight(graph)).epsilon(1e-7));
        const BinaryTree fresh = binary_tree(graph.view(), parent_of(graph.view(), tree));
        CHECK(joined_cost(tree) == doctest::Approx(joined_cost(fresh)).epsilon(1e-9));
    }
}

TEST_CASE("cutting a tree into an upper part and back changes nothing") {
    for (const Graph& graph : sample_graphs()) {
        BinaryTree tree = binary_tree(graph.view(), linked(graph));
        const auto before = parent_of(graph.view(), tree);
        for (const std::int64_t size : {2, 4, 16}) {
            const UpperTree upper = upper_tree(tree, size);
            write_back(upper.part, tree);
            CHECK(parent_of(graph.view(), tree) == before);
        }
    }
}

TEST_CASE("polishing lowers the entropy by what it says") {
    for (const Graph& graph : sample_graphs()) {
        Monitor monitor;
        BinaryTree tree = binary_tree(graph.view(), linked(graph));
        const double before = entropy(graph, parent_of(graph.view(), tree));
        const double gained = polish(graph.view(), tree, 1.0, 1, monitor);
        const auto parent = parent_of(graph.view(), tree);
        CHECK_NOTHROW(validate_parent(parent, graph.view().n_nodes()));
        CHECK(before - entropy(graph, parent) == doctest::Approx(gained / total_weight(graph)).epsilon(1e-7));
    }
}

TEST_CASE("tiers: round trip, moves and polish lower the entropy by what they say") {
    for (const Graph& graph : sample_graphs()) {
        for (const NodeId height : {2, 3, 4}) {
            Monitor monitor;
            const auto parent = restrict_height(graph.view(), linked(graph), height, monitor);
            Tiers tiers = tiers_of(graph.view(), parent, height);
            CHECK(parent_of(tiers) == parent);
            const double moved = move_between(graph.view(), tiers, 0.0, monitor);
            const auto after = parent_of(tiers);
            CHECK(entropy(graph, parent) - entropy(graph, after) ==
                  doctest::Approx(moved / total_weight(graph)).epsilon(1e-7));
            CHECK(joined_cost(tiers) ==
                  doctest::Approx(joined_cost(tiers_of(graph.view(), after, height))).epsilon(1e-9));
            const double polished = polish(graph.view(), tiers, 1.0, 1, monitor);
            CHECK(polished >= 0.0);
            CHECK(entropy(graph, after) - entropy(graph, parent_of(tiers)) ==
                  doctest::Approx(polished / total_weight(graph)).epsilon(1e-7));
            const Tiers taller = with_tier_above_leaves(tiers);
            CHECK(joined_cost(taller) == doctest::Approx(joined_cost(tiers)).epsilon(1e-12));
        }
    }
}

TEST_CASE("compress never raises the entropy") {
    for (const Graph& graph : sample_graphs()) {
        Monitor monitor;
        const auto parent = canonical_parent(link_greedily(graph.view(), monitor), graph.view().n_nodes());
        const auto compressed = compress(graph.view(), parent, monitor);
        CHECK_NOTHROW(validate_parent(compressed, graph.view().n_nodes()));
        CHECK(entropy(graph, compressed) <= entropy(graph, parent) + 1e-12);
    }
}

TEST_CASE("compress takes the move up worked out by hand") {
    // Edges 1-2, 0-3, 0-4, 3-4; tree {{0, 1, 2}, 3, 4}: 2.0 bits, 1.75 once 0 has moved up.
    const Graph graph = graph_of({1, 2, 0, 3, 0, 4, 3, 4}, 5);
    Monitor monitor;
    const std::vector<NodeId> parent{5, 5, 5, 6, 6, 6, -1};
    CHECK(entropy(graph, parent) == doctest::Approx(2.0).epsilon(1e-14));
    CHECK(entropy(graph, compress(graph.view(), parent, monitor)) == doctest::Approx(1.75).epsilon(1e-14));
}

TEST_CASE("the height programme equals trying every set of inner nodes") {
    for (std::uint32_t seed = 0; seed < 8; ++seed) {
        const Graph graph = random_graph(9, 22, seed, true);
        Monitor monitor;
        const auto parent = linked(graph, seed);
        const auto t = parent.size();
        const std::size_t n_inner = t - 9 - 1;
        for (const NodeId height : {2, 3}) {
            double best = 1e300;
            for (std::uint32_t mask = 0; mask < (1U << n_inner); ++mask) {
                std::vector<NodeId> kept(t, -1);
                for (std::size_t v = 0; v + 1 < t; ++v) {
                    NodeId p = parent[v];
                    while (p + 1 < static_cast<NodeId>(t) && ((mask >> (p - 9)) & 1U) == 0)
                        p = parent[static_cast<std::size_t>(p)];
                    kept[v] = p;
                }
                const auto candidate = canonical_parent(kept, 9);
                const auto depth = depths(candidate);
                if (*std::max_element(depth.begin(), depth.end()) > height) continue;
                // Nodes left out of the mask still hang in `kept`, empty: canonical_parent drops them.
                best = std::min(best, entropy(graph, candidate));
            }
            CHECK(entropy(graph, restrict_height(graph.view(), parent, height, monitor)) ==
                  doctest::Approx(best).epsilon(1e-12));
        }
    }
}

TEST_CASE("the height programme thins chains") {
    Monitor monitor;
    const Graph graph = star(3'000);
    const auto chain = canonical_parent(link_greedily(graph.view(), monitor), 3'001);
    const auto flat3 = restrict_height(graph.view(), chain, 3, monitor);
    const auto depth = depths(flat3);
    CHECK(*std::max_element(depth.begin(), depth.end()) <= 3);
    CHECK(entropy(graph, flat3) < one_dimensional_entropy(graph.view()));
}

TEST_CASE("the height programme leaves a thinned chain alone where the limit is higher still") {
    Monitor monitor;
    const Graph graph = star(3'000);
    const auto chain = canonical_parent(link_greedily(graph.view(), monitor), 3'001);
    const auto cut = restrict_height(graph.view(), chain, 2'900, monitor);
    const auto depth = depths(cut);
    CHECK(*std::max_element(depth.begin(), depth.end()) <= kMaxProgrammeHeight + 1);
    CHECK(entropy(graph, cut) <= entropy(graph, restrict_height(graph.view(), chain, 128, monitor)));
}
