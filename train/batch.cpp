#include <sonant/train/batch.h>

#include <algorithm>
#include <map>

#include <sonant/core/error.h>
#include <sonant/core/random.h>

namespace sonant {
namespace {

// Keeps the shuffling apart from what else is drawn from the same seed.
constexpr std::uint64_t kShuffleStream = 0x73687566;  // "shuf"
constexpr std::uint64_t kShardStream = 0x73687264;    // "shrd"

std::vector<std::vector<int>> cut(std::span<const int> clips, int batch_size) {
  std::vector<std::vector<int>> batches;
  for (std::size_t i = 0; i < clips.size(); i += static_cast<std::size_t>(batch_size)) {
    const auto part =
        clips.subspan(i, std::min(static_cast<std::size_t>(batch_size), clips.size() - i));
    batches.emplace_back(part.begin(), part.end());
  }
  return batches;
}

}  // namespace

Batch make_batch(const DataView& view, std::span<const int> clips) {
  const Dataset& data = view.data();
  PoolVector<Tensor<float>> read(data.store ? clips.size() : 0);  // what is not in memory
  PoolVector<const Tensor<float>*> sequences;
  PoolVector<int> lengths;
  for (int clip : clips) {
    sequences.push_back(data.store ? &data.features_of(clip, read[sequences.size()])
                                   : &data.features.at(static_cast<std::size_t>(clip)));
    lengths.push_back(static_cast<int>(sequences.back()->dim(0)));
  }
  const PackedLayout as_given(lengths);
  Batch batch;
  batch.data = view.normalised(pack<float>(sequences, as_given));
  batch.layout = make_layout(as_given.lengths());
  batch.chosen.assign(as_given.order().begin(), as_given.order().end());
  for (int place : batch.chosen) {
    batch.clips.push_back(clips[static_cast<std::size_t>(place)]);
    batch.labels.push_back(data.corpus.clips[static_cast<std::size_t>(batch.clips.back())].label);
  }
  return batch;
}

std::vector<std::vector<int>> shuffled_batches(std::span<const int> clips, int batch_size,
                                               std::uint64_t seed, int epoch) {
  const std::vector<int> one_shard(clips.size(), 0);
  return shuffled_batches(clips, one_shard, 1, batch_size, seed, epoch);
}

std::vector<std::vector<int>> shuffled_batches(std::span<const int> clips,
                                               std::span<const int> shards, int window,
                                               int batch_size, std::uint64_t seed, int epoch) {
  check(batch_size >= 2, "shuffled_batches",
        "expects a batch size >= 2 (one utterance has no variance to normalise by), got ",
        batch_size);
  check(clips.size() >= 2, "shuffled_batches", "expects at least 2 utterances, got ", clips.size());
  check(window >= 1, "shuffled_batches", "expects a window of at least 1 shard, got ", window);
  const auto of_epoch = [&](std::uint64_t stream) {
    return Random(seed, stream).split(static_cast<std::uint64_t>(epoch));
  };
  std::vector<int> known(shards.begin(), shards.end());
  std::ranges::sort(known);
  known.erase(std::unique(known.begin(), known.end()), known.end());
  const std::vector<int> turn = of_epoch(kShardStream).permutation(static_cast<int>(known.size()));
  std::vector<std::vector<int>> windows((known.size() - 1) / static_cast<std::size_t>(window) + 1);
  std::map<int, std::size_t> window_of;
  for (std::size_t k = 0; k < turn.size(); ++k)
    window_of[known[static_cast<std::size_t>(turn[k])]] = k / static_cast<std::size_t>(window);
  for (std::size_t k = 0; k < clips.size(); ++k) windows[window_of[shards[k]]].push_back(clips[k]);
  std::vector<int> shuffled;
  for (std::size_t w = 0; w < windows.size(); ++w) {
    const Random all = of_epoch(kShuffleStream), random = w == 0 ? all : all.split(w);
    for (int place : random.permutation(static_cast<int>(windows[w].size())))
      shuffled.push_back(windows[w][static_cast<std::size_t>(place)]);
  }
  auto batches = cut(shuffled, batch_size);
  if (batches.back().size() == 1) {
    const int single = batches.back().front();
    batches.pop_back();
    batches.back().push_back(single);
  }
  return batches;
}

std::vector<std::vector<int>> epoch_batches(const Dataset& data, std::span<const int> clips,
                                            int window, int batch_size, std::uint64_t seed,
                                            int epoch) {
  if (window == 0) return shuffled_batches(clips, batch_size, seed, epoch);
  check(data.store != nullptr, "epoch_batches", "expects a window of 0 of data in memory, got ",
        window);
  std::vector<int> shards;
  for (const int clip : clips)
    shards.push_back(
        data.store->clip(data.corpus.clips[static_cast<std::size_t>(clip)].place).shard);
  return shuffled_batches(clips, shards, window, batch_size, seed, epoch);
}

std::vector<std::vector<int>> ordered_batches(std::span<const int> clips, int batch_size) {
  check(batch_size >= 1, "ordered_batches", "expects a batch size >= 1, got ", batch_size);
  return cut(clips, batch_size);
}

}  // namespace sonant
