#include <sonant/train/experiment/arithmetic.h>

#include <algorithm>

#include <sonant/core/error.h>
#include <sonant/core/file.h>
#include <sonant/core/kernels/isa.h>
#include <sonant/core/ops/lstm.h>

namespace sonant {
namespace {

constexpr const char* kAt = "arithmetic";
constexpr const char* kMixed = "any";

std::string differs(const std::string& what, const std::string& there, const std::string& here,
                    const std::string& expected) {
  if (there == here) return "";
  return "this experiment has " + what + " " + there + ", this process " + here + "; " + expected;
}

// The named set, if this machine has it and may use it.
bool can_cap_to(const std::string& isa) {
  const auto all = supported_isas();
  const auto found = std::ranges::find_if(all, [&](Isa i) { return isa_name(i) == isa; });
  return found != all.end() && features_of(*found).is_subset_of(active_features());
}

}  // namespace

Json arithmetic_json(const Environment& e, bool mixed) {
  if (mixed) return kMixed;
  return {{"version", e.version}, {"kernel", e.kernel}, {"isa", e.isa}, {"blas", e.blas}};
}

std::optional<Environment> arithmetic_in(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "experiment.json";
  if (!std::filesystem::exists(file)) return std::nullopt;
  const Json json = Json::parse_or_null(read_text(file, kAt));
  if (!json.is_object() || !json.contains("arithmetic")) return std::nullopt;
  const Json& there = json.at("arithmetic");
  if (!there.is_object()) return std::nullopt;
  try {
    return Environment{.version = there.at("version"),
                       .build = "",
                       .kernel = there.at("kernel"),
                       .isa = there.at("isa"),
                       .blas = there.at("blas")};
  } catch (const JsonError& error) {
    fail(kAt, file.native(), ": is damaged: ", error.what());
  }
}

std::string adopt_arithmetic(const Environment& there,
                             const std::function<void(const std::string&)>& note) {
  const auto say = [&](const std::string& text) {
    if (note) note(text);
  };
  const std::string here = isa_name(active_isa());
  if (there.isa != here && can_cap_to(there.isa)) {
    set_isa_cap(there.isa);
    say("this experiment is " + there.isa + ": so is this process, which could do " + here);
  }
  if (there.isa == isa_name(active_isa()) && there.kernel != default_lstm_kernel()) {
    say("this experiment has the LSTM kernel " + there.kernel + ": so has this process");
    set_default_lstm_kernel(there.kernel);
  }
  Environment now = this_environment();
  const std::string blas = now.blas == there.blas ? "" : there.blas;
  if (!blas.empty()) now.blas = there.blas;
  const std::string difference = arithmetic_difference(there, now);
  check(difference.empty(), kAt, difference);
  return blas;
}

std::string arithmetic_difference(const Environment& there, const Environment& here) {
  std::string text = differs("version", there.version, here.version,
                             "expected the same on every host, or another folder");
  if (text.empty() && there.isa != here.isa)
    text = "this experiment is " + there.isa + ", this host has " + here.isa +
           ": start it anew with --isa " + here.isa + ", or ask for --constraint";
  if (text.empty())
    text =
        differs("the LSTM kernel", there.kernel, here.kernel, "expected --kernel " + there.kernel);
  if (text.empty())
    text = differs("the OpenBLAS core", there.blas, here.blas,
                   "expected OPENBLAS_CORETYPE=" + there.blas);
  return text;
}

}  // namespace sonant
