#include <sonant/core/kernels/isa.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>

#include <sonant/core/usage.h>

namespace sonant {
namespace {

struct Named {
  Isa isa;
  const char* name;
  bool for_all;  // kernels of every kind come in it
};
constexpr Named sets[] = {
    {Isa::scalar, "scalar", true},
    {Isa::sse2, "sse2", true},
    {Isa::avx2, "avx2", true},
    {Isa::avx512, "avx512", true},
    {Isa::neon64, "neon64", true},
    {Isa::avx512_bf16, "avx512-bf16", false},
    {Isa::avx512_vnni, "avx512-vnni", false},
    {Isa::amx, "amx", false},
};

constexpr const char* kOption = "--isa";
constexpr const char* kVariable = "SONANT_ISA";

// What was asked for; an empty name is no cap. A name from the environment may be wrong, which is
// told to whoever needs it.
struct Cap {
  const char* source;
  std::string name;
  std::optional<Isa> isa;
};

std::optional<Isa> isa_of(std::string_view name) {
  const auto found = std::find_if(std::begin(sets), std::end(sets),
                                  [&](const Named& s) { return name == s.name; });
  return found == std::end(sets) ? std::nullopt : std::optional(found->isa);
}

Cap environment_cap() {
  const char* text = std::getenv(kVariable);
  const std::string name = text ? text : "";
  return {kVariable, name, isa_of(name)};
}

Cap& current_cap() {
  static Cap cap = environment_cap();
  return cap;
}

std::string supported_names() {
  std::string names;
  for (Isa isa : supported_isas())
    names += (names.empty() ? "" : ", ") + std::string(isa_name(isa));
  return names;
}

void check_possible(const Cap& cap) {
  if (cap.name.empty() || (cap.isa && isa_supported(*cap.isa))) return;
  const std::string text = cap.source + (" \"" + cap.name) + "\" " +
                           (cap.isa ? "cannot run here" : "is no instruction set") +
                           "; this machine has " + supported_names();
  if (cap.source == kOption) fail_usage("isa", text);
  fail("isa", text);
}

Isa best_for_all() {
  Isa best = Isa::scalar;
  for (const Named& set : sets)
    if (set.for_all && isa_supported(set.isa)) best = set.isa;
  return best;
}

}  // namespace

const char* isa_name(Isa isa) {
  return std::find_if(std::begin(sets), std::end(sets),
                      [=](const Named& s) { return s.isa == isa; })
      ->name;
}

bool isa_supported(Isa isa) { return features_of(isa).is_subset_of(machine_features()); }

std::vector<Isa> supported_isas() {
  std::vector<Isa> found;
  for (const Named& set : sets)
    if (isa_supported(set.isa)) found.push_back(set.isa);
  return found;
}

CpuFeatures active_features() {
  const Cap& cap = current_cap();
  check_possible(cap);
  return cap.isa ? features_of(*cap.isa) : machine_features();
}

Isa active_isa() {
  const Cap& cap = current_cap();
  check_possible(cap);
  return cap.isa ? *cap.isa : best_for_all();
}

void set_isa_cap(std::string_view name) {
  Cap cap = name.empty() ? environment_cap() : Cap{kOption, std::string(name), isa_of(name)};
  if (cap.source == kOption) check_possible(cap);
  current_cap() = std::move(cap);
}

std::string isa_report() {
  const std::string chosen = isa_name(active_isa());
  const Cap& cap = current_cap();
  if (cap.name.empty()) return chosen + ": the best of " + supported_names();
  return chosen + ": set by " + cap.source + "; this machine has " + supported_names();
}

std::string features_text(CpuFeatures features) {
  for (const Named& set : sets)
    if (features_of(set.isa) == features) return set.name;
  // The largest named set in it, and the rest by name.
  Isa base = Isa::scalar;
  for (const Named& set : sets)
    if (features_of(set.isa).is_subset_of(features)) base = set.isa;
  std::string text = base == Isa::scalar ? "" : isa_name(base);
  for (int n = 0; n < static_cast<int>(CpuFeature::count); ++n) {
    const auto one = static_cast<CpuFeature>(n);
    if (CpuFeatures(one).is_subset_of(features) &&
        !CpuFeatures(one).is_subset_of(features_of(base)))
      text += (text.empty() ? "" : "+") + std::string(feature_name(one));
  }
  return text;
}

}  // namespace sonant
