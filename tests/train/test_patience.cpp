#include <sonant/core/usage.h>
#include <sonant/train/patience.h>

#include <cmath>
#include <vector>

#include "support/catch.h"

using namespace sonant;

namespace {

// In which of the epochs, from 0, patience has run out.
std::vector<bool> told(Patience patience, const std::vector<double>& figures) {
  std::vector<bool> over;
  for (double figure : figures) over.push_back(patience.tell(figure));
  return over;
}

}  // namespace

TEST_CASE("Patience runs out after so many epochs in a row that are no better", "[train]") {
  using Over = std::vector<bool>;
  CHECK(told(Patience(2), {0.5, 0.5, 0.4, 0.3, 0.6, 0.6}) == Over{0, 0, 1, 1, 0, 0});
  CHECK(told(Patience(1), {0.5, 0.6, 0.6}) == Over{0, 0, 1});
  CHECK(told(Patience(2, 0, Better::lower), {3, 2, 2, 4, 1}) == Over{0, 0, 0, 1, 0});
  // Better by min_delta alone is not better; and it is the best that counts, not the last.
  CHECK(told(Patience(2, 0.25), {1, 1.25, 1.125, 1.375}) == Over{0, 0, 1, 0});
  CHECK(told(Patience(2, 0.25, Better::lower), {1, 0.75, 0.5}) == Over{0, 0, 0});
}

TEST_CASE("A figure that is no number is never better", "[train]") {
  const double nan = std::nan("");
  CHECK(told(Patience(2), {nan, nan, 0.1, nan, nan}) == std::vector<bool>{0, 1, 0, 0, 1});
  Patience patience(3);
  patience.tell(nan);
  CHECK_FALSE(patience.best());
  patience.tell(-2.0);
  CHECK(patience.best() == -2.0);
}

TEST_CASE("Patience that is told the records of a run is where the run was", "[train]") {
  const std::vector<double> figures = {0.3, 0.5, 0.45, 0.5, 0.52, 0.1, 0.2, 0.3};
  for (std::size_t done = 0; done <= figures.size(); ++done) {
    Patience straight(3), resumed(3);
    for (std::size_t k = 0; k < done; ++k) straight.tell(figures[k]);
    resumed.tell(std::span(figures).first(done));
    CHECK(straight.best() == resumed.best());
    CHECK(straight.waited() == resumed.waited());
  }
  Patience patience(3);
  CHECK(patience.tell(figures));
  patience.wait_anew();
  CHECK(patience.waited() == 0);
  CHECK(patience.best() == 0.52);
  CHECK_FALSE(patience.tell(0.5));
}

TEST_CASE("Patience refuses impossible settings", "[train]") {
  CHECK_THROWS_AS(Patience(0), UsageError);
  CHECK_THROWS_AS(Patience(1, -0.1), UsageError);
  CHECK_THROWS_AS(Patience(1, std::nan("")), UsageError);
}
