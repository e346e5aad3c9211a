#include <sonant/core/error.h>

#include <sstream>

#include <sonant/core/text.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

template <class Kind>
[[noreturn]] void throw_kind(const At& at, Parts parts) {
  throw Kind(std::string("[") + at.op() + "] " + join(parts), at.where());
}

}  // namespace

std::string At::where() const {
  return std::string(here_.file_name()) + ":" + std::to_string(here_.line());
}

Error::Error(const std::string& message, std::string where)
    : std::runtime_error(printable(message)), where_(std::move(where)) {}

void Part::write_text(std::ostream& to, const Part& part) { to << part.text_; }
void Part::write_letter(std::ostream& to, const Part& part) { to << part.letter_; }
void Part::write_whole(std::ostream& to, const Part& part) { to << part.whole_; }
void Part::write_natural(std::ostream& to, const Part& part) { to << part.natural_; }
void Part::write_number(std::ostream& to, const Part& part) { to << part.number_; }

std::string join(Parts parts) {
  std::ostringstream text;
  for (const Part& part : parts) text << part;
  return text.str();
}

void throw_error(const At& at, Parts parts) { throw_kind<Error>(at, parts); }
void throw_usage_error(const At& at, Parts parts) { throw_kind<UsageError>(at, parts); }

}  // namespace sonant
