#include <sonant/train/batch.h>
#include <sonant/train/hash.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "support/catch.h"

using namespace sonant;

namespace {

Dataset counting_dataset(const std::vector<int>& lengths) {
  Dataset data;
  float value = 0;
  for (int length : lengths) {
    Tensor<float> x(Shape{length, 2});
    for (float& v : x.span()) v = value++;
    data.features.push_back(x);
    Clip clip;
    clip.label = static_cast<int>(data.corpus.clips.size()) % 3;
    data.corpus.clips.push_back(clip);
  }
  return data;
}

std::vector<int> first(int n) {
  std::vector<int> clips(static_cast<std::size_t>(n));
  std::iota(clips.begin(), clips.end(), 0);
  return clips;
}

std::vector<std::size_t> sizes(const std::vector<std::vector<int>>& batches) {
  std::vector<std::size_t> all;
  for (const auto& batch : batches) all.push_back(batch.size());
  return all;
}

std::vector<int> joined(const std::vector<std::vector<int>>& batches) {
  std::vector<int> all;
  for (const auto& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

}  // namespace

TEST_CASE("A batch is packed, with labels in the layout's order", "[train]") {
  const Dataset data = counting_dataset({1, 3, 2, 3, 1});
  const Batch batch = make_batch(data, std::vector<int>{4, 2, 3});
  CHECK(batch.clips == PoolVector<int>{3, 2, 4});  // longest first
  CHECK(batch.labels == PoolVector<int>{0, 2, 1});
  CHECK(batch.layout->rows() == 6);
  CHECK(batch.data == Tensor<float>(Shape{6, 2}, {12, 13, 8, 9, 18, 19, 14, 15, 10, 11, 16, 17}));
}

TEST_CASE("Batches are shuffled by seed and epoch, each clip once", "[train]") {
  const auto clips = first(50);
  const auto batches = shuffled_batches(clips, 16, 1, 0);
  CHECK(sizes(batches) == std::vector<std::size_t>{16, 16, 16, 2});
  auto all = joined(batches);
  CHECK(all != clips);
  CHECK(all != joined(shuffled_batches(clips, 16, 1, 1)));
  CHECK(all != joined(shuffled_batches(clips, 16, 2, 0)));
  CHECK(batches == shuffled_batches(clips, 16, 1, 0));
  std::sort(all.begin(), all.end());
  CHECK(all == clips);
}

TEST_CASE("The order of a shuffled epoch is the golden one", "[train]") {
  // tests/golden/gen_random.py
  const auto order = [](std::uint64_t seed, int epoch) {
    return joined(shuffled_batches(first(10), 4, seed, epoch));
  };
  CHECK(order(1, 0) == std::vector<int>{0, 3, 1, 9, 2, 8, 7, 4, 6, 5});
  CHECK(order(1, 1) == std::vector<int>{1, 2, 9, 8, 4, 5, 3, 0, 6, 7});
  CHECK(order(2, 0) == std::vector<int>{5, 4, 8, 7, 3, 2, 6, 1, 0, 9});
  // Clips are named by their number, not by their place.
  const std::vector<int> some{40, 7, 23, 8, 99};
  auto shuffled = joined(shuffled_batches(some, 2, 1, 0));
  std::sort(shuffled.begin(), shuffled.end());
  CHECK(shuffled == std::vector<int>{7, 8, 23, 40, 99});
}

TEST_CASE("A last batch of one joins the batch before", "[train]") {
  CHECK(sizes(shuffled_batches(first(33), 16, 1, 0)) == std::vector<std::size_t>{16, 17});
  CHECK(sizes(shuffled_batches(first(3), 2, 1, 0)) == std::vector<std::size_t>{3});
  CHECK(sizes(shuffled_batches(first(2), 16, 1, 0)) == std::vector<std::size_t>{2});
  CHECK(joined(shuffled_batches(first(33), 16, 1, 0)).size() == 33);
  CHECK_THROWS_AS(shuffled_batches(first(8), 1, 1, 0), Error);
  CHECK_THROWS_AS(shuffled_batches(first(1), 4, 1, 0), Error);
}

TEST_CASE("A last batch of fewer clips than shards joins the batch before", "[train]") {
  CHECK(sizes(shuffled_batches(first(35), 16, 1, 0, 4)) == std::vector<std::size_t>{16, 19});
  CHECK(sizes(shuffled_batches(first(36), 16, 1, 0, 4)) == std::vector<std::size_t>{16, 16, 4});
  CHECK_THROWS_AS(shuffled_batches(first(3), 16, 1, 0, 4), Error);
}

TEST_CASE("Evaluation keeps the order and may end with one", "[train]") {
  const auto batches = ordered_batches(first(9), 4);
  CHECK(sizes(batches) == std::vector<std::size_t>{4, 4, 1});
  CHECK(joined(batches) == first(9));
  CHECK(ordered_batches({}, 4).empty());
  CHECK_THROWS_AS(ordered_batches(first(3), 0), Error);
}

TEST_CASE("Hashes tell apart shapes, order and boundaries", "[train]") {
  const auto hex = [](auto... values) {
    Hash hash;
    (hash.add(values), ...);
    return hash.hex();
  };
  CHECK(hex() == "99aa06d3014798d86001c324468d497f");  // XXH3-128 of nothing, as published
  CHECK(hex(std::string_view("ab"), std::string_view("c")) !=
        hex(std::string_view("a"), std::string_view("bc")));
  const Tensor<float> row(Shape{1, 4}), square(Shape{2, 2});
  CHECK(hex(row) != hex(square));
  CHECK(hex(row) == hex(Tensor<float>(Shape{1, 4})));
  CHECK(hex(0.0f) != hex(-0.0f));
}
