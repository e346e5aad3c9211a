// Which instructions the kernels may use. The library is built for the plain architecture (any
// x86-64, any AArch64); some files are compiled once per instruction set, and a registry
// (registry.h) takes the best variant whose features are allowed here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sonant/core/kernels/isa_enum.h>

namespace sonant {

const char* isa_name(Isa isa);  // "avx512-bf16", as SONANT_ISA and --isa spell it

// The named sets that this machine can run, smaller ones first.
std::vector<Isa> supported_isas();
bool isa_supported(Isa isa);

// What kernels may use: all that the machine has, or the named set that set_isa_cap(), or else the
// environment's SONANT_ISA, restricts them to. A cap that names no set, or one that this machine
// cannot run, is an Error that lists the possible ones. The environment is read once.
CpuFeatures active_features();
// The name for it, which runs record: the cap; without one the best of the sets that every kernel
// comes in (bf16, vnni and amx are for a few, and change nothing for the others).
Isa active_isa();
// `name` as in SONANT_ISA; "" takes the cap off again and reads the environment anew. Not
// thread-safe, and what has been chosen stays: call it at start.
void set_isa_cap(std::string_view name);

// One line for people: what was chosen and why.
std::string isa_report();

// The name of a set; for one without, its features: "avx2+avx_vnni".
std::string features_text(CpuFeatures features);

}  // namespace sonant
