// A test that never ends must end, and say which it is.
#include <chrono>
#include <thread>

#include "support/catch.h"
#include "support/run_again.h"

using namespace sonant::test;

namespace {

// As long as nobody stops it, but not for ever.
void wait_long() {
  for (int n = 0; n < 60; ++n) std::this_thread::sleep_for(std::chrono::seconds(1));
}

}  // namespace

TEST_CASE("a loop without end", "[.helper]") {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (volatile int n = 0; std::chrono::steady_clock::now() < end;) n = n + 1;
  FAIL("nobody stopped it");
}

TEST_CASE("waiting for what never comes", "[.helper]") {
  wait_long();
  FAIL("nobody stopped it");
}

TEST_CASE("a test case has a time limit of its own, and is named", "[core]") {
  for (const std::string test : {"a loop without end", "waiting for what never comes"}) {
    const auto start = std::chrono::steady_clock::now();
    CHECK_THAT(run_again("SONANT_TEST_SECONDS=1", test),
               ContainsSubstring("time limit: more than 1 s: " + test));
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
  }
}
