#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "hint_se/ids.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// What a merge of two clusters gains, and whom to tell that long work goes on.
struct Judge {
    double total;  // the volume of the graph
    Monitor& monitor;
    double fraction;  // of the work, done so far

    [[nodiscard]] double gain(double share, double volume) const { return share * std::log2(total / volume); }
};

/// A cluster that a host may merge with: its share w / total of the weight of all edges is on the link
/// between them.
struct Contender {
    double share;
    double volume;
    NodeId id;
};

/// The contenders of one host, whose volume x only grows, kept so that the one of greatest gain
/// share log2(total / (x + volume)), then smallest id, is found without scoring all of them after every
/// growth: a kinetic tournament (Basch, Guibas, Hershberger 1999). The gains of two contenders cross at most
/// twice as x grows, so that each match is decided up to a volume that is known. The winner is the one that
/// comparing the rounded gains of all would find.
class Tournament {
  public:
    [[nodiscard]] std::size_t size() const { return contenders_.size(); }
    [[nodiscard]] const Contender& operator[](NodeId slot) const;

    /// Takes the slot size().
    void enter(const Contender& contender);
    void change(NodeId slot, const Contender& contender);
    /// The last contender takes the slot that becomes free; returns its id, or -1 where none had to move.
    NodeId withdraw(NodeId slot);
    /// The slot of the winner; there must be a contender.
    [[nodiscard]] NodeId winner(double x, const Judge& judge);

  private:
    struct Match {
        double until;  // up to this x all matches below and this one end as they did, or kOpen
        NodeId winner;
    };

    [[nodiscard]] NodeId best_by_score(double x, const Judge& judge) const;
    [[nodiscard]] NodeId champion(std::size_t match) const;
    [[nodiscard]] double until(std::size_t match) const;
    void play(std::size_t match, double x, const Judge& judge, bool certify);
    void reopen_above(NodeId slot);
    void refresh(std::size_t match, double x, const Judge& judge);

    std::vector<Contender> contenders_;
    std::vector<Match> matches_;  // a heap below matches_[1], whose leaves are the slots
};

}  // namespace hint_se
