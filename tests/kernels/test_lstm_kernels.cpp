#include <map>
#include <string>

#include <sonant/core/error.h>
#include <sonant/core/kernels/lstm.h>

#include "support/catch.h"
#include "support/lstm_case.h"

using namespace sonant;
using kernels::LstmKernel;

namespace {

// Worst error of each row over all cases, reported at the end.
template <Real T>
void check_rows(double limit) {
  const LstmKernel<double>& reference = kernels::find_lstm_kernel<double>("reference");
  std::map<std::string, LstmError> worst;
  for (const LstmCase& c : lstm_cases()) {
    const LstmResult<double> expected = run_lstm(reference, c);
    for (const LstmKernel<T>& row : kernels::lstm_kernels<T>()) {
      if (!isa_supported(row.isa)) continue;
      const std::string name = std::string(row.name) + " " + isa_name(row.isa);
      const LstmError error = compare(run_lstm(row, c), expected);
      INFO(name << " " << c << ": " << error.where << ", " << error.worst / limit
                << " of the limit");
      CHECK(error.worst <= limit);
      if (error.worst >= worst[name].worst) worst[name] = error;
    }
  }
  for (const auto& [name, error] : worst)
    WARN(name << ": at most " << error.worst << " (limit " << limit << ") at " << error.where);
}

}  // namespace

TEST_CASE("LSTM kernels in double agree with the reference", "[kernels]") {
  check_rows<double>(2e-14);
}

TEST_CASE("LSTM kernels in float agree with the double reference", "[kernels]") {
  check_rows<float>(5e-6);
}
