#include <map>
#include <utility>

#include <sonant/core/kernels/a_lstm.h>

#include "support/a_lstm_case.h"
#include "support/catch.h"

using namespace sonant;
using kernels::ALstmKernel;

namespace {

// Worst error of each row over all cases, reported at the end.
template <Real T>
void check_rows() {
  std::map<const ALstmKernel<T>*, ALstmError> worst;
  for (const ALstmCase& c : a_lstm_cases()) {
    const auto expected = run_a_lstm(kernels::a_lstm_kernels<double>().reference(), c);
    for (const ALstmKernel<T>* row : kernels::a_lstm_kernels<T>().usable_rows()) {
      const ALstmError error = compare(run_a_lstm(*row, c), expected);
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

TEST_CASE("A-LSTM kernels in double agree with the reference", "[kernels]") {
  check_rows<double>();
}

TEST_CASE("A-LSTM kernels in float agree with the double reference", "[kernels]") {
  check_rows<float>();
}
