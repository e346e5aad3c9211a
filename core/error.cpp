#include <sonant/core/error.h>

namespace sonant {

void throw_error(const At& at, const std::string& message) {
  throw Error(std::string("[") + at.op + "] " + message,
              std::string(at.location.file_name()) + ":" + std::to_string(at.location.line()));
}

}  // namespace sonant
