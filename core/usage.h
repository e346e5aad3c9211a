// What the caller can mend: an Error for a value that cannot be, or for things that do not go
// together. A command that ends with it was used wrongly.
#pragma once

#include <sonant/core/error.h>

namespace sonant {

class UsageError : public Error {
 public:
  using Error::Error;
};

[[noreturn]] void throw_usage_error(const At& at, Parts parts);

// check() and fail() of error.h, with a UsageError.
template <class... Values>
[[noreturn]] void fail_usage(At at, const Values&... values) {
  throw_usage_error(at, {Part(values)...});
}
template <class... Values>
void check_usage(bool ok, At at, const Values&... values) {
  if (!ok) [[unlikely]]
    throw_usage_error(at, {Part(values)...});
}

}  // namespace sonant
