#include <sonant/core/error.h>

#include <sonant/core/text.h>

namespace sonant {

Error::Error(const std::string& message, std::string where)
    : std::runtime_error(printable(message)), where_(std::move(where)) {}

void throw_error(const At& at, const std::string& message) {
  throw Error(std::string("[") + at.op + "] " + message,
              std::string(at.location.file_name()) + ":" + std::to_string(at.location.line()));
}

}  // namespace sonant
