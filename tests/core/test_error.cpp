// The place that an Error names. tests/train/test_error_where.cpp asks every room.
#include <sonant/core/error.h>

#include <string>
#include <type_traits>
#include <utility>

#include "support/catch.h"

namespace {

using sonant::At;
using sonant::check;
using sonant::Error;
using sonant::fail;

template <class F>
std::string where_of(const F& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.where();
  }
  return "no error";
}

std::string here(int line) { return sonant::message_of(__FILE__, ":", line); }

// What a check can be given as its first word.
template <class Op>
concept NamesACheck = requires(Op op) {
  check(true, std::forward<Op>(op), 1);
  fail(std::forward<Op>(op), 1);
};
static_assert(NamesACheck<const char*>);
// A place that was made elsewhere, such as by a constant, cannot get into a check.
static_assert(!std::is_copy_constructible_v<At> && !std::is_move_constructible_v<At>);
static_assert(!NamesACheck<const At&> && !NamesACheck<At&&>);

}  // namespace

TEST_CASE("an Error knows the line of the check, also where the name is a constant", "[core]") {
  static constexpr const char* op = "test";
  CHECK(where_of([] { check(false, "test", "text"); }) == here(__LINE__));
  CHECK(where_of([] { fail("test", "text"); }) == here(__LINE__));
  CHECK(where_of([] { check(false, op, "text"); }) == here(__LINE__));
  CHECK(where_of([] { fail(op, "text"); }) == here(__LINE__));
  const int line = __LINE__ + 2;
  const auto over_several_lines = [](int a) {
    check(a > 1 && a < 3, op,
          "expects a number that lies between one and three, which two does, got ", a);
  };
  CHECK(where_of([&] { over_several_lines(7); }) == here(line));
  // A check that many share may pass its caller's line on.
  const auto at_least_one = [](int n, std::source_location l = std::source_location::current()) {
    check(n >= 1, {op, l}, "expects 1, got ", n);
  };
  CHECK(where_of([&] { at_least_one(0); }) == here(__LINE__));
}
