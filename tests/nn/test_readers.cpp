// Damaged files: cut anywhere, any byte changed, pieces repeated. AddressSanitizer's build makes
// this a test of memory safety; here it shows that nothing but Error comes out.
#include <algorithm>
#include <cstdint>
#include <vector>

#include <sonant/core/file.h>
#include <sonant/core/npz.h>
#include <sonant/core/random.h>
#include <sonant/nn/safetensors.h>

#include "support/catch.h"
#include "support/files.h"

using namespace sonant;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

int run(char format, const std::vector<std::byte>& bytes) {
  std::vector<std::uint8_t> input{static_cast<std::uint8_t>(format)};
  for (std::byte b : bytes) input.push_back(static_cast<std::uint8_t>(b));
  return LLVMFuzzerTestOneInput(input.data(), input.size());
}

void damage_in_many_ways(char format, const std::vector<std::byte>& good) {
  REQUIRE(run(format, good) == 0);
  const auto begin = good.begin();
  for (std::size_t n = 0; n < good.size(); n += 1 + good.size() / 500)
    REQUIRE(run(format, {begin, begin + static_cast<std::ptrdiff_t>(n)}) == 0);
  const Random random(1);
  for (std::uint64_t k = 0; k < 3000; ++k) {
    std::vector<std::byte> bytes = good;
    // Most changes go to the front, where the headers are.
    const double place = random.uniform(4 * k) * (k % 4 == 0 ? 1.0 : 0.2);
    const auto at = static_cast<std::size_t>(place * static_cast<double>(bytes.size()));
    if (k % 3 == 0) {  // a piece from elsewhere
      const auto from = static_cast<std::ptrdiff_t>(random.uniform(4 * k + 1) *
                                                    static_cast<double>(bytes.size() - 8));
      const auto room = static_cast<std::ptrdiff_t>(bytes.size() - at);
      std::copy_n(begin + from, std::min<std::ptrdiff_t>(8, room),
                  bytes.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      bytes[at] = static_cast<std::byte>(random.bits(16 * k + 9));
    }
    REQUIRE(run(format, bytes) == 0);
  }
}

}  // namespace

TEST_CASE("no damage to a file gets past its reader") {
  Safetensors file;
  file.add("lstm1.weight_ih_l0", Tensor<float>({4, 3}, 1.0f));
  file.add("bn.num_batches_tracked", {}, std::vector<std::int64_t>{3});
  file.add("running_mean", Tensor<double>({3}));
  file.metadata["classes"] = "[\"happy\",\"sad\"]";
  damage_in_many_ways(1, file.bytes());

  Npz npz;
  npz.add("x", Tensor<float>({2, 3}, 1.0f));
  npz.add("names", std::vector<std::string>{"a", "bc"});
  npz.add("n", {2}, std::vector<std::int64_t>{1, 2});
  damage_in_many_ways(0, npz.bytes());
  damage_in_many_ways(0, read_file(test::golden("numpy.npz"), "test"));  // deflated
}
