#include <sonant/core/error.h>
#include <sonant/train/metrics.h>

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
