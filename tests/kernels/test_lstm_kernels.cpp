#include <map>
#include <string>
#include <utility>
#include <vector>

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

TEST_CASE("LSTM kernels: steps that fill a chunk exactly, or one row more or less", "[kernels]") {
  // The kernels work on 256 rows at a time, or on a step where it has more.
  const LstmKernel<double>& reference = kernels::find_lstm_kernel<double>("reference");
  for (const auto& [sequences, length] : {std::pair{256, 1},
                                          {256, 3},
                                          {255, 3},
                                          {257, 3},
                                          {128, 4},
                                          {64, 8},
                                          {1, 256},
                                          {1, 257},
                                          {85, 6},
                                          {512, 2}}) {
    LstmCase c{.D = 3, .H = 5, .lengths = std::vector<int>(sequences, length), .initial = true};
    for (bool uneven : {false, true}) {
      // The step behind the first is as full, or the last sequence has ended.
      if (uneven) c.lengths.back() = 1;
      const LstmResult<double> expected = run_lstm(reference, c);
      for (const LstmKernel<double>& row : kernels::lstm_kernels<double>()) {
        if (!isa_supported(row.isa)) continue;
        INFO(row.name << " " << isa_name(row.isa) << " " << c);
        CHECK(compare(run_lstm(row, c), expected).worst <= 2e-14);
      }
    }
  }
}
