// Damaged studies and search spaces: cut anywhere, bytes changed, pieces from elsewhere. The
// sanitizers' builds make this a test of memory safety; here it shows that nothing but Error comes
// out.
#include <sonant/core/file.h>
#include <sonant/core/random.h>
#include <sonant/train/search/search_space.h>
#include <sonant/train/search/study_file.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "optuna/functions.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using namespace sonant;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

// With the byte that chooses the format in front.
Bytes input(char format, const void* data, std::size_t size) {
  Bytes bytes{static_cast<std::uint8_t>(format)};
  const auto* first = static_cast<const std::uint8_t*>(data);
  bytes.insert(bytes.end(), first, first + size);
  return bytes;
}

int run(const Bytes& bytes) { return LLVMFuzzerTestOneInput(bytes.data(), bytes.size()); }

void damage_in_many_ways(const Bytes& good, std::uint64_t rounds) {
  REQUIRE(run(good) == 0);
  for (std::size_t n = 1; n < good.size(); n += 1 + good.size() / 300)
    REQUIRE(run({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n)}) == 0);
  for (std::uint64_t k = 0; k < rounds; ++k) {
    const Random random(1, k);
    Bytes bytes = good;
    const auto somewhere = [&](std::uint64_t draw) {
      return 1 +
             static_cast<std::size_t>(random.uniform(draw) * static_cast<double>(bytes.size() - 1));
    };
    for (std::uint64_t change = 0; change <= k % 4; ++change) {
      const std::size_t at = somewhere(4 * change), from = somewhere(4 * change + 1);
      const std::size_t length = std::min({std::size_t{8}, bytes.size() - at, bytes.size() - from});
      if (k % 3 == 0)
        std::copy_n(good.begin() + static_cast<std::ptrdiff_t>(from), length,
                    bytes.begin() + static_cast<std::ptrdiff_t>(at));
      else
        bytes[at] = static_cast<std::uint8_t>(random.bits(16 * change + 9));
    }
    REQUIRE(run(bytes) == 0);
  }
}

// Few pages, so that most changes hit something.
Bytes sample_study(const TempFolder& folder) {
  {
    StudyFile file(folder / "s.sqlite", "sample");
    Study study;
    study.user["model"] = "\"m\"";
    file.create(study);
    for (int n = 0; n < 6; ++n) {
      Trial t;
      t.number = n;
      t.parameters = {{"lr", 1e-3 + n * 1e-4}, {"batch", n % 2}};
      t.distributions = {{"lr", test::real(1e-5, 0.1, true)},
                         {"batch", test::among({std::int64_t{4}, std::int64_t{8}})}};
      file.start(t);
      file.report(n, 0, 0.1 * n);
      t.state = TrialState::complete;
      t.value = 0.1 * n;
      file.finish(t);
    }
  }
  const auto bytes = read_file(folder / "s.sqlite", "test");
  return input(1, bytes.data(), bytes.size());
}

}  // namespace

TEST_CASE("no damage to a study gets past its reader", "[train]") {
  const TempFolder folder;
  damage_in_many_ways(sample_study(folder), 4000);
}

TEST_CASE("no damage to a search space gets past its reader", "[train]") {
  const std::string_view text = builtin_space("notebook");
  damage_in_many_ways(input(0, text.data(), text.size()), 2000);
}
