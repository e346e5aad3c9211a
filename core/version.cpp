#include <sonant/core/version.h>

namespace sonant {

std::string version() { return SONANT_VERSION; }

std::string build_info() {
#if defined(__clang__)
  std::string text = "clang " __clang_version__;
#else
  std::string text = "g++ " __VERSION__;
#endif
#if defined(__OPTIMIZE__)
  text += ", optimised";
#else
  text += ", not optimised";
#endif
#if defined(__SANITIZE_ADDRESS__)
  text += ", AddressSanitizer";
#endif
#if defined(__SANITIZE_THREAD__)
  text += ", ThreadSanitizer";
#endif
  return text;
}

}  // namespace sonant
