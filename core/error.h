// The one error type of Sonant, and check(), the one way to raise it.
#pragma once

#include <source_location>
#include <sstream>
#include <stdexcept>
#include <string>

namespace sonant {

// what() is one line that a terminal can show, whatever is quoted in it: "[op] expected ..., got
// ...". where() is the file:line of the check that failed.
class Error : public std::runtime_error {
 public:
  Error(const std::string& message, std::string where);  // made printable: core/text.h
  const std::string& where() const { return where_; }

 private:
  std::string where_;
};

// Name of the operation that checks, plus the place in the source, which is captured by itself.
struct At {
  At(const char* op_name, std::source_location l = std::source_location::current())
      : op(op_name), location(l) {}
  const char* op;
  std::source_location location;
};

[[noreturn]] void throw_error(const At& at, const std::string& message);

template <class... Parts>
[[noreturn]] void fail(At at, const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  throw_error(at, text.str());
}

// check(s.rank() == 2, "softmax", "expects (B,T), got ", s.shape());
// The parts are put together only when the condition is false.
template <class... Parts>
void check(bool ok, At at, const Parts&... parts) {
  if (!ok) [[unlikely]]
    fail(at, parts...);
}

}  // namespace sonant
