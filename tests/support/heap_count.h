// Counts what a test program asks the heap for. tests/nn/heap_count.cpp replaces operator new in
// test_nn; it is not part of the library of test support, which every program links.
#pragma once

#include <cstdint>

namespace sonant::test {

// Calls of operator new so far, on all threads.
std::int64_t heap_allocations();

}  // namespace sonant::test
