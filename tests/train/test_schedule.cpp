#include <sonant/core/error.h>
#include <sonant/core/npz.h>
#include <sonant/train/schedule.h>

#include "support/catch.h"
#include "support/files.h"

using namespace sonant;

TEST_CASE("Cosine annealing with warm restarts is PyTorch's", "[train]") {
  const Npz golden = Npz::read(test::golden("optim.npz"));
  for (const auto& [t0, t_mult] : {std::pair{1, 1}, {10, 1}, {3, 2}, {7, 3}}) {
    const Schedule schedule{.lr = 3e-3, .eta_min = 3e-5, .t0 = t0, .t_mult = t_mult};
    const Tensor<double> rates =
        golden.real("cosine_" + std::to_string(t0) + "_" + std::to_string(t_mult));
    REQUIRE(rates.size() == 40);
    for (int epoch = 0; epoch < 40; ++epoch) {
      INFO("t0 " << t0 << ", t_mult " << t_mult << ", epoch " << epoch);
      CHECK(schedule.rate(epoch) == Approx(rates[epoch]).epsilon(1e-14));
    }
  }
}

TEST_CASE("A cycle of one epoch and the constant schedule keep the rate", "[train]") {
  CHECK(Schedule{.lr = 0.5, .t0 = 1}.rate(17) == 0.5);
  CHECK(Schedule{.name = "constant", .lr = 0.5, .t0 = 4}.rate(3) == 0.5);
}

TEST_CASE("Schedules refuse impossible settings", "[train]") {
  CHECK_THROWS_AS(Schedule{.name = "linear"}.rate(0), Error);
  CHECK_THROWS_AS(Schedule{.t0 = 0}.rate(0), Error);
  CHECK_THROWS_AS(Schedule{.t_mult = 0}.rate(0), Error);
  CHECK_THROWS_AS((Schedule{.lr = 1, .eta_min = 2}.rate(0)), Error);
  CHECK_THROWS_AS(Schedule{}.rate(-1), Error);
}
