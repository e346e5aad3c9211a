#include <sonant/core/error.h>

#include <sonant/core/text.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

template <class Kind>
[[noreturn]] void throw_kind(const At& at, const std::string& message) {
  throw Kind(std::string("[") + at.op() + "] " + message, at.where());
}

}  // namespace

std::string At::where() const {
  return std::string(here_.file_name()) + ":" + std::to_string(here_.line());
}

Error::Error(const std::string& message, std::string where)
    : std::runtime_error(printable(message)), where_(std::move(where)) {}

void throw_error(const At& at, const std::string& message) { throw_kind<Error>(at, message); }

void throw_usage_error(const At& at, const std::string& message) {
  throw_kind<UsageError>(at, message);
}

}  // namespace sonant
