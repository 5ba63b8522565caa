// The allocation-failure loop: each allocation of a call fails once. What must follow is std::bad_alloc (or
// the right answer, where the standard library can do without the memory), nothing left behind, and a next
// call that works.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#include "../samples.hpp"
#include "build/parallel_grafter.hpp"
#include "failing_new.hpp"
#include "hint_se/build/build.hpp"
#include "hint_se/build/linkage.hpp"
#include "hint_se/errors.hpp"
#include "hint_se/graph/edit.hpp"
#include "hint_se/graph/flow.hpp"
#include "hint_se/tree/binary_tree.hpp"
#include "hint_se/tree/entropy.hpp"
#include "hint_se/tree/neighbours.hpp"
#include "hint_se/update/update.hpp"

using namespace hint_se;
using namespace hint_se::test;

namespace {

// Of a call's failures so many are tried one by one, and of the rest a hundred: each takes a call of its own.
std::int64_t tried_in_full() {
    const char* const given = std::getenv("HINT_SE_ALLOCATIONS");
    return given == nullptr ? 1'000 : std::atoll(given);
}

struct Tally {
    std::int64_t asked = 0;    // allocations of the whole call
    std::int64_t tried = 0;    // failures that were tried
    std::int64_t refused = 0;  // of which ended in std::bad_alloc
    std::int64_t leaked = 0;
    std::int64_t wrong = 0;  // answers other than without a failure, there and then or at the next call
};

// `call` returns a value that can be compared; it is made anew for each failure.
template <class Call>
Tally fail_each(Call call) {
    const auto expected = call();
    fail_allocation(-1);
    std::ignore = call();
    Tally tally;
    tally.asked = let_allocations_succeed();
    const std::int64_t all = tried_in_full();
    for (std::int64_t k = 0; k < tally.asked; k += k < all ? 1 : 1 + (tally.asked - all) / 100) {
        ++tally.tried;
        const std::int64_t before = live_blocks();
        fail_allocation(k);
        try {
            const auto found = call();
            let_allocations_succeed();
            if (!(found == expected)) ++tally.wrong;
        } catch (const std::bad_alloc&) {
            let_allocations_succeed();
            ++tally.refused;
        }
        if (live_blocks() != before) ++tally.leaked;
        if (k % 64 == 0 && !(call() == expected)) ++tally.wrong;
    }
    if (!(call() == expected)) ++tally.wrong;
    return tally;
}

// Prints what a report can count, and fails the test where it has to.
void judge(const std::string& name, const Tally& tally) {
    std::printf("allocation-failures: %s asked=%lld tried=%lld refused=%lld leaked=%lld wrong=%lld\n",
                name.c_str(), static_cast<long long>(tally.asked), static_cast<long long>(tally.tried),
                static_cast<long long>(tally.refused), static_cast<long long>(tally.leaked),
                static_cast<long long>(tally.wrong));
    CHECK(tally.tried > 0);
    CHECK(tally.refused > 0);
    CHECK(tally.leaked == 0);
    CHECK(tally.wrong == 0);
}

auto builder(const Graph& graph, const BuildOptions& options) {
    return [&graph, options] {
        Monitor monitor([](std::string_view, double) {});
        return build_tree(graph.view(), options, monitor).parent;
    };
}

std::string name_of(const BuildOptions& options) {
    const char* const efforts[] = {"fast", "default", "best"};
    const std::string algorithm = options.algorithm == Algorithm::kAuto ? "auto" : "merge-compress";
    return "build " + algorithm + " " + efforts[static_cast<int>(options.effort)] +
           " height=" + std::to_string(options.height) + " threads=" + std::to_string(options.n_threads);
}

}  // namespace

TEST_CASE("building a tree, whatever the algorithm, the effort and the height") {
    const Graph graph = random_graph(6, 10, 3, true);
    for (const Algorithm algorithm : {Algorithm::kAuto, Algorithm::kMergeCompress}) {
        for (const Effort effort : {Effort::kFast, Effort::kDefault}) {
            for (const NodeId height : {0, 1, 2, 3, 6}) {
                const BuildOptions options{height, algorithm, effort, 1, 1};
                judge(name_of(options), fail_each(builder(graph, options)));
            }
        }
    }
}

TEST_CASE("building a tree at the greatest effort") {
    const Graph graph = with_loops(random_graph(5, 9, 3), 3);
    for (const NodeId height : {0, 2}) {
        const BuildOptions options{height, Algorithm::kAuto, Effort::kBest, 1, 1};
        judge(name_of(options), fail_each(builder(graph, options)));
    }
}

TEST_CASE("building a tree on several threads") {
    const Graph graph = random_graph(18'000, 20'000, 4, true);
    const BuildOptions options{0, Algorithm::kAuto, Effort::kFast, 1, 3};
    judge(name_of(options), fail_each(builder(graph, options)));
}

TEST_CASE("grafts on several threads") {
    const Graph graph = random_graph(60, 180, 7, false);
    Monitor monitor;
    const auto linked = canonical_parent(link_in_rounds(graph.view(), 0, monitor).parent, 60);
    judge("graft in blocks of 8", fail_each([&] {
              BinaryTree tree = binary_tree(graph.view(), linked);
              ParallelGrafter(graph.view(), tree, {8, 4}, 3).run(60, monitor);
              return parent_of(graph.view(), tree);
          }));
}

TEST_CASE("bringing a tree to a changed graph") {
    const Graph graph = with_loops(random_graph(40, 90, 3, true), 3);
    Monitor monitor;
    const Tree tree = build_tree(graph.view(), {0, Algorithm::kAuto, Effort::kFast, 1, 1}, monitor);
    const std::vector<std::int64_t> added{0, 41, 3, 17, 5, 40, 1, 1};
    const std::vector<double> weights{1.0, 2.0, 3.0, 4.0};
    const std::vector<std::int64_t> removed{0, graph.indices[0]};
    const auto edit = [&] { return edit_graph(graph.view(), {added, weights, removed}, 42, monitor); };
    judge("edit_graph", fail_each([&] { return edit().graph.indices; }));
    const EditedGraph edited = edit();
    for (const NodeId height : {0, 2}) {
        judge("update_tree height=" + std::to_string(height), fail_each([&] {
                  return update_tree(edited.graph.view(), tree, edited.changes, height, monitor).parent;
              }));
    }
}

TEST_CASE("the flow along directed edges") {
    const std::vector<std::int32_t> arcs{0, 1, 1, 2, 2, 0, 2, 3, 3, 4, 4, 4, 5, 0};
    for (const double damping : {0.85, 1.0 - 1e-8}) {
        judge("stationary_flow " + std::to_string(damping), fail_each([&] {
                  Monitor monitor;
                  return stationary_flow<std::int32_t>(arcs, {}, 6, damping, monitor, SelfLoops::kKeep)
                      .graph.weights;
              }));
    }
}

TEST_CASE("making and checking graphs") {
    const std::vector<std::int64_t> edges{0, 1, 1, 2, 2, 2, 3, 1, 1, 0};
    const std::vector<double> weights{1, 2, 3, 4, 5};
    judge("graph_from_edges", fail_each([&] {
              Monitor monitor;
              return graph_from_edges<std::int64_t>(edges, weights, 5, monitor).graph.weights;
          }));
    judge("graph_from_edges keeps loops", fail_each([&] {
              Monitor monitor;
              return graph_from_edges<std::int64_t>(edges, weights, 5, monitor, SelfLoops::kKeep)
                  .graph.extra_volume;
          }));
    judge("graph_from_edges refuses", fail_each([&] {
              Monitor monitor;
              try {
                  std::ignore = graph_from_edges<std::int64_t>(edges, weights, 3, monitor);
              } catch (const GraphError& error) {
                  return std::string(error.what());
              }
              return std::string("accepted");
          }));
}

TEST_CASE("what is asked of a tree") {
    const Graph graph = random_graph(30, 70, 5, true);
    const std::vector<NodeId> parent = builder(graph, {})();
    std::vector<NodeId> groups(30);
    for (std::size_t v = 0; v < groups.size(); ++v) groups[v] = static_cast<NodeId>(v % 2);
    judge("tree_from_parent", fail_each([&] {
              Monitor monitor;
              validate_parent(parent, 30);
              return tree_from_parent(graph.view(), parent, monitor).cut;
          }));
    judge("structural_entropy", fail_each([&] { return structural_entropy(graph.view(), parent); }));
    judge("labels", fail_each([&] { return labels(parent, 30, 2); }));
    judge("leaves", fail_each([&] { return leaves(parent, 30, static_cast<NodeId>(parent.size()) - 1); }));
    judge("children", fail_each([&] { return children(parent).indices; }));
    judge("neighbours", fail_each([&] { return neighbours(parent, 30, groups, 0, 3, 7).other.indices; }));
}
