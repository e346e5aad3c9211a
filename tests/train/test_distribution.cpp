#include <sonant/core/error.h>
#include <sonant/train/search/distribution.h>

#include <cmath>

#include "optuna/functions.h"
#include "support/catch.h"

using namespace sonant;

TEST_CASE("distributions are stored as Optuna 3 stores them", "[train]") {
  const Distribution lr = test::real(1e-5, 0.1, true);
  CHECK(to_json(lr) == R"({"name":"FloatDistribution",)"
                       R"("attributes":{"step":null,"low":1e-05,"high":0.1,"log":true}})");
  Distribution steps = test::real(1, 9);
  steps.kind = Distribution::Kind::integer;
  steps.step = 2;
  CHECK(to_json(steps) ==
        R"({"name":"IntDistribution","attributes":{"log":false,"step":2,"low":1,"high":9}})");
  const Distribution words =
      test::among({std::string("a"), std::int64_t{4}, 0.5, true, std::int64_t{-1}});
  CHECK(to_json(words) ==
        R"({"name":"CategoricalDistribution","attributes":{"choices":["a",4,0.5,true,-1]}})");
  for (const Distribution& d : {lr, steps, words})
    CHECK(distribution_from_json(to_json(d), "x") == d);
}

TEST_CASE("what is no distribution is refused", "[train]") {
  for (const char* json :
       {"", "{", "[]", "3", R"({"name":"FloatDistribution"})",
        R"({"name":"GammaDistribution","attributes":{}})",
        R"({"name":"FloatDistribution","attributes":{"step":null,"low":2,"high":1,"log":false}})",
        R"({"name":"FloatDistribution","attributes":{"step":null,"low":0,"high":1,"log":true}})",
        R"({"name":"FloatDistribution","attributes":{"step":-1,"low":0,"high":1,"log":false}})",
        R"({"name":"FloatDistribution",)"
        R"("attributes":{"step":null,"low":-1e308,"high":1e308,"log":false}})",
        R"({"name":"FloatDistribution","attributes":{"step":null,"low":"0","high":1,"log":false}})",
        R"({"name":"IntDistribution","attributes":{"step":0,"low":0,"high":1,"log":false}})",
        R"({"name":"IntDistribution","attributes":{"step":1,"low":0.5,"high":1,"log":false}})",
        R"({"name":"IntDistribution","attributes":{"step":1,"low":0,"high":1e300,"log":false}})",
        R"({"name":"CategoricalDistribution","attributes":{"choices":[]}})",
        R"({"name":"CategoricalDistribution","attributes":{"choices":[null]}})",
        R"({"name":"CategoricalDistribution","attributes":{"choices":[18446744073709551615]}})",
        R"({"name":"CategoricalDistribution","attributes":{"choices":"ab"}})"}) {
    INFO(json);
    CHECK_THROWS_WITH(distribution_from_json(json, "here"), ContainsSubstring("here"));
  }
}

TEST_CASE("a value is brought onto the grid", "[train]") {
  Distribution d = test::real(1, 8);
  d.kind = Distribution::Kind::integer;
  d.step = 3;  // 1, 4, 7
  CHECK(d.nearest(-5) == 1);
  CHECK(d.nearest(2.6) == 4);
  CHECK(d.nearest(8) == 7);
  CHECK(test::real(0, 1).nearest(2) == 1);
  CHECK(test::real(0, 1).contains(0.5));
  CHECK_FALSE(test::real(0, 1).contains(std::nan("")));
  CHECK_FALSE(d.contains(1.5));
  CHECK(test::real(3, 3).single());
  CHECK_FALSE(d.single());
}

TEST_CASE("choices have numbers", "[train]") {
  const Distribution d = test::among({std::string("adam"), std::int64_t{4}, 4.5});
  CHECK(d.number_of(Choice{std::string("adam")}) == 0);
  CHECK(d.number_of(Choice{4.5}) == 2);
  CHECK(d.number_of(Choice{std::int64_t{5}}) == -1);
  CHECK(d.choice(1) == Choice{std::int64_t{4}});
  CHECK_FALSE(d.contains(-1));
  CHECK_FALSE(d.contains(3));
  CHECK(to_text(d.choice(0)) == "adam");
  CHECK(to_text(Choice{true}) == "true");
  CHECK(to_text(Choice{1e-5}) == "1e-05");
  CHECK(to_text(0.1) == "0.1");
  CHECK(test::real(0, 1).number_of(Choice{std::int64_t{7}}) == 1);
}
