#include <cstdlib>
#include <fstream>
#include <string>

#include <sonant/core/error.h>
#include <sonant/core/kernels/isa.h>
#include <sonant/core/kernels/lstm.h>

#include "support/catch.h"

using namespace sonant;

namespace {

// Sets SONANT_ISA, which is read once and where a cap is taken off, and takes back what was there.
class Environment {
 public:
  explicit Environment(const char* value) {
    if (const char* before = std::getenv("SONANT_ISA")) before_ = before;
    setenv("SONANT_ISA", value, 1);
    set_isa_cap("");
  }
  ~Environment() {
    before_.empty() ? unsetenv("SONANT_ISA") : setenv("SONANT_ISA", before_.c_str(), 1);
    set_isa_cap("");
  }

 private:
  std::string before_;
};

}  // namespace

TEST_CASE("the features are those that the operating system sees", "[kernels]") {
  std::ifstream file("/proc/cpuinfo");
  std::string flags;
  for (std::string line; flags.empty() && std::getline(file, line);)
    if (line.starts_with("flags")) flags = line + " ";
  if (flags.empty()) return;  // no Linux on x86-64
  for (int n = 0; n < static_cast<int>(CpuFeature::neon64); ++n) {
    const auto feature = static_cast<CpuFeature>(n);
    INFO(feature_name(feature));
    CHECK(CpuFeatures(feature).is_subset_of(machine_features()) ==
          (flags.find(std::string(" ") + feature_name(feature) + " ") != std::string::npos));
  }
}

TEST_CASE("instruction sets are sets of features, not points on a line", "[kernels]") {
  const auto bf16 = features_of(Isa::avx512_bf16), vnni = features_of(Isa::avx512_vnni);
  CHECK(features_of(Isa::avx512).is_subset_of(bf16));
  CHECK_FALSE(vnni.is_subset_of(bf16));
  CHECK_FALSE(bf16.is_subset_of(vnni));
  CHECK((bf16 | vnni).is_subset_of(features_of(Isa::amx)));
  CHECK(CpuFeatures().is_subset_of(CpuFeatures()));
  CHECK(features_text(bf16) == "avx512-bf16");
  CHECK(features_text({}) == "scalar");
  CHECK(features_text(features_of(Isa::avx2) | CpuFeature::avx_vnni) == "avx2+avx_vnni");
  CHECK(features_text(CpuFeature::f16c) == "f16c");
}

TEST_CASE("all that the machine has is allowed, and a cap restricts it to a set", "[kernels]") {
  const auto supported = supported_isas();
  REQUIRE(supported.front() == Isa::scalar);
  {
    const Environment none("");
    CHECK(active_features() == machine_features());
    CHECK(features_of(active_isa()).is_subset_of(machine_features()));
    CHECK(kernels::lstm_kernels<float>().find("simd").needs == features_of(active_isa()));
    CHECK_THAT(isa_report(), ContainsSubstring("the best of"));
  }
  for (Isa isa : supported) {
    const Environment cap(isa_name(isa));
    CHECK(active_isa() == isa);
    CHECK(active_features() == features_of(isa));
    CHECK_THAT(isa_report(), ContainsSubstring("set by SONANT_ISA"));
    for (const auto* row : kernels::lstm_kernels<float>().usable_rows())
      CHECK(row->needs.is_subset_of(features_of(isa)));
    if (isa == Isa::sse2 || isa == Isa::avx2 || isa == Isa::avx512 || isa == Isa::neon64)
      CHECK(kernels::lstm_kernels<float>().find("simd").needs == features_of(isa));
  }
}

TEST_CASE("set_isa_cap wins over the environment, which is read once", "[kernels]") {
  const Environment environment("scalar");
  set_isa_cap(isa_name(supported_isas().back()));
  CHECK(active_isa() == supported_isas().back());
  CHECK_THAT(isa_report(), ContainsSubstring("set by --isa"));
  set_isa_cap("");
  CHECK(active_isa() == Isa::scalar);
  setenv("SONANT_ISA", "nonsense", 1);
  CHECK(active_isa() == Isa::scalar);
}

TEST_CASE("a cap that cannot be kept is an error that lists what can", "[kernels]") {
  const Environment unknown("avx9000");
  CHECK_THROWS_WITH(active_isa(),
                    ContainsSubstring("SONANT_ISA \"avx9000\" is no instruction set") &&
                        ContainsSubstring("this machine has scalar"));
  CHECK_THROWS_WITH(isa_report(), ContainsSubstring("avx9000"));
  CHECK_THROWS_WITH(kernels::lstm_kernels<float>().find(), ContainsSubstring("avx9000"));
  for (Isa isa : {Isa::sse2, Isa::avx2, Isa::avx512, Isa::neon64, Isa::avx512_bf16,
                  Isa::avx512_vnni, Isa::amx})
    if (!isa_supported(isa))
      CHECK_THROWS_WITH(
          set_isa_cap(isa_name(isa)),
          ContainsSubstring("cannot run here") && ContainsSubstring("this machine has scalar"));
}

TEST_CASE("a kernel that is not allowed is an error that lists those that are", "[kernels]") {
  const Environment scalar("scalar");
  CHECK_THROWS_WITH(kernels::lstm_kernels<float>().find("simd"),
                    ContainsSubstring("no kernel \"simd\" for instruction set scalar") &&
                        ContainsSubstring("reference, blas"));
}
