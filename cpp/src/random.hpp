#pragma once

#include <cstdint>

namespace hint_se {

/// SplitMix64 (Steele, Lea, Flood 2014): small, seedable, the same on every machine.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() { return mix(state_ += 0x9E3779B97F4A7C15ULL); }

    /// Uniform in [0, bound), up to a bias of bound / 2^64.
    std::int64_t below(std::int64_t bound) {
        return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(bound));
    }

    /// Uniform in [0, 1).
    double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

    /// The finaliser alone: a hash of 64 bits.
    static std::uint64_t mix(std::uint64_t x) {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
        return x ^ (x >> 31);
    }

  private:
    std::uint64_t state_;
};

}  // namespace hint_se
