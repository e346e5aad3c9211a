// Utterances grouped into batches, and packed: docs/training.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <sonant/core/packed.h>
#include <sonant/train/augment.h>
#include <sonant/train/config.h>
#include <sonant/train/dataset.h>

namespace sonant {

// B utterances of a dataset, longest first, as the rows of a classifier's logits are: the shape of
// the sums over a batch, and so the bits of a training, depend on the order.
struct Batch {
  Tensor<float> data;  // (N, F), packed
  Layout layout;
  PoolVector<int> labels;  // [B]
  PoolVector<int> clips;   // [B], indices into Dataset::corpus.clips
  PoolVector<int> chosen;  // [B], where each stood in what make_batch() was given
};

// Every count-th utterance of a batch, longest first, from the index-th on: shards of nearly the
// same number of frames.
struct BatchShard {
  int index = 0, count = 1;
};
// Of a shard data and layout are its own utterances', the rest is of the whole batch. Error if the
// shard has none.
Batch make_batch(const DataView& view, std::span<const int> clips, BatchShard shard = {},
                 const Augmentation& augmentation = {});

// The clips shuffled, the same for the same (seed, epoch), cut into batches. The last one may be
// short, as with PyTorch's DataLoader; but one utterance has no variance to normalise by, so a
// last batch of one joins the batch before, and so does one of fewer utterances than shards. Error
// if batch_size < 2 or there are fewer than 2 clips, or fewer than shards.
std::vector<std::vector<int>> shuffled_batches(std::span<const int> clips, int batch_size,
                                               std::uint64_t seed, int epoch, int shards = 1);

// The same for clips that lie in shards of a store, so that few of these are in use at a time: the
// store's shards are shuffled, so many of them are a window, and the clips of each window are
// shuffled, one window after the other. lies_in[k] is the store's shard of clips[k]. With one
// window for all it is the above. Error if window < 1.
std::vector<std::vector<int>> shuffled_batches(std::span<const int> clips,
                                               std::span<const int> lies_in, int window,
                                               int batch_size, std::uint64_t seed, int epoch,
                                               int shards = 1);

// An epoch of a training: the first, or with a window the second.
std::vector<std::vector<int>> epoch_batches(const Dataset& data, std::span<const int> clips,
                                            const TrainConfig& config, int epoch);

// In the given order, for evaluation: nothing is normalised by the batch there, one is enough.
std::vector<std::vector<int>> ordered_batches(std::span<const int> clips, int batch_size);

}  // namespace sonant
