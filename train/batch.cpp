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

Batch make_batch(const DataView& view, std::span<const int> clips) {
  const Dataset& data = view.data();
  PoolVector<const Tensor<float>*> sequences;
  PoolVector<int> lengths;
  for (int clip : clips) {
    sequences.push_back(&data.features.at(static_cast<std::size_t>(clip)));
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
  check(batch_size >= 2, "shuffled_batches",
        "expects a batch size >= 2 (one utterance has no variance to normalise by), got ",
        batch_size);
  check(clips.size() >= 2, "shuffled_batches", "expects at least 2 utterances, got ", clips.size());
  const Random random = Random(seed, kShuffleStream).split(static_cast<std::uint64_t>(epoch));
  std::vector<int> shuffled;
  for (int place : random.permutation(static_cast<int>(clips.size()))) {
    shuffled.push_back(clips[static_cast<std::size_t>(place)]);
  }
  auto batches = cut(shuffled, batch_size);
  if (batches.back().size() == 1) {
    const int single = batches.back().front();
    batches.pop_back();
    batches.back().push_back(single);
  }
  return batches;
}

std::vector<std::vector<int>> ordered_batches(std::span<const int> clips, int batch_size) {
  check(batch_size >= 1, "ordered_batches", "expects a batch size >= 1, got ", batch_size);
  return cut(clips, batch_size);
}

}  // namespace sonant
