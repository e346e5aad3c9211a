#include <sonant/train/batch.h>

#include <algorithm>

#include <sonant/core/error.h>
#include <sonant/core/random.h>

namespace sonant {
namespace {

// Keeps the shuffling apart from what else is drawn from the same seed.
constexpr std::uint64_t kShuffleStream = 0x73687566;  // "shuf"

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

Batch make_batch(const DataView& view, std::span<const int> clips, BatchShard shard) {
  check(shard.index >= 0 && shard.index < shard.count && shard.index < std::ssize(clips),
        "make_batch", "expects a shard of a batch of ", clips.size(), ", got ", shard.index, " of ",
        shard.count);
  const Dataset& data = view.data();
  const auto sequence = [&](int place) {
    return &data.features.at(static_cast<std::size_t>(clips[static_cast<std::size_t>(place)]));
  };
  PoolVector<int> lengths;
  for (int place = 0; place < std::ssize(clips); ++place)
    lengths.push_back(static_cast<int>(sequence(place)->dim(0)));
  const PackedLayout whole(lengths);
  Batch batch;
  batch.chosen.assign(whole.order().begin(), whole.order().end());
  PoolVector<const Tensor<float>*> sequences;
  lengths.clear();
  for (auto b = static_cast<std::size_t>(shard.index); b < batch.chosen.size();
       b += static_cast<std::size_t>(shard.count)) {
    sequences.push_back(sequence(batch.chosen[b]));
    lengths.push_back(whole.lengths()[b]);
  }
  batch.layout = make_layout(lengths, whole.steps());
  batch.data = view.normalised(pack<float>(sequences, *batch.layout));
  for (int place : batch.chosen) {
    batch.clips.push_back(clips[static_cast<std::size_t>(place)]);
    batch.labels.push_back(data.corpus.clips[static_cast<std::size_t>(batch.clips.back())].label);
  }
  return batch;
}

std::vector<std::vector<int>> shuffled_batches(std::span<const int> clips, int batch_size,
                                               std::uint64_t seed, int epoch, int shards) {
  check(batch_size >= 2, "shuffled_batches",
        "expects a batch size >= 2 (one utterance has no variance to normalise by), got ",
        batch_size);
  const int fewest = std::max(2, shards);
  check(std::ssize(clips) >= fewest, "shuffled_batches", "expects at least ", fewest,
        " utterances, got ", clips.size());
  const Random random = Random(seed, kShuffleStream).split(static_cast<std::uint64_t>(epoch));
  std::vector<int> shuffled;
  for (int place : random.permutation(static_cast<int>(clips.size()))) {
    shuffled.push_back(clips[static_cast<std::size_t>(place)]);
  }
  auto batches = cut(shuffled, batch_size);
  if (std::ssize(batches.back()) < fewest) {
    const std::vector<int> rest = std::move(batches.back());
    batches.pop_back();
    batches.back().insert(batches.back().end(), rest.begin(), rest.end());
  }
  return batches;
}

std::vector<std::vector<int>> ordered_batches(std::span<const int> clips, int batch_size) {
  check(batch_size >= 1, "ordered_batches", "expects a batch size >= 1, got ", batch_size);
  return cut(clips, batch_size);
}

}  // namespace sonant
