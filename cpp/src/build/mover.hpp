#pragma once

#include <cstdint>
#include <vector>

#include "hint_se/build/levels.hpp"
#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// What moves: nodes of tier j, or groups of them that share a community. `inner` is the weight between the
/// members of a group, which is joined in their community wherever they go.
struct Units {
    GraphView graph;
    std::vector<double> volume;
    std::vector<double> inner;
    std::vector<NodeId> community;  // in tier j + 1
};

/// Local moving of units between the communities of one tier, with the whole chain of ancestors in the
/// objective.
class Mover {
  public:
    Mover(Tiers& tiers, std::size_t tier, Units& units)
        : tiers_(tiers),
          first_(tier + 1),
          top_(tiers.height()),
          units_(units),
          met_(top_ + 1),
          chain_(top_ + 1),
          rest_(top_ + 1) {}

    /// Moves units until none gains or `visits` of them were tried, which it lowers by what it took. Returns
    /// how much the cost fell.
    double run(std::int64_t& visits, Monitor& monitor);

    /// The same, beginning with the units of `queue` alone.
    double run(std::vector<NodeId> queue, std::int64_t& visits, Monitor& monitor);

  private:
    static constexpr double kLeastGain = 1e-12;

    // A node of the chain without the unit that is being placed.
    struct Rest {
        double volume;
        double joined;
        double log_volume;
    };

    double try_unit(NodeId s);
    void collect_links(NodeId s);
    void set_rests();
    [[nodiscard]] double cost_at(std::size_t i, NodeId x, double passed) const;
    void move(NodeId s, std::size_t tier, NodeId node);
    void set(std::size_t i, NodeId x, double volume, double joined);
    [[nodiscard]] bool has_room() const;
    NodeId new_node(std::size_t i, NodeId parent);

    Tiers& tiers_;
    std::size_t first_;
    std::size_t top_;
    Units& units_;
    std::vector<std::vector<NodeId>> met_;  // by tier: the unit's chain and the nodes it is linked to
    std::vector<NodeId> chain_;             // the unit's ancestors, by tier
    std::vector<Rest> rest_;                // of the chain, by tier
    std::vector<NodeId> free_;              // empty communities
    double volume_ = 0.0;
    double inner_ = 0.0;
};

}  // namespace hint_se
