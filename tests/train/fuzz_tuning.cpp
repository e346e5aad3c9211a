// Studies, search spaces and the index of a feature store from arbitrary bytes: whatever comes,
// they are read or throw Error. An entry for libFuzzer (build with clang++, -D SONANT_FUZZ=ON);
// test_tuning_readers.cpp and test_store_index.cpp run it on damaged copies of good files.
#include <sonant/core/error.h>
#include <sonant/train/search/importance.h>
#include <sonant/train/search/search_space.h>
#include <sonant/train/search/tpe.h>
#include <sonant/train/store_index.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

// The first byte chooses the format.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sonant;
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  try {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (data[0] % 3 == 0) {
      parse_search_space(text, "fuzz");
      return 0;
    }
    if (data[0] % 3 == 2) {  // its three files, with a NUL after each text
      const auto json = text.substr(0, text.find('\0'));
      const auto rest = text.substr(std::min(json.size() + 1, text.size()));
      const auto csv = rest.substr(0, rest.find('\0'));
      const auto npz = bytes.subspan(std::min(json.size() + csv.size() + 2, bytes.size()));
      const StoreIndex index = parse_index(json, csv, npz, "fuzz");
      // What is read must be fit to find features by.
      for (const StoredClip& clip : index.clips)
        if (clip.row + clip.frames > index.shards.at(static_cast<std::size_t>(clip.shard)))
          std::abort();
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
