// Augmentation is a function of seed, epoch and clip, and changes what it says and nothing else.
#include <sonant/train/augment.h>
#include <sonant/train/batch.h>
#include <sonant/train/experiment/run.h>

#include <cmath>
#include <set>

#include "support/catch.h"
#include "train/tones.h"

using namespace sonant;
using namespace sonant::test;

namespace {

// Clips of these lengths with 5 features, all 1; and of each a copy of twos and one of threes, one
// frame longer and two.
Dataset ones(const std::vector<int>& lengths) {
  Dataset data;
  data.copies.resize(2);
  for (const int length : lengths) {
    const auto filled = [](int frames, float value) {
      Tensor<float> x(Shape{frames, 5});
      for (float& v : x.span()) v = value;
      return x;
    };
    data.features.push_back(filled(length, 1));
    data.copies[0].push_back(filled(length + 1, 2));
    data.copies[1].push_back(filled(length + 2, 3));
    data.corpus.clips.emplace_back();
  }
  return data;
}

TrainConfig config(double speed_share, int frames, int features) {
  TrainConfig c;
  c.speed_share = speed_share;
  c.mask_frames = frames;
  c.mask_features = features;
  return c;
}

}  // namespace

TEST_CASE("Copies stand for so many of the utterances, each as often", "[train]") {
  const Augmentation some(config(0.3, 0, 0), 4);
  int counts[3] = {};
  for (int clip = 0; clip < 10000; ++clip) ++counts[some.copy_of(clip, 2) + 1];
  CHECK(std::abs(counts[0] - 7000) < 150);
  CHECK(std::abs(counts[1] - 1500) < 120);
  CHECK(std::abs(counts[2] - 1500) < 120);
  CHECK(Augmentation().copy_of(3, 2) == -1);
  CHECK(some.copy_of(3, 0) == -1);
  std::set<int> of_epochs;
  for (int epoch = 0; epoch < 50; ++epoch)
    of_epochs.insert(Augmentation(config(0.3, 0, 0), epoch).copy_of(3, 2));
  CHECK(of_epochs.size() == 3);

  const Dataset data = ones({4, 4, 4, 4, 4, 4});
  const Batch batch =
      make_batch(data, std::vector<int>{0, 1, 2, 3, 4, 5}, {}, Augmentation(config(1, 0, 0), 0));
  for (std::size_t b = 0; b < 6; ++b) {
    const auto length = batch.layout->lengths()[b];
    CHECK(length == 5 + Augmentation(config(1, 0, 0), 0).copy_of(batch.clips[b], 2));
    CHECK(batch.data(batch.layout->row(static_cast<int>(b), 0), 0) == length - 3);
  }
}

TEST_CASE("A mask is one stretch of frames and one of features", "[train]") {
  const Dataset data = ones(std::vector<int>(200, 30));
  std::vector<int> clips(200);
  for (int i = 0; i < 200; ++i) clips[static_cast<std::size_t>(i)] = i;
  const Batch batch = make_batch(data, clips, {}, Augmentation(config(0, 8, 3), 1));
  std::set<int> frame_counts, feature_counts, first_frames;
  for (int b = 0; b < 200; ++b) {
    std::vector<int> whole, partly;  // frames
    std::set<std::vector<int>> bands;
    for (int t = 0; t < 30; ++t) {
      std::vector<int> zeros;
      for (int f = 0; f < 5; ++f)
        if (batch.data(batch.layout->row(b, t), f) == 0) zeros.push_back(f);
      (zeros.size() == 5 ? whole : partly).push_back(t);
      if (zeros.size() < 5) bands.insert(zeros);
    }
    REQUIRE(bands.size() == 1);  // the same features in all frames that are left
    const std::vector<int>& band = *bands.begin();
    if (!band.empty()) CHECK(band.back() - band.front() + 1 == std::ssize(band));
    if (!whole.empty()) {
      CHECK(whole.back() - whole.front() + 1 == std::ssize(whole));
      first_frames.insert(whole.front());
    }
    frame_counts.insert(static_cast<int>(whole.size()));
    feature_counts.insert(static_cast<int>(band.size()));
  }
  CHECK(frame_counts == std::set<int>{0, 1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(feature_counts == std::set<int>{0, 1, 2, 3});
  CHECK(*first_frames.begin() == 0);
  CHECK(*first_frames.rbegin() >= 28);
  // A mask is no longer than what it is of.
  const Dataset small = ones({2, 1});
  const Batch all =
      make_batch(small, std::vector<int>{0, 1}, {}, Augmentation(config(0, 1000, 1000), 3));
  CHECK(all.data.size() == 15);
}

TEST_CASE("Shards of a batch are augmented as the whole batch is", "[train]") {
  const Dataset data = ones({9, 7, 7, 5, 4, 3, 3, 2});
  const std::vector<int> clips{5, 2, 7, 0, 1, 6, 3, 4};
  const Augmentation augmentation(config(0.5, 3, 2), 2);
  const Batch whole = make_batch(data, clips, {}, augmentation);
  for (int shard = 0; shard < 4; ++shard) {
    const Batch part = make_batch(data, clips, {shard, 4}, augmentation);
    CHECK(part.clips == whole.clips);
    for (int b = 0; b < part.layout->batch(); ++b) {
      const int in_whole = shard + 4 * b,
                length = part.layout->lengths()[static_cast<std::size_t>(b)];
      CHECK(length == whole.layout->lengths()[static_cast<std::size_t>(in_whole)]);
      for (int t = 0; t < length; ++t)
        for (int f = 0; f < 5; ++f)
          CHECK(part.data(part.layout->row(b, t), f) ==
                whole.data(whole.layout->row(in_whole, t), f));
    }
  }
}

TEST_CASE("A training with augmentation repeats, resumes, and keeps its last epoch", "[train]") {
  const TempFolder folder;
  RunOptions options;
  options.data = write_tones(folder);
  options.features = tone_features();
  options.cache = folder / "cache";
  options.config.model = "lstm-sa-h8";
  options.config.epochs = 4;
  const RunResult plain = run_training(options);
  options.config.speed_share = 0.5;
  options.config.mask_frames = 3;
  options.config.mask_features = 2;
  options.config.keep = Keep::last;
  const RunResult first = run_training(options), again = run_training(options);
  CHECK(first.weights_hash == again.weights_hash);
  CHECK(first.weights_hash != plain.weights_hash);
  CHECK(first.best_epoch == 4);
  CHECK(first.weights_hash == first.epochs.back().weights_hash);

  options.checkpoint = folder / "checkpoint";
  int batches = 0;
  const RunResult stopped = run_training(options, {.stop = [&] { return ++batches == 6; }});
  CHECK(stopped.interrupted);
  options.resume = true;
  CHECK(run_training(options).weights_hash == first.weights_hash);

  options.resume = false;
  options.config.shards = 4;
  options.checkpoint.clear();
  const RunResult sharded = run_training(options);
  CHECK(sharded.weights_hash == run_training(options).weights_hash);
}

TEST_CASE("Copies are the features of faster and of slower sounds", "[train]") {
  const TempFolder folder;
  const std::filesystem::path manifest = write_tones(folder), cache = folder / "cache";
  LoadOptions options{.features = tone_features(), .speeds = {0.9, 1.1}, .cache = cache};
  const Dataset data = load_dataset(open_corpus(manifest), options);
  REQUIRE(data.copies.size() == 2);
  for (std::size_t k = 0; k < 2; ++k) {
    LoadOptions alone{.features = tone_features()};
    alone.features.around.speed = options.speeds[k];
    const Dataset expected = load_dataset(open_corpus(manifest), alone);
    CHECK(data.copies[k] == expected.features);
  }
  for (std::size_t i = 0; i < data.features.size(); ++i)
    CHECK(data.copies[0][i].dim(0) > data.copies[1][i].dim(0));
  std::size_t computed = 0;
  const Dataset again = load_dataset(open_corpus(manifest), options,
                                     {.loading = [&](std::size_t, std::size_t) { ++computed; }});
  CHECK(computed == 0);
  CHECK(again.copies == data.copies);
  CHECK(again.fingerprint == data.fingerprint);
}
