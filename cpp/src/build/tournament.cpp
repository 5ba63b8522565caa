#include "tournament.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "index.hpp"

namespace hint_se {
namespace {

constexpr double kForever = std::numeric_limits<double>::max();
constexpr double kOpen = -1.0;
// So many are compared one by one, without matches.
constexpr std::size_t kFew = 32;
// Bounds what rounding adds to the difference of two gains, relative to a share and 1 + log2: twice three
// roundings each, at two places.
constexpr double kRounding = 0x1p-47;
// Halvings of the distance to where two gains may meet.
constexpr int kHalvings = 40;

bool beats(const Contender& a, const Contender& b, double x, const Judge& judge) {
    if (a.share == b.share && a.volume == b.volume) return a.id < b.id;
    const double gain_a = judge.gain(a.share, x + a.volume);
    const double gain_b = judge.gain(b.share, x + b.volume);
    return gain_a != gain_b ? gain_a > gain_b : a.id < b.id;
}

// A volume up to which a, which wins at x, is sure to win, rounding included.
double certain_until(const Contender& a, const Contender& b, double x, const Judge& judge) {
    if (a.share == b.share && a.volume == b.volume) return kForever;
    const double margin = kRounding * std::max(a.share, b.share) * (1.0 + std::log2(judge.total / x));
    const auto leads = [&](double y) {
        return judge.gain(a.share, y + a.volume) - judge.gain(b.share, y + b.volume) > margin;
    };
    if (!leads(x)) return x;
    double end = std::max(x, judge.total - a.volume - b.volume);
    if (a.share < b.share) {
        // The lead falls to its least at this volume. With the greater share it rises, if at all, before it
        // falls, and is least at the end.
        const double least = (a.share * b.volume - b.share * a.volume) / (b.share - a.share);
        end = std::clamp(least, x, end);
    }
    if (leads(end)) return kForever;
    double ahead = end - x;
    for (int i = 0; i < kHalvings; ++i) {
        ahead *= 0.5;
        if (leads(x + ahead)) return x + ahead;
    }
    return x;
}

}  // namespace

const Contender& Tournament::operator[](NodeId slot) const { return contenders_[at(slot)]; }

void Tournament::enter(const Contender& contender) {
    contenders_.push_back(contender);
    if (contenders_.size() > std::max(matches_.size(), kFew)) {
        matches_.assign(2 * std::max(matches_.size(), kFew), {kOpen, -1});
    } else {
        reopen_above(node_id(contenders_.size() - 1));
    }
}

void Tournament::change(NodeId slot, const Contender& contender) {
    contenders_[at(slot)] = contender;
    reopen_above(slot);
}

NodeId Tournament::withdraw(NodeId slot) {
    const NodeId last = node_id(contenders_.size() - 1);
    const Contender moved = contenders_.back();
    contenders_.pop_back();
    reopen_above(last);
    if (slot == last) return -1;
    change(slot, moved);
    return moved.id;
}

NodeId Tournament::winner(double x, const Judge& judge) {
    if (matches_.empty()) return best_by_score(x, judge);
    refresh(1, x, judge);
    return matches_[1].winner;
}

NodeId Tournament::best_by_score(double x, const Judge& judge) const {
    std::size_t best = 0;
    double most = judge.gain(contenders_[0].share, x + contenders_[0].volume);
    for (std::size_t i = 1; i < contenders_.size(); ++i) {
        const double gain = judge.gain(contenders_[i].share, x + contenders_[i].volume);
        if (gain < most || (gain == most && contenders_[i].id > contenders_[best].id)) continue;
        most = gain;
        best = i;
    }
    return node_id(best);
}

NodeId Tournament::champion(std::size_t match) const {
    if (match < matches_.size()) return matches_[match].winner;
    const std::size_t slot = match - matches_.size();
    return slot < contenders_.size() ? node_id(slot) : NodeId{-1};
}

double Tournament::until(std::size_t match) const {
    return match < matches_.size() ? matches_[match].until : kForever;
}

// Certificates cost more than the match: they are for contenders that meet again.
void Tournament::play(std::size_t match, double x, const Judge& judge, bool certify) {
    NodeId winner = champion(2 * match);
    NodeId loser = champion(2 * match + 1);
    double own = kForever;
    if (loser >= 0) {
        if (beats(contenders_[at(loser)], contenders_[at(winner)], x, judge)) std::swap(winner, loser);
        const Contender& a = contenders_[at(winner)];
        const Contender& b = contenders_[at(loser)];
        own = certify ? certain_until(a, b, x, judge) : x;
        judge.monitor.tick(judge.fraction);
    }
    matches_[match] = {std::min({own, until(2 * match), until(2 * match + 1)}), winner};
}

// Above an open match all are open.
void Tournament::reopen_above(NodeId slot) {
    if (matches_.empty()) return;
    std::size_t match = (matches_.size() + at(slot)) / 2;
    for (; match > 0 && matches_[match].until != kOpen; match /= 2) matches_[match].until = kOpen;
}

void Tournament::refresh(std::size_t match, double x, const Judge& judge) {
    if (until(match) >= x) return;
    const bool open = until(match) == kOpen;
    const std::pair before(champion(2 * match), champion(2 * match + 1));
    refresh(2 * match, x, judge);
    refresh(2 * match + 1, x, judge);
    play(match, x, judge, !open && before == std::pair(champion(2 * match), champion(2 * match + 1)));
}

}  // namespace hint_se
