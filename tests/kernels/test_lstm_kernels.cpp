#include <map>
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
void check_rows() {
  std::map<const LstmKernel<T>*, LstmError> worst;
  for (const LstmCase& c : lstm_cases()) {
    const LstmResult<double> expected = run_lstm(kernels::lstm_kernels<double>().reference(), c);
    for (const LstmKernel<T>* row : kernels::lstm_kernels<T>().usable_rows()) {
      const LstmError error = compare(run_lstm(*row, c), expected);
      INFO(kernels::label(*row) << " " << c << ": " << error.where << ", "
                                << error.worst / row->accuracy << " of the limit");
      CHECK(error.worst <= row->accuracy);
      if (error.worst >= worst[row].worst) worst[row] = error;
    }
  }
  for (const auto& [row, error] : worst)
    WARN(kernels::label(*row) << ": at most " << error.worst << " (limit " << row->accuracy
                              << ") at " << error.where);
}

}  // namespace

TEST_CASE("LSTM kernels in double agree with the reference", "[kernels]") { check_rows<double>(); }

TEST_CASE("LSTM kernels in float agree with the double reference", "[kernels]") {
  check_rows<float>();
}

TEST_CASE("LSTM kernels: steps that fill a chunk exactly, or one row more or less", "[kernels]") {
  // The kernels work on 256 rows at a time, or on a step where it has more.
  const auto& rows = kernels::lstm_kernels<double>();
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
      const LstmResult<double> expected = run_lstm(rows.reference(), c);
      for (const LstmKernel<double>* row : rows.usable_rows()) {
        INFO(kernels::label(*row) << " " << c);
        CHECK(compare(run_lstm(*row, c), expected).worst <= row->accuracy);
      }
    }
  }
}
