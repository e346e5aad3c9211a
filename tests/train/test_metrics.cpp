#include <sonant/core/error.h>
#include <sonant/core/random.h>
#include <sonant/train/metrics.h>

#include <cmath>
#include <utility>
#include <vector>

#include "support/catch.h"

using namespace sonant;

TEST_CASE("Metrics of a small confusion matrix, by hand", "[train]") {
  // Rows true: class 0: 3 right, 1 as 1; class 1: 1 right, 1 as 0; class 2 never occurs but is
  // predicted once for class 1; class 3 neither occurs nor is predicted.
  ConfusionMatrix confusion(4);
  confusion.add(0, 0, 3);
  confusion.add(0, 1);
  confusion.add(1, 1);
  confusion.add(1, 0);
  confusion.add(1, 2);
  const Metrics m = compute_metrics(confusion);
  CHECK(m.count == 7);
  CHECK(m.accuracy == Approx(4.0 / 7));
  CHECK(m.uar == Approx((3.0 / 4 + 1.0 / 3) / 2));
  CHECK(m.per_class[0].support == 4);
  CHECK(m.per_class[0].recall == Approx(0.75));
  CHECK(m.per_class[0].precision == Approx(0.75));
  CHECK(m.per_class[0].f1 == Approx(0.75));
  CHECK(m.per_class[1].recall == Approx(1.0 / 3));
  CHECK(m.per_class[1].precision == Approx(0.5));
  CHECK(m.per_class[1].f1 == Approx(0.4));
  CHECK(m.per_class[2].support == 0);
  CHECK(m.per_class[2].recall == 0);
  CHECK(m.per_class[2].precision == 0);
  CHECK(m.macro_f1 == Approx((0.75 + 0.4 + 0) / 3));
  CHECK(m.confusion == confusion);
}

TEST_CASE("Metrics are those of the utterances, counted one by one", "[train]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    // Class 3 is rare, class 4 never spoken, class 5 neither spoken nor named.
    const Random random(seed);
    std::vector<std::pair<int, int>> pairs;
    ConfusionMatrix confusion(6);
    for (std::uint64_t n = 0; n < 40 + 3 * seed; ++n) {
      const double spoken = random.uniform(3 * n);
      const int label = spoken < 0.5 ? 0 : spoken < 0.75 ? 1 : spoken < 0.97 ? 2 : 3;
      const int named =
          random.uniform(3 * n + 1) < 0.6 ? label : static_cast<int>(5 * random.uniform(3 * n + 2));
      pairs.emplace_back(label, named);
      confusion.add(label, named);
    }
    const Metrics m = compute_metrics(confusion);
    const auto count = [&](auto condition) {
      double n = 0;
      for (const auto& [label, named] : pairs) n += condition(label, named);
      return n;
    };
    double recalls = 0, f1s = 0;
    int spoken_classes = 0, seen_classes = 0;
    REQUIRE(m.per_class.size() == 6);
    for (int c = 0; c < 6; ++c) {
      CAPTURE(seed, c);
      const double right = count([c](int l, int p) { return l == c && p == c; });
      const double spoken = count([c](int l, int) { return l == c; });
      const double named = count([c](int, int p) { return p == c; });
      const double recall = spoken > 0 ? right / spoken : 0;
      const double precision = named > 0 ? right / named : 0;
      const double f1 = recall + precision > 0 ? 2 * recall * precision / (recall + precision) : 0;
      const ClassMetrics& k = m.per_class[static_cast<std::size_t>(c)];
      CHECK(static_cast<double>(k.support) == spoken);
      CHECK(k.recall == Approx(recall));
      CHECK(k.precision == Approx(precision));
      CHECK(k.f1 == Approx(f1));
      CHECK(static_cast<double>(confusion.labelled(c)) == spoken);
      CHECK(static_cast<double>(confusion.predicted(c)) == named);
      recalls += recall, f1s += f1;
      spoken_classes += spoken > 0;
      seen_classes += spoken + named > 0;
    }
    CHECK(m.count == static_cast<std::int64_t>(pairs.size()));
    CHECK(m.uar == Approx(recalls / spoken_classes));
    CHECK(m.macro_f1 == Approx(f1s / seen_classes));
    CHECK(m.accuracy ==
          Approx(count([](int l, int p) { return l == p; }) / static_cast<double>(pairs.size())));
  }
}

TEST_CASE("UAR weighs a rare class as much as a frequent one", "[train]") {
  ConfusionMatrix confusion(2);
  confusion.add(0, 0, 98);
  confusion.add(1, 0, 2);
  CHECK(compute_metrics(confusion).accuracy == Approx(0.98));
  CHECK(compute_metrics(confusion).uar == Approx(0.5));
}

TEST_CASE("An empty matrix has metrics of zero, a wrong class is an error", "[train]") {
  const Metrics m = compute_metrics(ConfusionMatrix(3));
  CHECK(m.count == 0);
  CHECK(m.uar == 0);
  CHECK(m.accuracy == 0);
  CHECK(m.macro_f1 == 0);
  ConfusionMatrix confusion(3);
  CHECK_THROWS_AS(confusion.add(3, 0), Error);
  CHECK_THROWS_AS(confusion.add(0, -1), Error);
  CHECK_THROWS_AS(ConfusionMatrix(-1), Error);
}

// By Python's math.fsum and, for Pearson's, statistics.correlation, of the same lists.
TEST_CASE("Metrics of numbers are those of another program", "[train]") {
  const std::vector<double> y = {1.5, 2.0, 3.25, 4.0, -1.0, 0.5, 2.75},
                            x = {1.0, 2.5, 3.0, 3.5, 0.25, 0.0, 3.5};
  NumberPairs all, first, second;
  for (std::size_t i = 0; i < y.size(); ++i) {
    all.add(y[i], x[i]);
    (i < 2 ? first : second).add(y[i], x[i]);
  }
  first.add(second);
  first.add(NumberPairs());
  for (const NumberPairs& pairs : {all, first}) {
    const NumberMetrics m = compute_metrics(pairs);
    CHECK(m.count == 7);
    CHECK(m.mse == Approx(0.45535714285714285).epsilon(1e-14));
    CHECK(m.rmse == Approx(0.674801558131828).epsilon(1e-14));
    CHECK(m.mae == Approx(0.6071428571428571).epsilon(1e-14));
    CHECK(m.pearson == Approx(0.9069762406787942).epsilon(1e-14));
    CHECK(m.ccc == Approx(0.8983774551665245).epsilon(1e-14));
  }
  CHECK(compute_metrics(NumberPairs()).ccc == 0);
  NumberPairs same;
  for (int i = 0; i < 3; ++i) same.add(2, 2);
  CHECK(compute_metrics(same).ccc == 0);
  CHECK(compute_metrics(same).mse == 0);
  same.add(3, std::nan(""));
  CHECK(std::isnan(compute_metrics(same).ccc));
}
