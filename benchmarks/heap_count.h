// Counts what the program asks the heap for; linking heap_count.cpp replaces operator new.
#pragma once

#include <cstdint>

namespace sonant::bench {

// Calls of operator new so far, on all threads.
std::int64_t heap_allocations();

}  // namespace sonant::bench
