// Every streaming kernel against the scalar one in double, for sizes that leave tails, over some
// steps, in memory of exactly the size that the kernel asks for.
#include <algorithm>
#include <map>
#include <string>

#include <sonant/core/error.h>

#include "support/catch.h"
#include "support/stream_case.h"

using namespace sonant;
using kernels::StreamKernel;

namespace {

template <Real T>
void check_rows(double limit) {
  const StreamKernel<double>& reference = kernels::stream_kernels<double>().front();
  std::map<std::string, double> worst;
  for (const StreamCase& c : stream_cases()) {
    const std::vector<double> expected = run_stream(reference, c);
    for (const StreamKernel<T>& row : kernels::stream_kernels<T>()) {
      if (!isa_supported(row.isa)) continue;
      const std::string name = std::string(row.name) + " " + isa_name(row.isa);
      const double error = worst_error(run_stream(row, c), expected);
      INFO(name << " " << c);
      CHECK(error <= limit);
      worst[name] = std::max(worst[name], error);
    }
  }
  for (const auto& [name, error] : worst) WARN(name << ": at most " << error);
}

}  // namespace

TEST_CASE("streaming kernels in double agree with the reference", "[kernels][streaming]") {
  check_rows<double>(2e-14);
}

TEST_CASE("streaming kernels in float agree with the double reference", "[kernels][streaming]") {
  check_rows<float>(5e-6);
}

TEST_CASE("the fastest streaming kernel is the default, and others go by name", "[kernels]") {
  CHECK(kernels::find_stream_kernel<float>("").isa == active_isa());
  CHECK(std::string(kernels::find_stream_kernel<float>("reference").name) == "reference");
  CHECK_THROWS_WITH(kernels::find_stream_kernel<float>("blas"),
                    ContainsSubstring("no kernel \"blas\"") && ContainsSubstring("reference"));
}
