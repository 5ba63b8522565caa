#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "hint_se/errors.hpp"
#include "hint_se/tree/tree.hpp"
#include "samples.hpp"

using namespace hint_se;
using namespace hint_se::test;

namespace {
const std::vector<NodeId> kParent{5, 5, 6, 6, 7, 7, 7, -1};  // ((0 1) (2 3) 4)
}

TEST_CASE("broken parent arrays are refused") {
    CHECK_NOTHROW(validate_parent(kParent, 5));
    CHECK_THROWS_AS(validate_parent(std::vector<NodeId>{2, 2, 2}, 2), TreeError);   // no root
    CHECK_THROWS_AS(validate_parent(std::vector<NodeId>{1, 2, -1}, 2), TreeError);  // a leaf as parent
    CHECK_THROWS_AS(validate_parent(std::vector<NodeId>{3, 3, 3, -1}, 2),
                    TreeError);  // an inner node without child
    CHECK_THROWS_AS(validate_parent(std::vector<NodeId>{-1, -1}, 2), TreeError);    // two roots
    CHECK_THROWS_AS(validate_parent(std::vector<NodeId>{9, 2, -1}, 2), TreeError);  // out of range
}

TEST_CASE("canonical form contracts only children, drops empty nodes and does not depend on the numbering") {
    // Node 9 is empty, node 5 has one child; the rest is ((0 1) (2 3) 4) with inner ids in no order.
    const std::vector<NodeId> scrambled{8, 8, 6, 6, 5, 7, 7, -1, 7, 7};
    CHECK(canonical_parent(scrambled, 5) == kParent);
    CHECK(canonical_parent(std::vector<NodeId>{1, 2, -1}, 1) == std::vector<NodeId>{-1});
}

TEST_CASE("labels, leaves, depths, children, order") {
    CHECK(labels(kParent, 5, 1) == std::vector<NodeId>{0, 0, 1, 1, 2});
    CHECK(labels(kParent, 5, 2) == std::vector<NodeId>{0, 1, 2, 3, 4});
    CHECK(leaves(kParent, 5, 6) == std::vector<NodeId>{2, 3});
    CHECK(leaves(kParent, 5, 7) == std::vector<NodeId>{0, 1, 2, 3, 4});
    CHECK(leaves(kParent, 5, 4) == std::vector<NodeId>{4});
    CHECK(depths(kParent) == std::vector<NodeId>{2, 2, 2, 2, 1, 1, 1, 0});
    const Csr child = children(kParent);
    CHECK(child.indices == std::vector<NodeId>{0, 1, 2, 3, 4, 5, 6});
    const std::vector<NodeId> order = leaf_order(kParent, 5);
    CHECK(std::set<NodeId>(order.begin(), order.end()).size() == 5);
    const auto place = [&](NodeId leaf) {
        return std::find(order.begin(), order.end(), leaf) - order.begin();
    };
    CHECK(std::abs(place(0) - place(1)) == 1);  // the leaves of one node are neighbours
    CHECK(std::abs(place(2) - place(3)) == 1);
}

TEST_CASE("common ancestors agree with climbing") {
    // Parents up to `reach` ids above: chains at 1, bushes at 200, a star where every leaf hangs at the root.
    for (const NodeId reach : {1, 2, 5, 20, 200, 0}) {
        Lcg random(static_cast<std::uint32_t>(5 + reach));
        std::vector<NodeId> parent;
        for (NodeId v = 0; v < 199; ++v) {
            const NodeId least = std::max(v + 1, 100 + (v < 100 ? random.below(100) : 0));
            parent.push_back(reach == 0 ? 199 : least + random.below(std::min(reach, 200 - least)));
        }
        parent.push_back(-1);
        const AncestorIndex index(parent);
        for (int trial = 0; trial < 2000; ++trial) {
            const NodeId u = random.below(100);
            const NodeId v = random.below(100);
            std::set<NodeId> above;
            for (NodeId a = u; a >= 0; a = parent[static_cast<std::size_t>(a)]) above.insert(a);
            NodeId a = v;
            NodeId before = -1;
            while (!above.contains(a)) {
                before = a;
                a = parent[static_cast<std::size_t>(a)];
            }
            CHECK(index.common(u, v) == a);
            CHECK(index.common(v, u) == a);
            if (u != v) CHECK(index.child_towards(a, v) == before);
        }
    }
}

TEST_CASE("volumes and cuts") {
    const Graph graph = path(5);
    Monitor monitor;
    const Tree tree = tree_from_parent(graph.view(), kParent, monitor);
    CHECK(tree.volume == std::vector<double>{1, 2, 2, 2, 1, 3, 4, 8});
    CHECK(tree.cut == std::vector<double>{1, 2, 2, 2, 1, 1, 2, 0});
}
