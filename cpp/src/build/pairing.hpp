#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "hint_se/build/linkage.hpp"
#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"
#include "parallel.hpp"

namespace hint_se {

/// What `mate` holds for a node without one, and for one that leads no group: a joiner, or a node without
/// neighbours.
constexpr NodeId kNoMate = -1;
constexpr NodeId kLeadsNone = -2;

/// A node that joins the group of a pair beside the two: `hub` is one of them.
struct Joiner {
    NodeId node;
    NodeId hub;
};

/// Which clusters merge in a round of the linkage by e / (V_a V_b); see `link_in_rounds`.
class Pairing {
  public:
    /// `n_nodes`: of the graph that the rounds start from.
    Pairing(NodeId n_nodes, Pairs pairs, std::uint64_t seed, Monitor& monitor, int n_threads);

    /// Fills `mate` and, in the order of the nodes, `joiners` for the clusters of a graph. O(n + nnz).
    void pair(const GraphView& graph, const std::vector<double>& volume, std::vector<NodeId>& mate,
              std::vector<Joiner>& joiners);

  private:
    // The neighbours that a node may pair with, the best first; -1 behind the last.
    using Choices = std::array<NodeId, 4>;

    template <class Body>
    void each_chunk(Body body) {
        hint_se::each_chunk(n_threads_, static_cast<NodeId>(choices_.size()), monitor_, body);
    }

    void choose(const GraphView& graph, const std::vector<double>& volume, std::vector<NodeId>& mate);
    [[nodiscard]] Choices choices_of(NodeId v, std::span<const NodeId> targets,
                                     std::span<const double> scores) const;
    [[nodiscard]] NodeId proposal(NodeId v, const std::vector<NodeId>& mate) const;
    [[nodiscard]] NodeId match(std::vector<NodeId>& mate);
    [[nodiscard]] NodeId admit(const std::vector<double>& volume, std::vector<NodeId>& mate,
                               std::vector<Joiner>& joiners);
    void match_any(std::vector<NodeId>& mate) const;

    std::size_t n_choices_;
    std::uint64_t seed_;
    Monitor& monitor_;
    int n_threads_;
    std::vector<double> inverse_;
    std::vector<Choices> choices_;
    std::vector<NodeId> proposal_;
};

}  // namespace hint_se
