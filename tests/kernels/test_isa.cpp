#include <cstdlib>
#include <string>

#include <sonant/core/error.h>
#include <sonant/core/kernels/isa.h>
#include <sonant/core/kernels/lstm.h>

#include "support/catch.h"

using namespace sonant;

namespace {

// Sets SONANT_ISA and takes back what was there before.
class Environment {
 public:
  explicit Environment(const char* value) {
    if (const char* before = std::getenv("SONANT_ISA")) before_ = before;
    setenv("SONANT_ISA", value, 1);
  }
  ~Environment() {
    before_.empty() ? unsetenv("SONANT_ISA") : setenv("SONANT_ISA", before_.c_str(), 1);
  }

 private:
  std::string before_;
};

}  // namespace

TEST_CASE("the best instruction set is taken, and a cap lowers it", "[kernels]") {
  const auto supported = supported_isas();
  REQUIRE(supported.front() == Isa::scalar);
  {
    const Environment none("");
    CHECK(active_isa() == supported.back());
    CHECK_THAT(isa_report(), ContainsSubstring("the best of"));
  }
  for (Isa isa : supported) {
    const Environment cap(isa_name(isa));
    CHECK(active_isa() == isa);
    CHECK_THAT(isa_report(), ContainsSubstring("set by SONANT_ISA"));
    if (isa != Isa::scalar) CHECK(kernels::find_lstm_kernel<float>("simd").isa == isa);
  }
}

TEST_CASE("set_isa_cap wins over the environment", "[kernels]") {
  const Environment environment("scalar");
  set_isa_cap(isa_name(supported_isas().back()));
  CHECK(active_isa() == supported_isas().back());
  CHECK_THAT(isa_report(), ContainsSubstring("set by --isa"));
  set_isa_cap("");
  CHECK(active_isa() == Isa::scalar);
}

TEST_CASE("a cap that cannot be kept is an error that lists what can", "[kernels]") {
  const Environment unknown("avx9000");
  CHECK_THROWS_WITH(active_isa(),
                    ContainsSubstring("SONANT_ISA \"avx9000\" is no instruction set") &&
                        ContainsSubstring("this machine has scalar"));
  CHECK_THROWS_WITH(isa_report(), ContainsSubstring("avx9000"));
  for (Isa isa : {Isa::sse2, Isa::avx2, Isa::avx512, Isa::neon64})
    if (!isa_supported(isa))
      CHECK_THROWS_WITH(
          set_isa_cap(isa_name(isa)),
          ContainsSubstring("cannot run here") && ContainsSubstring("this machine has scalar"));
}

TEST_CASE("a kernel that is not there is an error that lists those that are", "[kernels]") {
  const Environment scalar("scalar");
  CHECK(std::string(kernels::find_lstm_kernel<double>("reference").name) == "reference");
  CHECK_THROWS_WITH(
      kernels::find_lstm_kernel<float>("simd"),
      ContainsSubstring("no kernel \"simd\"") && ContainsSubstring("reference, blas"));
  CHECK_THROWS_WITH(kernels::find_lstm_kernel<float>("fast"),
                    ContainsSubstring("no kernel \"fast\""));
}
