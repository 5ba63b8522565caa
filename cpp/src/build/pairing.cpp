#include "build/pairing.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "index.hpp"
#include "random.hpp"

namespace hint_se {
namespace {

// Up to this size clusters pair with their best neighbours alone: rounds are cheap there.
constexpr NodeId kFewNodes = std::min<std::int64_t>(65'536, kMaxNodes);
// Of larger graphs clusters pair with neighbours whose score is at least this share of their best one's.
constexpr double kNearBest = 0.9;
// Times that clusters left over propose to another one.
constexpr int kProposals = 3;
// Enough that the misses of the gathering overlap, little enough to stay in the nearest cache.
constexpr std::size_t kBlock = 2048;
constexpr double kHubShare = 1.0 / 16.0;
// Below this share of clusters merged by mutual choice, any two unmerged clusters of which one picks the
// other merge too: keeps the number of rounds logarithmic where choices form long chains.
constexpr double kSlowRound = 1.0 / 32.0;

// Hash of two ids, order ignored.
std::uint64_t pair_hash(NodeId u, NodeId v, std::uint64_t seed) {
    const auto low = static_cast<std::uint64_t>(u < v ? u : v);
    const auto high = static_cast<std::uint64_t>(u < v ? v : u);
    return Random::mix(seed + low * 0x9E3779B97F4A7C15ULL + high * 0xD1B54A32D192ED03ULL);
}

}  // namespace

Pairing::Pairing(NodeId n_nodes, Pairs pairs, std::uint64_t seed, Monitor& monitor, int n_threads)
    : n_choices_(pairs == Pairs::kNearBest && n_nodes > kFewNodes ? Choices{}.size() : 1),
      seed_(seed),
      monitor_(monitor),
      n_threads_(n_threads) {}

void Pairing::pair(const GraphView& graph, const std::vector<double>& volume, std::vector<NodeId>& mate,
                   std::vector<Joiner>& joiners) {
    choose(graph, volume, mate);
    NodeId merged = match(mate);
    // With one choice each no pair is left.
    for (int k = 1; k < kProposals && n_choices_ > 1; ++k) merged += match(mate);
    merged += admit(volume, mate, joiners);
    if (merged < kSlowRound * static_cast<double>(mate.size())) match_any(mate);
}

// Also frees all nodes that have a choice.
void Pairing::choose(const GraphView& graph, const std::vector<double>& volume, std::vector<NodeId>& mate) {
    inverse_.resize(at(graph.n_nodes()));
    choices_.resize(inverse_.size());
    proposal_.resize(inverse_.size());
    mate.resize(inverse_.size());
    each_chunk([&](NodeId begin, NodeId end, std::size_t) {
        for (NodeId v = begin; v < end; ++v) inverse_[at(v)] = 1.0 / volume[at(v)];
    });
    each_chunk([&](NodeId begin, NodeId end, std::size_t) {
        std::vector<double> scores;
        for (NodeId v = begin; v < end;) {
            // A block of rows at a time: apart from the choosing, whose branches wait for what is loaded.
            const NodeId first = v;
            scores.clear();
            for (; v < end && scores.size() < kBlock; ++v) {
                std::size_t k = scores.size();
                scores.resize(k + at(graph.end(v) - graph.begin(v)));
                for (EdgeOffset e = graph.begin(v); e < graph.end(v); ++e)
                    scores[k++] = graph.weight(e) * inverse_[at(graph.target(e))];
            }
            const double* row = scores.data();
            for (NodeId u = first; u < v; ++u) {
                const auto targets =
                    graph.indices.subspan(at(graph.begin(u)), at(graph.end(u) - graph.begin(u)));
                choices_[at(u)] = choices_of(u, targets, {row, targets.size()});
                mate[at(u)] = targets.empty() ? kLeadsNone : kNoMate;
                proposal_[at(u)] = 0;
                row += targets.size();
            }
        }
    });
}

// By score, ties by hash.
Pairing::Choices Pairing::choices_of(NodeId v, std::span<const NodeId> targets,
                                     std::span<const double> scores) const {
    double least = 0.0;
    for (const double score : scores) least = std::max(least, score);
    least *= kNearBest;
    Choices found;
    found.fill(-1);
    std::array<double, Choices{}.size()> score{};
    for (std::size_t k = 0; k < scores.size(); ++k) {
        if (scores[k] < least) continue;
        NodeId u = targets[k];
        double s = scores[k];
        for (std::size_t i = 0; i < n_choices_; ++i) {
            const bool comes_first =
                found[i] < 0 || s > score[i] ||
                (s == score[i] && pair_hash(u, v, seed_) > pair_hash(found[i], v, seed_));
            if (!comes_first) continue;
            std::swap(s, score[i]);
            std::swap(u, found[i]);
            if (u < 0) break;
        }
    }
    return found;
}

// The best of the free nodes that v may pair with and that may pair with v, or -1.
NodeId Pairing::proposal(NodeId v, const std::vector<NodeId>& mate) const {
    for (const NodeId u : choices_[at(v)]) {
        if (u < 0) break;
        if (mate[at(u)] != kNoMate) continue;
        const Choices& back = choices_[at(u)];
        if (std::find(back.begin(), back.end(), v) != back.end()) return u;
    }
    return -1;
}

// Pairs the free nodes that propose to each other; returns how many these are.
NodeId Pairing::match(std::vector<NodeId>& mate) {
    std::vector<NodeId> n_paired(n_chunks(node_id(mate.size())), 0);
    each_chunk([&](NodeId begin, NodeId end, std::size_t) {
        for (NodeId v = begin; v < end; ++v) {
            if (proposal_[at(v)] >= 0) proposal_[at(v)] = mate[at(v)] == kNoMate ? proposal(v, mate) : -1;
        }
    });
    each_chunk([&](NodeId begin, NodeId end, std::size_t chunk) {
        for (NodeId v = begin; v < end; ++v) {
            const NodeId u = proposal_[at(v)];
            if (u < 0 || proposal_[at(u)] != v) continue;
            mate[at(v)] = u;
            ++n_paired[chunk];
        }
    });
    return std::accumulate(n_paired.begin(), n_paired.end(), NodeId{0});
}

// Fills joiners while their hubs have room; returns how many.
NodeId Pairing::admit(const std::vector<double>& volume, std::vector<NodeId>& mate,
                      std::vector<Joiner>& joiners) {
    std::vector<std::vector<Joiner>> found(n_chunks(node_id(mate.size())));
    each_chunk([&](NodeId begin, NodeId end, std::size_t chunk) {
        for (NodeId v = begin; v < end; ++v) {
            if (mate[at(v)] != kNoMate) continue;
            const NodeId u = choices_[at(v)][0];
            if (mate[at(u)] < 0 || volume[at(v)] > kHubShare * volume[at(u)]) continue;
            found[chunk].push_back({v, u});
        }
    });
    // inverse_ has done its work: from here it is the volume each hub may still take in.
    std::vector<double>& room = inverse_;
    for (const auto& part : found) {
        for (const Joiner& joiner : part) room[at(joiner.hub)] = kHubShare * volume[at(joiner.hub)];
    }
    joiners.clear();
    for (const auto& part : found) {
        for (const Joiner& joiner : part) {
            if (room[at(joiner.hub)] < volume[at(joiner.node)]) continue;
            room[at(joiner.hub)] -= volume[at(joiner.node)];
            mate[at(joiner.node)] = kLeadsNone;
            joiners.push_back(joiner);
        }
    }
    return node_id(joiners.size());
}

void Pairing::match_any(std::vector<NodeId>& mate) const {
    for (NodeId v = 0; v < node_id(mate.size()); ++v) {
        if (mate[at(v)] != kNoMate) continue;
        const NodeId u = choices_[at(v)][0];
        if (mate[at(u)] != kNoMate) continue;
        mate[at(v)] = u;
        mate[at(u)] = v;
    }
}

}  // namespace hint_se
