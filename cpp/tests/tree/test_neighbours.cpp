#include <doctest/doctest.h>

#include "hint_se/errors.hpp"
#include "hint_se/tree/neighbours.hpp"

using namespace hint_se;

namespace {

std::vector<NodeId> row(const Csr& table, std::size_t leaf) {
    return {table.indices.begin() + table.indptr[leaf], table.indices.begin() + table.indptr[leaf + 1]};
}

// ((0 1 2 3) (4 5) 6)
const std::vector<NodeId> kParent{7, 7, 7, 7, 8, 8, 9, 9, 9, -1};
const std::vector<NodeId> kGroup{0, 0, 1, 1, 0, 0, 1};

}  // namespace

TEST_CASE("neighbours are the finest community's, and climb where it has none") {
    const auto tables = neighbours(kParent, 7, kGroup, 0, 0, 0);
    CHECK(row(tables.same, 0) == std::vector<NodeId>{1});
    CHECK(row(tables.other, 0) == std::vector<NodeId>{2, 3});
    CHECK(row(tables.same, 4) == std::vector<NodeId>{5});
    CHECK(row(tables.other, 4) == std::vector<NodeId>{2, 3, 6});
    CHECK(row(tables.same, 6) == std::vector<NodeId>{2, 3});
    CHECK(row(tables.other, 6) == std::vector<NodeId>{0, 1, 4, 5});
}

TEST_CASE("a cap samples without replacement and without the leaf itself") {
    std::vector<NodeId> parent(100, 100);
    parent.push_back(-1);
    const std::vector<NodeId> group(100, 0);
    const auto tables = neighbours(parent, 100, group, 0, 8, 3);
    std::vector<int> times(100, 0);
    for (std::size_t leaf = 0; leaf < 100; ++leaf) {
        const auto picked = row(tables.same, leaf);
        CHECK(picked.size() == 8);
        for (std::size_t k = 0; k < picked.size(); ++k) {
            CHECK(picked[k] != static_cast<NodeId>(leaf));
            if (k > 0) CHECK(picked[k - 1] < picked[k]);
            ++times[static_cast<std::size_t>(picked[k])];
        }
        CHECK(row(tables.other, leaf).empty());
    }
    for (const int t : times) CHECK(t < 24);  // 8 on average
    CHECK(neighbours(parent, 100, group, 0, 8, 3).same.indices == tables.same.indices);
    CHECK(neighbours(parent, 100, group, 0, 8, 4).same.indices != tables.same.indices);
}

TEST_CASE("a level takes the ancestor there") {
    const auto tables = neighbours(kParent, 7, kGroup, 1, 0, 0);
    CHECK(row(tables.same, 0) == std::vector<NodeId>{1});
    CHECK_THROWS_AS(std::ignore = neighbours(kParent, 7, std::vector<NodeId>{0, 1}, 0, 0, 0), TreeError);
}
