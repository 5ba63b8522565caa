#include "hint_se/tree/neighbours.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>

#include "hint_se/errors.hpp"
#include "index.hpp"
#include "random.hpp"

namespace hint_se {
namespace {

// A stream of its own for every leaf, so that a row does not depend on the rows before it.
Random stream(std::uint64_t seed, NodeId leaf) {
    return Random(Random::mix(seed + 0x9E3779B97F4A7C15ULL * (static_cast<std::uint64_t>(leaf) + 1)));
}

// Leaves in depth-first order, split by group, so that the leaves of one group below a node are one range.
struct LeafRanges {
    std::array<std::vector<NodeId>, 2> leaves;
    std::array<std::vector<NodeId>, 2> begin;  // by tree node
    std::array<std::vector<NodeId>, 2> end;
    std::vector<NodeId> rank;  // of a leaf within its group
};

LeafRanges leaf_ranges(std::span<const NodeId> parent, NodeId n_leaves, std::span<const NodeId> group) {
    const auto t = parent.size();
    LeafRanges r;
    r.rank.resize(at(n_leaves));
    for (std::size_t g = 0; g < 2; ++g) {
        std::vector<NodeId> count(t, 0);
        for (NodeId v = 0; v < n_leaves; ++v) count[at(v)] = group[at(v)] == node_id(g) ? 1 : 0;
        for (std::size_t v = 0; v + 1 < t; ++v) count[at(parent[v])] += count[v];
        auto& begin = r.begin[g];
        auto& end = r.end[g];
        begin.assign(t, 0);
        std::vector<NodeId> next(t, 0);  // where the next child's range starts
        for (std::size_t v = t - 1; v-- > 0;) {
            begin[v] = next[at(parent[v])];
            next[at(parent[v])] += count[v];
            next[v] = begin[v];
        }
        end.resize(t);
        for (std::size_t v = 0; v < t; ++v) end[v] = begin[v] + count[v];
        r.leaves[g].resize(at(count[t - 1]));
        for (NodeId v = 0; v < n_leaves; ++v) {
            if (group[at(v)] != node_id(g)) continue;
            r.leaves[g][at(begin[at(v)])] = v;
            r.rank[at(v)] = begin[at(v)];
        }
    }
    return r;
}

// Appends all of leaves[begin, end) but the one at `skip` (-1: none), or a sample of `cap` of them,
// increasing.
void append(std::vector<NodeId>& out, std::span<const NodeId> leaves, std::int64_t begin, std::int64_t end,
            std::int64_t skip, std::int64_t cap, Random random) {
    const auto start = static_cast<std::ptrdiff_t>(out.size());
    const std::int64_t size = end - begin - (skip >= 0 ? 1 : 0);
    const auto leaf_at = [&](std::int64_t k) {
        const std::int64_t i = begin + k;
        return leaves[at(skip >= 0 && i >= skip ? i + 1 : i)];
    };
    if (cap == 0 || size <= cap) {
        for (std::int64_t k = 0; k < size; ++k) out.push_back(leaf_at(k));
    } else {
        // Floyd's sampling: cap draws whatever the size.
        for (std::int64_t top = size - cap; top < size; ++top) {
            const NodeId pick = leaf_at(random.below(top + 1));
            const bool taken = std::find(out.begin() + start, out.end(), pick) != out.end();
            out.push_back(taken ? leaf_at(top) : pick);
        }
    }
    std::sort(out.begin() + start, out.end());
}

NodeId starting_node(std::span<const NodeId> parent, std::span<const NodeId> depth, NodeId leaf,
                     NodeId level) {
    NodeId v = parent[at(leaf)];
    if (level > 0) {
        while (depth[at(v)] > level) v = parent[at(v)];
    }
    return v;
}

}  // namespace

NeighbourTables neighbours(std::span<const NodeId> parent, NodeId n_leaves, std::span<const NodeId> group,
                           NodeId level, std::int64_t cap, std::uint64_t seed) {
    if (std::cmp_not_equal(group.size(), n_leaves)) {
        throw TreeError("groups must be one per leaf (" + std::to_string(n_leaves) + "), but " +
                        std::to_string(group.size()) + " arrived");
    }
    for (const NodeId g : group) {
        if (g != 0 && g != 1) throw TreeError("groups must be 0 or 1, but one is " + std::to_string(g));
    }
    const LeafRanges r = leaf_ranges(parent, n_leaves, group);
    const std::vector<NodeId> depth = depths(parent);
    NeighbourTables tables;
    for (Csr* table : {&tables.same, &tables.other}) {
        table->indptr.reserve(at(n_leaves) + 1);
        table->indptr.push_back(0);
    }
    for (NodeId leaf = 0; leaf < n_leaves; ++leaf) {
        const auto own = at(group[at(leaf)]);
        for (Csr* table : {&tables.same, &tables.other}) {
            const bool same = table == &tables.same;
            const auto g = same ? own : 1 - own;
            const NodeId needed = same ? 2 : 1;
            NodeId v = n_leaves == 1 ? -1 : starting_node(parent, depth, leaf, level);
            while (v >= 0 && r.end[g][at(v)] - r.begin[g][at(v)] < needed) v = parent[at(v)];
            if (v >= 0) {
                append(table->indices, r.leaves[g], r.begin[g][at(v)], r.end[g][at(v)],
                       same ? r.rank[at(leaf)] : -1, cap, stream(2 * seed + (same ? 0 : 1), leaf));
            }
            table->indptr.push_back(static_cast<std::int64_t>(table->indices.size()));
        }
    }
    return tables;
}

}  // namespace hint_se
