#include <sonant/core/packed.h>

#include "support/close.h"

using namespace sonant;
using namespace sonant::test;

namespace {

template <class Range>
std::vector<std::int64_t> list(const Range& range) {
  return {range.begin(), range.end()};
}

using List = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("PackedLayout: rows of one step lie together, longest sequence first", "[core]") {
  const std::vector<int> lengths = {2, 3, 2};
  const PackedLayout layout(lengths);
  CHECK(layout.batch() == 3);
  CHECK(layout.steps() == 3);
  CHECK(layout.rows() == 7);
  CHECK(list(layout.lengths()) == List{3, 2, 2});
  CHECK(list(layout.order()) == List{1, 0, 2});  // equal lengths keep their order
  CHECK(list(layout.places()) == List{1, 0, 2});
  CHECK_FALSE(layout.sorted());
  CHECK(PackedLayout(std::vector<int>{3, 2, 2}).sorted());
  CHECK(PackedLayout(std::vector<int>{3, 2}).whole_steps() == 3);
  CHECK(PackedLayout(std::vector<int>{3, 2}, 5).whole_steps() == 5);  // a shard of a longer batch
  CHECK_THROWS_AS(PackedLayout(std::vector<int>{3, 2}, 2), Error);
  CHECK(list(PackedLayout(std::vector<int>{1, 2, 3}).order()) == List{2, 1, 0});
  CHECK(list(PackedLayout(std::vector<int>{2, 1, 3}).order()) == List{2, 0, 1});
  CHECK(list(PackedLayout(std::vector<int>{2, 1, 3}).places()) == List{1, 2, 0});
  CHECK(list(layout.active()) == List{3, 3, 1});
  CHECK(list(layout.first_row()) == List{0, 3, 6, 7});
  CHECK(layout.row(2, 1) == 5);
  CHECK(layout.row(0, 2) == 6);
}

TEST_CASE("PackedLayout: every step of every sequence has one row", "[core]") {
  const Random random(4);
  for (std::uint64_t run = 0; run < 50; ++run) {
    std::vector<int> lengths;
    const int batch = 1 + static_cast<int>(random.split(run).uniform(0) * 9);
    for (int b = 0; b < batch; ++b)
      lengths.push_back(1 + static_cast<int>(random.split(run).uniform(1 + b) * 12));
    const PackedLayout layout(lengths);
    std::vector<int> used(static_cast<std::size_t>(layout.rows()));
    for (int b = 0; b < batch; ++b) {
      const auto i = static_cast<std::size_t>(b);
      CHECK(layout.lengths()[i] == lengths[static_cast<std::size_t>(layout.order()[i])]);
      CHECK(layout.places()[static_cast<std::size_t>(layout.order()[i])] == b);
      for (int t = 0; t < layout.lengths()[i]; ++t) {
        CHECK(b < layout.active()[static_cast<std::size_t>(t)]);
        ++used[static_cast<std::size_t>(layout.row(b, t))];
      }
    }
    CHECK(std::all_of(used.begin(), used.end(), [](int n) { return n == 1; }));
  }
}

TEST_CASE("PackedLayout: equal lengths keep their order in a large batch, too", "[core]") {
  std::vector<int> lengths;
  for (int b = 0; b < 200; ++b) lengths.push_back(1 + b * 7 % 3);
  const PackedLayout layout(lengths);
  for (std::size_t b = 1; b < 200; ++b)
    CHECK((layout.lengths()[b - 1] > layout.lengths()[b] ||
           layout.order()[b - 1] < layout.order()[b]));
}

TEST_CASE("pack and unpack: there and back", "[core]") {
  const std::vector<int> lengths = {2, 4, 1, 4};
  const PackedLayout layout(lengths);
  std::vector<Tensor<float>> sequences;
  std::vector<const Tensor<float>*> pointers;
  for (std::size_t b = 0; b < 4; ++b) sequences.push_back(normal<float>({lengths[b], 3}, 2 + b));
  for (const auto& s : sequences) pointers.push_back(&s);
  const auto packed = pack<float>(pointers, layout);
  CHECK(packed.shape() == Shape{11, 3});
  const auto padded = unpack(packed, layout, -7.0f);
  CHECK(padded.shape() == Shape{4, 4, 3});
  for (std::int64_t b = 0; b < 4; ++b) {  // the caller's order again
    const auto& sequence = sequences[static_cast<std::size_t>(b)];
    for (std::int64_t t = 0; t < 4; ++t)
      for (std::int64_t d = 0; d < 3; ++d)
        CHECK(padded(b, t, d) == (t < sequence.dim(0) ? sequence(t, d) : -7.0f));
  }
  // Rows of step 0 come first, longest sequence first.
  CHECK(packed(0, 0) == sequences[1](0, 0));
  CHECK(packed(1, 0) == sequences[3](0, 0));
  CHECK(packed(2, 0) == sequences[0](0, 0));
  CHECK(packed(3, 0) == sequences[2](0, 0));
}

TEST_CASE("packed: what does not fit is named", "[core]") {
  const std::vector<int> none, zero = {3, 0}, two = {2, 1};
  CHECK_THROWS_WITH(PackedLayout(none), "[PackedLayout] expects at least one sequence");
  CHECK_THROWS_WITH(PackedLayout(zero),
                    "[PackedLayout] expects lengths of at least 1, got 0 for sequence 1");
  const PackedLayout layout(two);
  const Tensor<float> a({2, 3}), b({2, 3}), narrow({1, 2});
  const std::vector<const Tensor<float>*> one = {&a}, long_one = {&a, &b}, mixed = {&a, &narrow};
  CHECK_THROWS_WITH(pack<float>(one, layout), "[pack] layout has 2 sequences, got 1");
  CHECK_THROWS_WITH(pack<float>(long_one, layout), "[pack] expects (1,3), got (2,3)");
  CHECK_THROWS_WITH(pack<float>(mixed, layout), "[pack] expects (1,3), got (1,2)");
  CHECK_THROWS_WITH(unpack(a, layout), "[unpack] expects (3,D), got (2,3)");
}
