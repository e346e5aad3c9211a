#include <sonant/core/kernels/isa.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr Isa all_isas[] = {Isa::scalar, Isa::sse2, Isa::avx2, Isa::avx512, Isa::neon64};

std::string& forced_name() {
  static std::string name;
  return name;
}

// __builtin_cpu_supports asks the operating system too (XGETBV): a set whose registers are not
// saved across a context switch counts as absent.
bool machine_has(Isa isa) {
  switch (isa) {
    case Isa::scalar:
      return true;
#if defined(__x86_64__)
    case Isa::sse2:
      return true;
    case Isa::avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Isa::avx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("fma");
#elif defined(__aarch64__)
    case Isa::neon64:
      return true;
#endif
    default:
      return false;
  }
}

std::string supported_names() {
  std::string names;
  for (Isa isa : supported_isas())
    names += (names.empty() ? "" : ", ") + std::string(isa_name(isa));
  return names;
}

constexpr const char* kOption = "--isa";

Isa parse_cap(std::string_view name, const char* source) {
  const auto refuse = [&](const char* why) {
    const std::string text = source + (" \"" + std::string(name)) + "\" " + why +
                             "; this machine has " + supported_names();
    if (source == kOption) fail_usage("isa", text);
    fail("isa", text);
  };
  const auto found = std::find_if(std::begin(all_isas), std::end(all_isas),
                                  [&](Isa isa) { return name == isa_name(isa); });
  if (found == std::end(all_isas)) refuse("is no instruction set");
  if (!machine_has(*found)) refuse("cannot run here");
  return *found;
}

// Where the cap comes from, and its name; an empty name means no cap.
struct Cap {
  const char* source;
  std::string_view name;
};
Cap current_cap() {
  if (!forced_name().empty()) return {kOption, forced_name()};
  const char* text = std::getenv("SONANT_ISA");
  return {"SONANT_ISA", text ? text : ""};
}

}  // namespace

const char* isa_name(Isa isa) {
  constexpr const char* names[] = {"scalar", "sse2", "avx2", "avx512", "neon64"};
  return names[static_cast<int>(isa)];
}

bool isa_supported(Isa isa) { return machine_has(isa); }

std::vector<Isa> supported_isas() {
  std::vector<Isa> found;
  std::copy_if(std::begin(all_isas), std::end(all_isas), std::back_inserter(found), machine_has);
  return found;
}

Isa active_isa() {
  const Cap cap = current_cap();
  static const Isa best = supported_isas().back();  // asked for at every call of a kernel
  return cap.name.empty() ? best : parse_cap(cap.name, cap.source);
}

void set_isa_cap(std::string_view name) {
  if (!name.empty()) parse_cap(name, kOption);
  forced_name() = name;
}

std::string isa_report() {
  const Cap cap = current_cap();
  const std::string chosen = isa_name(active_isa());
  if (cap.name.empty()) return chosen + ": the best of " + supported_names();
  return chosen + ": set by " + cap.source + "; this machine has " + supported_names();
}

}  // namespace sonant
