// Counts what the program asks the C library's heap for, by any name and on any thread. glibc only;
// elsewhere heap_is_counted() is false.
#pragma once

#include <cstdint>

namespace sonant::test {

bool heap_is_counted();
std::int64_t heap_allocations();  // since the program began

}  // namespace sonant::test
