// Which instruction sets the SIMD kernels may use. The library is built for the plain architecture
// (any x86-64, any AArch64); files of core/kernels are compiled once per set, and the best one that
// the processor and the operating system support is taken at run time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sonant/core/kernels/isa_enum.h>

namespace sonant {

const char* isa_name(Isa isa);

// Sets that this build contains and this machine can run, worst first.
std::vector<Isa> supported_isas();
bool isa_supported(Isa isa);

// The set kernels are chosen for: the best one supported, unless capped by set_isa_cap() or else by
// the environment's SONANT_ISA. A cap that names no known set, or one that this machine cannot run,
// is an Error that lists the possible ones.
Isa active_isa();
// `name` as in SONANT_ISA; "" takes the cap off again. Not thread-safe: call it at start.
void set_isa_cap(std::string_view name);

// One line for people: what was chosen and why.
std::string isa_report();

}  // namespace sonant
