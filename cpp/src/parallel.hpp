#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <string_view>
#include <thread>
#include <vector>

#include "hint_se/ids.hpp"
#include "hint_se/monitor.hpp"

namespace hint_se {

/// Runs `body(begin, end, worker)` over [0, n) in chunks of `chunk`, on `n_threads` threads of which the
/// caller's is worker 0. Chunks are handed out as threads come free, so a body whose chunks write to disjoint
/// places gives the same result for every number of threads. The caller's thread serves the monitor between
/// its chunks; whatever it or a body throws ends the loop and is thrown again once all threads have stopped.
template <class Body>
void parallel_for(int n_threads, std::int64_t n, std::int64_t chunk, Monitor& monitor, Body body) {
    std::atomic<std::int64_t> next{0};
    std::atomic<bool> stop{false};
    const auto n_workers = static_cast<std::size_t>(
        std::clamp<std::int64_t>((n + chunk - 1) / chunk, 1, std::max(n_threads, 1)));
    std::vector<std::exception_ptr> failures(n_workers);
    const auto work = [&](std::size_t worker) noexcept {
        try {
            while (!stop) {
                const std::int64_t begin = next.fetch_add(chunk);
                if (begin >= n) break;
                body(begin, std::min(begin + chunk, n), worker);
                if (worker == 0) monitor.check(static_cast<double>(begin) / static_cast<double>(n));
            }
        } catch (...) {
            failures[worker] = std::current_exception();
            stop = true;
        }
    };
    std::vector<std::thread> threads;
    try {
        for (std::size_t worker = 1; worker < n_workers; ++worker) threads.emplace_back(work, worker);
    } catch (...) {  // no more threads to be had: those there are do the work
    }
    work(0);
    for (std::thread& thread : threads) thread.join();
    for (const std::exception_ptr& failure : failures) {
        if (failure) std::rethrow_exception(failure);
    }
}

/// Nodes that a thread takes at a time where each costs little.
constexpr std::int64_t kNodeChunk = 1 << 14;

/// How many such chunks n nodes are.
[[nodiscard]] inline std::size_t n_chunks(std::int64_t n) {
    return static_cast<std::size_t>((n + kNodeChunk - 1) / kNodeChunk);
}

/// Runs `body(begin, end, chunk)` over the nodes [0, n), as `parallel_for` does.
template <class Body>
void each_chunk(int n_threads, NodeId n, Monitor& monitor, Body body) {
    parallel_for(n_threads, n, kNodeChunk, monitor, [&](std::int64_t begin, std::int64_t end, std::size_t) {
        body(static_cast<NodeId>(begin), static_cast<NodeId>(end),
             static_cast<std::size_t>(begin / kNodeChunk));
    });
}

/// Runs two long works, the second on a thread of its own if there may be two, each with a monitor to tick.
/// That of the second stops it once the first has thrown. What either throws is thrown again once both have
/// ended.
template <class First, class Second>
void side_by_side(int n_threads, Monitor& monitor, First first, Second second) {
    std::exception_ptr failure;
    std::atomic<bool> stop{false};
    std::atomic<bool> ended{false};
    struct Stopped {};
    std::thread beside;
    try {
        if (n_threads > 1) {
            beside = std::thread([&]() noexcept {
                try {
                    Monitor watch([&](std::string_view, double) {
                        if (stop) throw Stopped{};
                    });
                    second(watch);
                } catch (const Stopped&) {
                } catch (...) {
                    failure = std::current_exception();
                }
                ended = true;
            });
        }
    } catch (...) {  // no more threads to be had: one after the other
    }
    try {
        first(monitor);
        if (!beside.joinable()) second(monitor);
        while (beside.joinable() && !ended) {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            monitor.check(1.0);
        }
    } catch (...) {
        stop = true;
        if (beside.joinable()) beside.join();
        throw;
    }
    if (beside.joinable()) beside.join();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace hint_se
