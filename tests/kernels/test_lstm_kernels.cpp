#include <map>
#include <string>

#include <sonant/core/error.h>
#include <sonant/core/kernels/lstm.h>
#include <sonant/core/random.h>

#include "support/catch.h"
#include "support/lstm_case.h"

using namespace sonant;
using kernels::LstmKernel;

namespace {

// Lengths 1..T, the first one T.
std::vector<int> random_lengths(int B, int T, std::uint64_t seed) {
  std::vector<int> lengths = {T};
  for (int b = 1; b < B; ++b)
    lengths.push_back(1 +
                      static_cast<int>(Random(seed).uniform(static_cast<std::uint64_t>(b)) * T));
  return lengths;
}

// Every pair (H, D) of the sizes; batch, length and options change from case to case, so that all
// of their values meet sizes of every kind.
std::vector<LstmCase> cases() {
  constexpr int sizes[] = {1, 7, 8, 9, 31, 46, 64};
  constexpr int batches[] = {1, 64, 7, 8, 31, 9, 46, 2};
  std::vector<LstmCase> all;
  for (int H : sizes)
    for (int D : sizes) {
      const auto n = all.size();
      const int B = batches[n % 8], T = n % 5 == 3 ? 1 : 4 + static_cast<int>(n % 3) * 3;
      all.push_back({.D = D,
                     .H = H,
                     .lengths = random_lengths(B, T, n),
                     .reverse = n % 2 == 1,
                     .initial = n % 3 != 1,
                     .state_gradients = n % 4 != 2,
                     .shards = 1 + static_cast<int>(n % 3)});
    }
  all.push_back({.D = 9, .H = 17, .lengths = {400, 1, 399, 64}});
  all.push_back({.D = 16, .H = 16, .lengths = {65, 64, 3}, .reverse = true, .initial = true});
  // More sequences than rows in a chunk.
  all.push_back({.D = 3, .H = 5, .lengths = random_lengths(150, 3, 1), .shards = 2});
  for (LstmCase& c : all) c.shards = std::min(c.shards, static_cast<int>(c.lengths.size()));
  return all;
}

// Worst error of each row over all cases, reported at the end.
template <Real T>
void check_rows(double limit) {
  const LstmKernel<double>& reference = kernels::find_lstm_kernel<double>("reference");
  std::map<std::string, LstmError> worst;
  for (const LstmCase& c : cases()) {
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
