#include <sonant/core/numbers.h>
#include <sonant/core/random.h>

#include <bit>
#include <cstdlib>
#include <limits>

#include "support/catch.h"

using namespace sonant;

TEST_CASE("numbers: thousands and plurals", "[core]") {
  CHECK(with_thousands(0) == "0");
  CHECK(with_thousands(-999) == "-999");
  CHECK(with_thousands(1000) == "1,000");
  CHECK(with_thousands(-46772) == "-46,772");
  CHECK(with_thousands(1234567) == "1,234,567");
  CHECK(count_of(1, "epoch") == "1 epoch");
  CHECK(count_of(0, "epoch") == "0 epochs");
  CHECK(count_of(12345, "epoch") == "12,345 epochs");
  CHECK(count_of(1, "class", "classes") == "1 class");
  CHECK(count_of(2, "class", "classes") == "2 classes");
}

TEST_CASE("numbers: the shortest decimal that reads back", "[core]") {
  CHECK(shortest_decimal(0.3) == "0.3");
  CHECK(shortest_decimal(0.0016) == "0.0016");
  CHECK(shortest_decimal(0.1 + 0.2) == "0.30000000000000004");
  CHECK(shortest_decimal(1) == "1.0");
  CHECK(shortest_decimal(-0.0) == "-0.0");
  CHECK(shortest_decimal(1e-5) == "1e-05");
  CHECK(shortest_decimal(1e300) == "1e+300");
  CHECK(shortest_decimal(std::numeric_limits<double>::infinity()) == "inf");
  CHECK(shortest_decimal(std::numeric_limits<double>::quiet_NaN()) == "nan");
  // Any bits come back.
  const Random random(5);
  std::size_t finite = 0;
  for (std::uint64_t k = 0; k < 20000; ++k) {
    const double value =
        std::bit_cast<double>(std::uint64_t{random.bits(2 * k)} << 32 | random.bits(2 * k + 1));
    if (!std::isfinite(value)) continue;
    ++finite;
    const std::string text = shortest_decimal(value);
    if (std::strtod(text.c_str(), nullptr) != value || text.size() > 25) FAIL_CHECK(text);
  }
  CHECK(finite > 19000);
}

TEST_CASE("A number is read from the whole of a text, or not at all", "[core]") {
  CHECK(parse_number<int>("-12") == -12);
  CHECK(parse_number<double>("1e-05") == 1e-5);
  for (const char* none : {"", "12 ", " 12", "+12", "1x", "99999999999"})
    CHECK_FALSE(parse_number<int>(none));
  CHECK_FALSE(parse_number<unsigned>("-1"));
}
