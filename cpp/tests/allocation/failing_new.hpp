#pragma once

#include <cstdint>

namespace hint_se::test {

/// Makes one allocation fail, on whichever thread: number `k` from here on, counted from 0.
void fail_allocation(std::int64_t k);

/// Lets every allocation succeed again; returns how many were asked for since `fail_allocation`.
std::int64_t let_allocations_succeed();

/// Blocks that were allocated and not yet freed, ever since the program started.
std::int64_t live_blocks();

}  // namespace hint_se::test
