#include "hint_se/graph/contract.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "index.hpp"
#include "parallel.hpp"

namespace hint_se {
namespace {

constexpr std::int64_t kChunk = 1 << 14;

// Joins the rows of groups; each thread has one.
class RowJoiner {
  public:
    RowJoiner(const GraphView& graph, const Groups& groups, Contraction& result)
        : graph_(graph), groups_(groups), result_(result) {}

    // Writes the rows of the groups [begin, end) from `place` on and returns the place behind them.
    EdgeOffset join(std::int64_t begin, std::int64_t end, EdgeOffset place) {
        while (begin < end) {
            const std::int64_t stop = gather(begin, end);
            std::size_t from = 0;
            for (std::int64_t g = begin; g < stop; ++g) {
                const std::size_t to = row_end_[at(g - begin)];
                const EdgeOffset size = join_row(node_id(g), from, to, place);
                result_.graph.indptr[at(g) + 1] = size;
                place += size;
                from = to;
            }
            begin = stop;
        }
        return place;
    }

  private:
    // Enough that the misses of the gathering overlap, little enough to stay in the nearest cache.
    static constexpr std::size_t kBlock = 4096;
    // Rows up to this length are searched, longer ones get a table.
    static constexpr std::size_t kShortRow = 16;
    // Of up to this many groups each has its place in a table, which stays in the second cache.
    static constexpr NodeId kFewGroups = std::min<std::int64_t>(65'536, kMaxNodes);

    // Fetches the groups at the other ends, group after group, until a block is full; returns the group
    // behind the last. Apart from the joining, whose branches wait for what is loaded: 2.2 times faster on
    // 2 * 10^6 nodes.
    std::int64_t gather(std::int64_t begin, std::int64_t end) {
        target_.clear();
        weight_.clear();
        row_end_.clear();
        std::int64_t g = begin;
        for (; g < end && target_.size() < kBlock; ++g) {
            for (NodeId k = groups_.first[at(g)]; k < groups_.first[at(g) + 1]; ++k) {
                const NodeId v = groups_.members[at(k)];
                std::size_t k_out = target_.size();
                target_.resize(k_out + at(graph_.end(v) - graph_.begin(v)));
                weight_.resize(target_.size());
                for (EdgeOffset e = graph_.begin(v); e < graph_.end(v); ++e, ++k_out) {
                    target_[k_out] = groups_.group[at(graph_.target(e))];
                    weight_[k_out] = graph_.weight(e);
                }
            }
            row_end_.push_back(target_.size());
        }
        return g;
    }

    // Writes the row of group g from the gathered entries [from, to) and returns its length.
    EdgeOffset join_row(NodeId g, std::size_t from, std::size_t to, EdgeOffset place) {
        NodeId* const targets = result_.graph.indices.data() + place;
        if (to - from <= kShortRow) {
            return join_row(g, from, to, place, [&](NodeId h, NodeId n) { return searched(targets, n, h); });
        }
        if (groups_.size() > kFewGroups) {
            clear_table(to - from);
            return join_row(g, from, to, place, [&](NodeId h, NodeId n) { return looked_up(targets, n, h); });
        }
        place_.resize(at(groups_.size()), -1);
        const NodeId size = join_row(g, from, to, place, [&](NodeId h, NodeId n) {
            NodeId& i = place_[at(h)];
            return i < 0 ? i = n : i;
        });
        for (NodeId i = 0; i < size; ++i) place_[at(targets[i])] = -1;
        return size;
    }

    // The same where `place_of` finds the place of a target among the first n, or n.
    template <class PlaceOf>
    NodeId join_row(NodeId g, std::size_t from, std::size_t to, EdgeOffset place, PlaceOf place_of) {
        NodeId* const targets = result_.graph.indices.data() + place;
        double* const weights = result_.graph.weights.data() + place;
        NodeId size = 0;
        double inner = 0.0;
        for (std::size_t k = from; k < to; ++k) {
            const NodeId h = target_[k];
            if (h == g) {
                inner += weight_[k];
                continue;
            }
            if (h < 0) continue;
            const NodeId i = place_of(h, size);
            if (i == size) {
                targets[size] = h;
                weights[size++] = weight_[k];
            } else {
                weights[i] += weight_[k];
            }
        }
        result_.inner[at(g)] = inner;
        return size;
    }

    static NodeId searched(const NodeId* targets, NodeId size, NodeId h) {
        NodeId i = 0;
        while (i < size && targets[i] != h) ++i;
        return i;
    }

    void clear_table(std::size_t length) {
        const std::size_t size = std::bit_ceil(2 * length);
        table_.assign(size, -1);
        shift_ = 64 - std::countr_zero(size);
    }

    // Open addressing; a new target is entered with the place it will have.
    NodeId looked_up(const NodeId* targets, NodeId size, NodeId h) {
        for (auto slot = at(static_cast<std::int64_t>(
                 (static_cast<std::uint64_t>(h) * 0x9E3779B97F4A7C15ULL) >> shift_));
             ; slot = (slot + 1) & (table_.size() - 1)) {
            NodeId& i = table_[slot];
            if (i < 0) return i = size;
            if (targets[i] == h) return i;
        }
    }

    const GraphView graph_;
    const Groups& groups_;
    Contraction& result_;
    std::vector<NodeId> target_;
    std::vector<double> weight_;
    std::vector<std::size_t> row_end_;
    std::vector<NodeId> table_;
    std::vector<NodeId> place_;  // of each group in the row, or -1
    int shift_ = 0;
};

// One thread writes row behind row.
EdgeOffset join_all(const GraphView& graph, const Groups& groups, Contraction& result, Monitor& monitor) {
    RowJoiner joiner(graph, groups, result);
    EdgeOffset place = 0;
    for (std::int64_t begin = 0; begin < groups.size(); begin += kChunk) {
        place = joiner.join(begin, std::min<std::int64_t>(begin + kChunk, groups.size()), place);
        monitor.check(static_cast<double>(begin) / static_cast<double>(groups.size()));
    }
    return place;
}

// Several threads write chunks of rows to places that are surely free; then the gaps are closed.
EdgeOffset join_all(const GraphView& graph, const Groups& groups, Contraction& result, Monitor& monitor,
                    int n_threads) {
    const std::int64_t n_chunks = (groups.size() + kChunk - 1) / kChunk;
    std::vector<EdgeOffset> place(at(n_chunks) + 1, 0);
    parallel_for(n_threads, groups.size(), kChunk, monitor,
                 [&](std::int64_t begin, std::int64_t end, std::size_t) {
                     EdgeOffset entries = 0;
                     for (NodeId k = groups.first[at(begin)]; k < groups.first[at(end)]; ++k) {
                         const NodeId v = groups.members[at(k)];
                         entries += graph.end(v) - graph.begin(v);
                     }
                     place[at(begin / kChunk) + 1] = entries;
                 });
    std::partial_sum(place.begin(), place.end(), place.begin());
    std::vector<EdgeOffset> size(at(n_chunks));
    std::vector<RowJoiner> joiners(at(n_threads), RowJoiner(graph, groups, result));
    parallel_for(n_threads, groups.size(), kChunk, monitor,
                 [&](std::int64_t begin, std::int64_t end, std::size_t worker) {
                     const auto c = at(begin / kChunk);
                     size[c] = joiners[worker].join(begin, end, place[c]) - place[c];
                 });
    EdgeOffset total = 0;
    const auto close_gap = [&](auto& values, std::size_t c) {
        std::copy_n(values.begin() + place[c], size[c], values.begin() + total);
    };
    for (std::size_t c = 0; c < size.size(); total += size[c++]) {
        if (place[c] == total) continue;
        close_gap(result.graph.indices, c);
        close_gap(result.graph.weights, c);
    }
    return total;
}

}  // namespace

Groups groups_of(std::span<const NodeId> group, NodeId n_groups) {
    Groups result{{group.begin(), group.end()}, std::vector<NodeId>(at(n_groups) + 1, 0), {}};
    for (const NodeId g : group) {
        if (g >= 0) ++result.first[at(g) + 1];
    }
    std::partial_sum(result.first.begin(), result.first.end(), result.first.begin());
    result.members.resize(at(result.first.back()));
    std::vector<NodeId> next(result.first.begin(), result.first.end() - 1);
    for (std::size_t v = 0; v < group.size(); ++v) {
        if (group[v] >= 0) result.members[at(next[at(group[v])]++)] = node_id(v);
    }
    return result;
}

void contract(const GraphView& graph, const Groups& groups, Contraction& result, Monitor& monitor,
              int n_threads) {
    auto& [indptr, indices, weights, extra] = result.graph;
    extra.clear();
    result.inner.resize(at(groups.size()));
    indptr.assign(at(groups.size()) + 1, 0);
    indices.resize(graph.indices.size());
    weights.resize(graph.indices.size());
    const EdgeOffset total = n_threads > 1 && groups.size() > kChunk
                                 ? join_all(graph, groups, result, monitor, n_threads)
                                 : join_all(graph, groups, result, monitor);
    std::partial_sum(indptr.begin(), indptr.end(), indptr.begin());
    indices.resize(at(total));
    weights.resize(at(total));
}

Contraction contract(const GraphView& graph, std::span<const NodeId> group, NodeId n_groups, Monitor& monitor,
                     int n_threads) {
    Contraction result;
    contract(graph, groups_of(group, n_groups), result, monitor, n_threads);
    return result;
}

}  // namespace hint_se
