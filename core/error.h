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

// The first word of a check: the name of the operation, and, by itself, the line of the call. It
// can be neither copied nor moved, so one that was made elsewhere does not fit into a check: a name
// that is used twice is a const char*, and each check has its own line.
class At {
 public:
  At(const char* op, std::source_location here = std::source_location::current())
      : op_(op), here_(here) {}
  At(const At&) = delete;
  At& operator=(const At&) = delete;

  const char* op() const { return op_; }
  std::string where() const;  // file:line

 private:
  const char* op_;
  std::source_location here_;
};

[[noreturn]] void throw_error(const At& at, const std::string& message);

// The parts of a message, one behind the other.
template <class... Parts>
std::string message_of(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

template <class... Parts>
[[noreturn]] void fail(At at, const Parts&... parts) {
  throw_error(at, message_of(parts...));
}

// check(s.rank() == 2, "softmax", "expects (B,T), got ", s.shape());
// The parts are put together only when the condition is false.
template <class... Parts>
void check(bool ok, At at, const Parts&... parts) {
  if (!ok) [[unlikely]]
    throw_error(at, message_of(parts...));
}

}  // namespace sonant
