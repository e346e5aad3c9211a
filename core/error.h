// The one error type of Sonant, and check(), the one way to raise it.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

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

// One part of a message: a text, a number, or anything else that a stream can write. It refers to
// what it was made from. Writing is left to error.cpp: there are a thousand checks, and each would
// otherwise be compiled with a stream of its own.
class Part {
 public:
  Part(const char* text) : text_(text), write_(write_text) {}
  Part(std::string_view text) : text_(text), write_(write_text) {}
  Part(const std::string& text) : text_(text), write_(write_text) {}
  Part(char letter) : letter_(letter), write_(write_letter) {}
  Part(std::signed_integral auto number) : whole_(number), write_(write_whole) {}
  Part(std::unsigned_integral auto number) : natural_(number), write_(write_natural) {}
  Part(std::floating_point auto number) : number_(number), write_(write_number) {}
  template <class T>
  requires(!std::is_arithmetic_v<T> && !std::convertible_to<const T&, std::string_view>)
      Part(const T& value)
      : object_(&value), write_([](std::ostream& to, const Part& part) {
          to << *static_cast<const T*>(part.object_);
        }) {}

  friend std::ostream& operator<<(std::ostream& to, const Part& part) {
    return part.write_(to, part), to;
  }

 private:
  static void write_text(std::ostream& to, const Part& part);
  static void write_letter(std::ostream& to, const Part& part);
  static void write_whole(std::ostream& to, const Part& part);
  static void write_natural(std::ostream& to, const Part& part);
  static void write_number(std::ostream& to, const Part& part);

  union {
    std::string_view text_;
    char letter_;
    std::int64_t whole_;
    std::uint64_t natural_;
    double number_;
    const void* object_;
  };
  void (*write_)(std::ostream&, const Part&);
};
using Parts = std::initializer_list<Part>;

std::string join(Parts parts);  // one behind the other

[[noreturn]] void throw_error(const At& at, Parts parts);

template <class... Values>
std::string message_of(const Values&... values) {
  return join({Part(values)...});
}

template <class... Values>
[[noreturn]] void fail(At at, const Values&... values) {
  throw_error(at, {Part(values)...});
}

// check(s.rank() == 2, "softmax", "expects (B,T), got ", s.shape());
// The parts are put together only when the condition is false.
template <class... Values>
void check(bool ok, At at, const Values&... values) {
  if (!ok) [[unlikely]]
    throw_error(at, {Part(values)...});
}

}  // namespace sonant
