#include <sonant/core/ops/dropout.h>
#include <sonant/core/parallel.h>

#include "support/close.h"
#include "support/golden.h"

using namespace sonant;
using namespace sonant::test;

namespace {

// Dropout of `size` ones: zeros and 1/(1-p).
Tensor<float> dropped(std::uint64_t seed, std::uint64_t step, std::int64_t size, double p,
                      int earlier_ops = 0) {
  Tape<float> tape(TapeMode::record, seed, step);
  const auto x = tape.constant(Tensor<float>({size}, 1.0f));
  for (int i = 0; i < earlier_ops; ++i) dropout(x, 0.5, true);
  return dropout(x, p, true).value();
}

std::int64_t kept(const Tensor<float>& y) {
  std::int64_t n = 0;
  for (float v : y.span()) n += v != 0;
  return n;
}

}  // namespace

TEST_CASE("dropout: the expectation stays, the share dropped is p", "[core][ops]") {
  constexpr std::int64_t size = 100000;
  for (double p : {0.1, 0.5, 0.9}) {
    const auto y = dropped(3, 4, size, p);
    const auto scale = static_cast<float>(1 / (1 - p));
    for (float v : y.span()) REQUIRE((v == 0 || v == scale));
    const double deviation = std::sqrt(size * p * (1 - p));
    CHECK(std::abs(static_cast<double>(kept(y)) - size * (1 - p)) < 4 * deviation);
  }
}

TEST_CASE("dropout: the identity in evaluation and for p = 0", "[core][ops]") {
  Tape<double> tape;
  const auto x = tape.variable(normal({4}));
  CHECK(dropout(x, 0.5, false).value() == x.value());
  CHECK(dropout(x, 0.0, true).value() == x.value());
  CHECK(tape.size() == 1);  // nothing was recorded
}

TEST_CASE("dropout: the mask is a function of seed, step, op and element", "[core][ops]") {
  const auto y = dropped(3, 4, 1000, 0.5);
  CHECK(dropped(3, 4, 1000, 0.5) == y);
  CHECK(dropped(4, 4, 1000, 0.5) != y);
  CHECK(dropped(3, 5, 1000, 0.5) != y);
  CHECK(dropped(3, 4, 1000, 0.5, 1) != y);
  const auto longer = dropped(3, 4, 1001, 0.5);
  CHECK(std::equal(y.span().begin(), y.span().end(), longer.span().begin()));
  // What is kept in one is independent of what is kept in another: half of it agrees.
  const auto other = dropped(3, 5, 100000, 0.5), first = dropped(3, 4, 100000, 0.5);
  std::int64_t agree = 0;
  for (std::int64_t i = 0; i < other.size(); ++i) agree += other[i] == first[i];
  CHECK(std::abs(static_cast<double>(agree) - 50000) < 4 * std::sqrt(25000.0));
}

TEST_CASE("dropout: golden masks", "[core][ops]") {
  // tests/golden/gen_random.py
  const auto mask = [](std::uint64_t seed, std::uint64_t step, int op, double p) {
    const Tensor<float> y = dropped(seed, step, 24, p, op);
    std::string text;
    for (float v : y.span()) text += v != 0 ? '1' : '0';
    return text;
  };
  CHECK(mask(3, 4, 0, 0.5) == "010001110001011100111100");
  CHECK(mask(3, 5, 0, 0.5) == "000110001101000101101000");
  CHECK(mask(3, 4, 1, 0.5) == "001000111111000011111011");
  CHECK(mask(4, 4, 0, 0.5) == "010000010001100010110000");
  CHECK(mask(3, 4, 0, 0.3) == "010101111001011110111110");
}

TEST_CASE("dropout: the same bits with any number of threads, and after clear()", "[core][ops]") {
  set_num_threads(1);
  const auto y = dropped(7, 0, 1003, 0.3);
  set_num_threads(2);
  CHECK(dropped(7, 0, 1003, 0.3) == y);
  Tape<float> tape(TapeMode::record, 7, 0);
  for (int run : {0, 1}) {
    INFO("run " << run);
    CHECK(dropout(tape.constant(Tensor<float>({1003}, 1.0f)), 0.3, true).value() == y);
    tape.clear();
  }
}

TEST_CASE("dropout: derivatives equal finite differences", "[core][ops]") {
  check_gradients([](auto&, const Vars& x) { return dropout(x[0], 0.4, true); },
                  {normal({5, 6}, 2)});
  check_gradients([](auto&, const Vars& x) { return dropout(dropout(x[0], 0.2, true), 0.2, true); },
                  {normal({5, 6}, 2)});
}

TEST_CASE("dropout: wrong probabilities are named", "[core][ops]") {
  Tape<float> tape;
  const auto x = tape.constant(Tensor<float>({2}));
  CHECK_THROWS_WITH(dropout(x, 1.0, true), "[dropout] expects a probability 0 <= p < 1, got 1");
  CHECK_THROWS_WITH(dropout(x, -0.1, false), ContainsSubstring("got -0.1"));
  CHECK_THROWS_WITH(dropout(x, std::nan(""), false), ContainsSubstring("[dropout]"));
}
