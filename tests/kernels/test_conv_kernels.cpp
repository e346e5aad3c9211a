// Every row of the registry against the first one in double: forward, both gradients, and what is
// added to.
#include <algorithm>
#include <map>

#include "support/catch.h"
#include "support/conv_case.h"

using namespace sonant;
using kernels::ConvKernel;

TEMPLATE_TEST_CASE("convolution kernels agree with the reference in double", "[kernels]", float,
                   double) {
  using T = TestType;
  std::map<const ConvKernel<T>*, double> worst;
  for (const ConvCase& c : conv_cases()) {
    const auto expected = run_conv(kernels::conv_kernels<double>().reference(), c);
    for (const ConvKernel<T>* row : kernels::conv_kernels<T>().usable_rows()) {
      const double error = conv_error(run_conv(*row, c), expected);
      INFO(kernels::label(*row) << ", " << c);
      CHECK(error <= row->accuracy);
      worst[row] = std::max(worst[row], error);
    }
  }
  for (const auto& [row, error] : worst)
    WARN(kernels::label(*row) << ": at most " << error << " (limit " << row->accuracy << ")");
}
