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

Batch make_batch(const DataView& view, std::span<const int> clips, BatchShard shard,
                 const Augmentation& augmentation) {
  check(shard.index >= 0 && shard.index < shard.count && shard.index < std::ssize(clips),
        "make_batch", "expects a shard of a batch of ", clips.size(), ", got ", shard.index, " of ",
        shard.count);
  const Dataset& data = view.data();
  const int copies = static_cast<int>(data.copies.size());
  // In the place of the utterance, one of its copies.
  const auto copy_of = [&](int clip) -> const Tensor<float>* {
    const int copy = augmentation.copy_of(clip, copies);
    return copy < 0 ? nullptr
                    : &data.copies[static_cast<std::size_t>(copy)][static_cast<std::size_t>(clip)];
  };
  PoolVector<int> lengths;
  for (const int clip : clips) {
    const Tensor<float>* copy = copy_of(clip);
    lengths.push_back(copy ? static_cast<int>(copy->dim(0)) : data.frames_of(clip));
  }
  const PackedLayout whole(lengths);
  Batch batch;
  batch.chosen.assign(whole.order().begin(), whole.order().end());
  PoolVector<Tensor<float>> read(data.store ? clips.size() : 0);  // what is not in memory
  PoolVector<const Tensor<float>*> sequences;
  PoolVector<int> of_shard;
  lengths.clear();
  for (auto b = static_cast<std::size_t>(shard.index); b < batch.chosen.size();
       b += static_cast<std::size_t>(shard.count)) {
    const int clip = clips[static_cast<std::size_t>(batch.chosen[b])];
    of_shard.push_back(clip);
    const Tensor<float>* copy = copy_of(clip);
    if (copy == nullptr)
      copy = data.store ? &data.features_of(clip, read[sequences.size()])
                        : &data.features[static_cast<std::size_t>(clip)];
    sequences.push_back(copy);
    lengths.push_back(whole.lengths()[b]);
  }
  batch.layout = make_layout(lengths, whole.steps());
  batch.data = view.normalised(pack<float>(sequences, *batch.layout));
  augmentation.mask(batch.data, *batch.layout, of_shard);
  for (int place : batch.chosen) {
    batch.clips.push_back(clips[static_cast<std::size_t>(place)]);
    batch.labels.push_back(data.corpus.clips[static_cast<std::size_t>(batch.clips.back())].label);
  }
  return batch;
}

std::vector<std::vector<int>> shuffled_batches(std::span<const int> clips, int batch_size,
                                               std::uint64_t seed, int epoch, int shards) {
  const std::vector<int> one(clips.size(), 0);
  return shuffled_batches(clips, one, 1, batch_size, seed, epoch, shards);
}

std::vector<std::vector<int>> shuffled_batches(std::span<const int> clips,
                                               std::span<const int> lies_in, int window,
                                               int batch_size, std::uint64_t seed, int epoch,
                                               int shards) {
  check(batch_size >= 2, "shuffled_batches",
        "expects a batch size >= 2 (one utterance has no variance to normalise by), got ",
        batch_size);
  const int fewest = std::max(2, shards);
  check(std::ssize(clips) >= fewest, "shuffled_batches", "expects at least ", fewest,
        " utterances, got ", clips.size());
  check(window >= 1, "shuffled_batches", "expects a window of at least 1 shard, got ", window);
  const auto of_epoch = [&](std::uint64_t stream) {
    return Random(seed, stream).split(static_cast<std::uint64_t>(epoch));
  };
  std::vector<int> known(lies_in.begin(), lies_in.end());
  std::ranges::sort(known);
  known.erase(std::unique(known.begin(), known.end()), known.end());
  const std::vector<int> turn = of_epoch(kShardStream).permutation(static_cast<int>(known.size()));
  std::vector<std::vector<int>> windows((known.size() - 1) / static_cast<std::size_t>(window) + 1);
  std::map<int, std::size_t> window_of;
  for (std::size_t k = 0; k < turn.size(); ++k)
    window_of[known[static_cast<std::size_t>(turn[k])]] = k / static_cast<std::size_t>(window);
  for (std::size_t k = 0; k < clips.size(); ++k) windows[window_of[lies_in[k]]].push_back(clips[k]);
  std::vector<int> shuffled;
  for (std::size_t w = 0; w < windows.size(); ++w) {
    const Random all = of_epoch(kShuffleStream), random = w == 0 ? all : all.split(w);
    for (int place : random.permutation(static_cast<int>(windows[w].size())))
      shuffled.push_back(windows[w][static_cast<std::size_t>(place)]);
  }
  auto batches = cut(shuffled, batch_size);
  if (std::ssize(batches.back()) < fewest) {
    const std::vector<int> rest = std::move(batches.back());
    batches.pop_back();
    batches.back().insert(batches.back().end(), rest.begin(), rest.end());
  }
  return batches;
}

std::vector<std::vector<int>> epoch_batches(const Dataset& data, std::span<const int> clips,
                                            const TrainConfig& config, int epoch) {
  if (config.window == 0)
    return shuffled_batches(clips, config.batch_size, config.seed, epoch, config.shards);
  check(data.store != nullptr, "epoch_batches", "expects a window of 0 of data in memory, got ",
        config.window);
  std::vector<int> lies_in;
  for (const int clip : clips)
    lies_in.push_back(
        data.store->clip(data.corpus.clips[static_cast<std::size_t>(clip)].place).shard);
  return shuffled_batches(clips, lies_in, config.window, config.batch_size, config.seed, epoch,
                          config.shards);
}

std::vector<std::vector<int>> ordered_batches(std::span<const int> clips, int batch_size) {
  check(batch_size >= 1, "ordered_batches", "expects a batch size >= 1, got ", batch_size);
  return cut(clips, batch_size);
}

}  // namespace sonant
