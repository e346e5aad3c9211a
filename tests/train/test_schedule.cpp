#include <sonant/core/error.h>
#include <sonant/core/npz.h>
#include <sonant/core/usage.h>
#include <sonant/train/schedule.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

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

TEST_CASE("Steps are StepLR's", "[train]") {
  const Schedule schedule{.name = "step", .lr = 0.5, .factor = 0.25, .step_size = 3};
  double rate = 0.5;  // as StepLR goes on from epoch to epoch
  for (int epoch = 0; epoch < 20; ++epoch) {
    if (epoch > 0 && epoch % 3 == 0) rate *= 0.25;
    INFO("epoch " << epoch);
    CHECK(schedule.rate(epoch) == Approx(rate).epsilon(1e-14));
  }
}

namespace {

// torch.optim.lr_scheduler.ReduceLROnPlateau(threshold_mode="abs", cooldown=0, eps=0), told a
// figure after each epoch; rates[e] is that of epoch e.
std::vector<double> reduce_on_plateau(const Schedule& s, const std::vector<double>& figures) {
  const bool max = s.better == Better::higher;
  const int patience = s.patience - 1;  // its own reduces when there are more bad epochs than that
  double best =
      max ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  int bad = 0;
  std::vector<double> rates = {s.lr};
  for (double figure : figures) {
    double lr = rates.back();
    if (max ? figure > best + s.min_delta : figure < best - s.min_delta) {
      best = figure;
      bad = 0;
    } else {
      ++bad;
    }
    if (bad > patience) {
      lr = std::max(lr * s.factor, s.eta_min);
      bad = 0;
    }
    rates.push_back(lr);
  }
  return rates;
}

const std::vector<double> kFigures = {0.3,  0.4,  0.4, 0.35, 0.41,         0.41, 0.42, 0.40, 0.39,
                                      0.38, 0.50, 0.2, 0.2,  std::nan(""), 0.2,  0.2,  0.6,  0.1};

}  // namespace

TEST_CASE("The plateau is ReduceLROnPlateau's", "[train]") {
  for (int patience : {1, 2, 3, 30})
    for (double min_delta : {0.0, 0.015})
      for (auto better : {Better::higher, Better::lower}) {
        const Schedule s{.name = "plateau",
                         .lr = 0.5,
                         .eta_min = 0.01,
                         .factor = 0.5,
                         .patience = patience,
                         .min_delta = min_delta,
                         .better = better};
        const auto expected = reduce_on_plateau(s, kFigures);
        for (std::size_t epoch = 0; epoch <= kFigures.size(); ++epoch) {
          INFO("patience " << patience << ", min_delta " << min_delta << ", epoch " << epoch);
          // Of all figures, and of those that there are then: what is still to come is not seen.
          CHECK(s.rate(static_cast<int>(epoch), kFigures) == expected[epoch]);
          CHECK(s.rate(static_cast<int>(epoch), std::span(kFigures).first(epoch)) ==
                expected[epoch]);
        }
      }
  CHECK_THROWS_WITH(Schedule{.name = "plateau"}.rate(3, std::span(kFigures).first(2)),
                    ContainsSubstring("expects the figures of the 3 epochs before, got 2"));
}

TEST_CASE("light-sernet goes down as its authors' program does", "[train]") {
  const Schedule schedule{.name = "light-sernet", .lr = 1e-4};
  // Their callback, epoch by epoch: if epoch >= 50 and epoch % 20 == 0: lr *= exp(-0.15).
  double rate = 1e-4;
  for (int epoch = 0; epoch < 300; ++epoch) {
    if (epoch >= 50 && epoch % 20 == 0) rate *= std::exp(-0.15);
    CHECK(schedule.rate(epoch) == Approx(rate).epsilon(1e-13));
  }
  CHECK(schedule.rate(299) == Approx(1.65e-5).epsilon(2e-3));  // as published
  CHECK(schedule.rate(1000) == schedule.rate(299));
}

TEST_CASE("A warm-up is LinearLR's, and the schedule begins after it", "[train]") {
  for (const std::string name : {"constant", "cosine", "step", "plateau", "light-sernet"}) {
    INFO(name);
    Schedule s{.name = name, .lr = 0.5, .step_size = 2, .patience = 1};
    Schedule warm = s;
    warm.warmup = 4;
    for (int epoch = 0; epoch < 4; ++epoch) {
      // LinearLR(start_factor=1/4, end_factor=1, total_iters=3)
      const double factor = 0.25 + (1 - 0.25) * epoch / 3.0;
      CHECK(warm.rate(epoch) == Approx(0.5 * factor).epsilon(1e-14));
    }
    // The figures of the warm-up are not watched.
    const std::vector<double> figures = {9, 8, 7, 6, 0.1, 0.2, 0.1, 0.1, 0.1, 0.3, 0.1};
    for (int epoch = 4; epoch < 12; ++epoch)
      CHECK(warm.rate(epoch, figures) == s.rate(epoch - 4, std::span(figures).subspan(4)));
  }
  // In steps: batch k of 5 in epoch 1 of 2 is step 5 + k of 10.
  const Schedule warm{.name = "constant", .lr = 0.5, .warmup = 2};
  for (int k = 0; k < 5; ++k) CHECK(warm.rate(1, {}, (k + 1) / 5.0) == Approx(0.05 * (6 + k)));
  CHECK(warm.rate(1, {}, 1.0) == 0.5);
  CHECK(warm.rate(2, {}, 0.2) == 0.5);
}

namespace {

struct Polynomial {
  double power = 1;
  int length = 100;
};
SettingTable settings_of(const Polynomial&) {
  static constexpr std::array table{
      setting<&Polynomial::power>("power", "of what is left").at_least(0),
      setting<&Polynomial::length>("length", "until the rate is 0").at_least(1)};
  return table;
}

}  // namespace

TEST_CASE("A program's own schedule is a row like ours", "[train]") {
  register_schedule({"polynomial", "down to 0 along a power of what is left", Polynomial{},
                     [](const Schedule& s, int epoch, std::span<const double>) {
                       const auto& own = s.own.as<Polynomial>();
                       const double left = std::max(1.0 - double(epoch) / own.length, 0.0);
                       return s.lr * std::pow(left, own.power);
                     }});
  CHECK(Schedule{.name = "polynomial", .lr = 0.5}.rate(50) == Approx(0.25));
  const Schedule s{.name = "polynomial", .lr = 0.5, .warmup = 3, .own = Polynomial{.power = 2}};
  CHECK(s.rate(0) == Approx(0.5 / 3));
  CHECK(s.rate(3) == 0.5);
  CHECK(s.rate(53) == Approx(0.125));
  CHECK(known_schedules() == std::vector<std::string>{"cosine", "constant", "step", "plateau",
                                                      "light-sernet", "polynomial"});
  CHECK_THROWS_WITH((Schedule{.name = "polynomial", .own = Polynomial{.power = -1}}.rate(0)),
                    ContainsSubstring("[polynomial] expects power >= 0, got -1"));
  CHECK_THROWS_WITH((Schedule{.own = Polynomial{}}.rate(0)),
                    ContainsSubstring("[cosine] expects no settings of its own"));
  CHECK_THROWS_AS(register_schedule(find_schedule("step")), Error);
}

TEST_CASE("Schedules refuse impossible settings", "[train]") {
  const auto refused = [](const Schedule& s, const char* why) {
    CHECK_THROWS_WITH(s.rate(0), ContainsSubstring(why));
    CHECK_THROWS_AS(s.validate(), UsageError);
  };
  refused({.name = "linear"}, "expects schedule from cosine, constant, step, plateau");
  refused({.lr = std::nan("")}, "expects lr >= 0, got nan");
  refused({.eta_min = -1}, "expects eta_min >= 0, got -1");
  refused({.lr = 1, .eta_min = 2}, "expects eta_min <= lr = 1, got 2");
  refused({.t0 = 0}, "expects t0 >= 1, got 0");
  refused({.t_mult = 0}, "expects t_mult >= 1, got 0");
  refused({.factor = 0}, "expects factor in (0, 1], got 0");
  refused({.factor = 1.5}, "expects factor in (0, 1], got 1.5");
  refused({.step_size = 0}, "expects step_size >= 1, got 0");
  refused({.patience = 0}, "expects patience >= 1, got 0");
  refused({.min_delta = -1}, "expects min_delta >= 0, got -1");
  refused({.warmup = -1}, "expects warmup >= 0, got -1");
  CHECK_THROWS_AS(Schedule{}.rate(-1), Error);
  CHECK_THROWS_AS(Schedule{}.rate(0, {}, 0.0), Error);
  CHECK_THROWS_AS(Schedule{}.rate(0, {}, 1.5), Error);
  Schedule read;
  from_json(read, Json::parse(R"({"schedule": "plateau", "better": "lower"})"));
  CHECK(read.better == Better::lower);
}
