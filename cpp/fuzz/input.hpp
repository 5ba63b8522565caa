#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <vector>

#include "hint_se/graph/graph.hpp"

/// What libFuzzer calls with each input, and `replay.cpp` with each file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace hint_se::fuzz {

/// Ends the program where something that must hold does not.
inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

/// An input, read from its front; zeros once it has ended, so that every input stands for something.
class Input {
  public:
    Input(const std::uint8_t* data, std::size_t size) : bytes_(data, size) {}

    [[nodiscard]] bool ended() const { return bytes_.empty(); }
    [[nodiscard]] std::size_t left() const { return bytes_.size(); }

    int byte() {
        if (bytes_.empty()) return 0;
        const int value = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return value;
    }

    int below(int bound) { return byte() % bound; }

    /// In [-128, 128).
    int signed_byte() { return byte() - 128; }

    /// A weight: mostly small, sometimes of any size a double has, now and then negative, zero or not finite.
    double weight() {
        const int value = byte();
        if (value < 240) return 1.0 + value / 16.0;
        switch (value) {
            case 252:
                return -1.0;
            case 253:
                return 0.0;
            case 254:
                return std::nan("");
            case 255:
                return HUGE_VAL;
            default:
                return std::ldexp(1.0 + byte() / 256.0, 8 * signed_byte());
        }
    }

  private:
    std::span<const std::uint8_t> bytes_;
};

/// Pairs of ids below `n` (and sometimes not), with weights or without, until the input ends.
struct Edges {
    std::vector<std::int32_t> ids;
    std::vector<double> weights;
};

inline Edges edges(Input& input, int n, bool weighted, bool strict) {
    Edges result;
    while (!input.ended() && result.ids.size() < 2'000) {
        for (int end = 0; end < 2; ++end) {
            const int id = input.byte();
            result.ids.push_back(strict || id < 250 ? id % n : input.signed_byte());
        }
        if (weighted) result.weights.push_back(strict ? 1.0 + input.byte() / 16.0 : input.weight());
    }
    return result;
}

/// Equal but for what rounding leaves of sums of this size.
inline bool close(double a, double b, double scale) { return std::abs(a - b) <= 1e-9 * scale; }

}  // namespace hint_se::fuzz
