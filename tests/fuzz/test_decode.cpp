// Replays the seeds of fuzz_decode.cpp and thousands of mutations of them, with any compiler.
#include <sonant/core/file.h>
#include <sonant/core/random.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "support/catch.h"
#include "support/files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::byte>;

std::vector<Bytes> seeds() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(sonant::test::test_dir() / "fuzz/seeds"))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Bytes> all;
  for (const fs::path& path : paths) all.push_back(sonant::read_file(path, "test"));
  return all;
}

int run(const Bytes& bytes) {
  return LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

// Numbers for one mutation.
class Dice {
 public:
  explicit Dice(std::uint64_t stream) : random_(20, stream) {}
  std::size_t below(std::size_t n) { return random_.bits(next_++) % n; }

 private:
  sonant::Random random_;
  std::uint64_t next_ = 0;
};

// Damage as transmission and editing do it: bytes changed, mostly in the header; cut short; a piece
// removed, or repeated.
Bytes mutated(Bytes bytes, Dice dice) {
  const std::size_t rounds = 1 + dice.below(4);
  for (std::size_t i = 0; i < rounds && bytes.size() > 8; ++i) {
    const std::size_t range =
        dice.below(2) ? bytes.size() : std::min<std::size_t>(64, bytes.size());
    const std::size_t at = dice.below(range);
    const auto where = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t length = std::min(bytes.size() - at, 1 + dice.below(16));
    const auto end = where + static_cast<std::ptrdiff_t>(length);
    constexpr int values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    switch (dice.below(6)) {
      case 0:
        *where = static_cast<std::byte>(values[dice.below(5)]);
        break;
      case 1:
        *where ^= static_cast<std::byte>(1 << dice.below(8));
        break;
      case 2:
        std::fill(where, end, static_cast<std::byte>(values[dice.below(5)]));
        break;
      case 3:
        bytes.resize(at);
        break;
      case 4:
        bytes.erase(where, end);
        break;
      default: {
        const Bytes piece(where, end);
        bytes.insert(where, piece.begin(), piece.end());
      }
    }
  }
  return bytes;
}

}  // namespace

TEST_CASE("The seeds of the fuzzer decode without a fault", "[fuzz]") {
  const std::vector<Bytes> all = seeds();
  CHECK(all.size() >= 60);
  for (const Bytes& bytes : all) CHECK(run(bytes) == 0);
}

TEST_CASE("Damaged sound files give an error or finite features", "[fuzz]") {
  const std::vector<Bytes> all = seeds();
  std::uint64_t stream = 0;
  for (const Bytes& bytes : all)
    for (int i = 0; i < 1000; ++i) CHECK(run(mutated(bytes, Dice(stream++))) == 0);
}
