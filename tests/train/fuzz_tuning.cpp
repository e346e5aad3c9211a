// Studies and search spaces from arbitrary bytes: whatever comes, they are read or throw Error. An
// entry for libFuzzer (build with clang++, -D SONANT_FUZZ=ON); test_tuning_readers.cpp runs it on
// damaged copies of good files.
#include <sonant/core/error.h>
#include <sonant/train/search/importance.h>
#include <sonant/train/search/search_space.h>
#include <sonant/train/search/tpe.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

// The first byte chooses the format.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sonant;
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  try {
    if (data[0] % 2 == 0) {
      parse_search_space({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, "fuzz");
      return 0;
    }
    const Study study = parse_study(bytes, "fuzz");
    // What is read must be fit to be searched on.
    for (const Trial& t : study.trials)
      for (const auto& [name, d] : t.distributions)
        if (!d.contains(suggest(name, d, {}, study.maximize, 1, 1))) std::abort();
    importance(study);
  } catch (const Error&) {  // the one answer to bad bytes
  }
  return 0;
}
