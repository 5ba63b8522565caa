#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace hint_se {

/// What long work calls every few milliseconds, on the thread that started it: `stage` names the phase,
/// `fraction` in [0, 1] says how much of it is done. It may throw to stop the work.
using Hook = std::function<void(std::string_view stage, double fraction)>;

/// Spaces the calls of a hook: `tick` costs one increment, reads the clock every 256 ticks and calls the hook
/// when `kInterval` has gone by, so that an interrupt is seen long before 0.5 s.
class Monitor {
  public:
    explicit Monitor(Hook hook = {}) : hook_(std::move(hook)) {}

    void stage(std::string_view name) {
        stage_ = name;
        check(0.0);
    }

    void tick(double fraction) {
        if ((++ticks_ & 0xFF) == 0) check(fraction);
    }

    /// For steps that are long in themselves: reads the clock every time.
    void check(double fraction) {
        if (!hook_) return;
        const auto now = std::chrono::steady_clock::now();
        if (now - last_ < kInterval) return;
        last_ = now;
        hook_(stage_, fraction < 1.0 ? fraction : 1.0);
    }

  private:
    static constexpr std::chrono::milliseconds kInterval{10};

    Hook hook_;
    std::string_view stage_ = "start";
    std::uint32_t ticks_ = 0;
    std::chrono::steady_clock::time_point last_{};
};

}  // namespace hint_se
