// Every row of the registry against the first one in double.
#include "support/catch.h"
#include "support/map_case.h"

using namespace sonant;
using kernels::MapKernel;

TEMPLATE_TEST_CASE("map kernels agree with the reference in double", "[kernels]", float, double) {
  using T = TestType;
  for (const kernels::MapWindows& w : map_cases()) {
    const auto expected = run_map(kernels::map_kernels<double>().reference(), w, 3);
    for (const MapKernel<T>* row : kernels::map_kernels<T>().usable_rows()) {
      INFO(kernels::label(*row) << ": " << w.height << "x" << w.width << "x" << w.channels
                                << ", windows " << w.window_height << "x" << w.window_width);
      CHECK(map_error(run_map(*row, w, 3), expected) <= row->accuracy);
    }
  }
}
