// A training step in the steady state asks the heap for nothing: docs/performance-log.md.
#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/parallel.h>
#include <sonant/core/random.h>
#include <sonant/nn/models/family.h>
#include <sonant/train/batch.h>
#include <sonant/train/experiment/run.h>
#include <sonant/train/optimizer.h>

#include <memory>
#include <string>
#include <vector>

#include "allocation/heap_count.h"
#include "support/catch.h"
#include "support/models.h"

using namespace sonant;
using test::heap_allocations;
using test::heap_is_counted;

namespace {

// Leaves the number of threads as it was.
struct Threads {
  int before = num_threads();
  explicit Threads(int n) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
};

// Clips of 20 to 90 frames of noise, labels 0 to 3 in turn.
Dataset noise(int clips) {
  Dataset data;
  for (int label = 0; label < 4; ++label) data.corpus.class_names.push_back(std::to_string(label));
  for (int n = 0; n < clips; ++n) {
    Clip clip;
    clip.path = "clip" + std::to_string(n) + ".wav";
    clip.label = n % 4;
    data.corpus.clips.push_back(clip);
    Tensor<float> features({20 + n * 37 % 71, 46});
    Random(3, static_cast<std::uint64_t>(n)).fill_normal(features.span(), 0.0f, 1.0f);
    data.features.push_back(std::move(features));
  }
  return data;
}

struct Case {
  const char *model, *optimizer, *padding, *kernel;
  double clip;
};
constexpr Case cases[] = {
    {"reslstm-sa-h64", "adam", "masked", "", 0},   {"reslstm-sa-h64", "adam", "paper", "", 1},
    {"lstm-sa-h31", "adamw", "masked", "blas", 0}, {"lstm-sa-h31", "sgd", "masked", "reference", 0},
    {"a-lstm-h31", "adam", "masked", "", 0},       {"a-lstm-h7", "adam", "paper", "blas", 0},
};

// Everything Trainer does for a batch, from the indices of its clips.
class Steps {
 public:
  explicit Steps(const Case& c)
      : model_(make_model<float>(test::NamedModel{.name = c.model,
                                                  .input = 46,
                                                  .classes = 4,
                                                  .dropout = 0.3,
                                                  .padding = value_of_word<Padding>(c.padding),
                                                  .kernel = c.kernel},
                                 1)),
        optimizer_(make_optimizer<float>(model_->parameters(),
                                         {.name = c.optimizer, .weight_decay = 0.01})),
        loss_{.class_weights = {1, 2, 1, 0.5}, .label_smoothing = 0.1},
        clip_(c.clip) {}

  void step(const Dataset& data, std::span<const int> clips) {
    Batch batch = make_batch(data, clips);
    Tape<float> tape(TapeMode::record, 1, steps_++);
    const auto out = (*model_)({tape.constant(std::move(batch.data)), batch.layout});
    const Var<float> loss = cross_entropy<float>(out.head(), batch.labels, loss_);
    optimizer_->zero_grad();
    loss.backward();
    if (clip_ > 0) clip_grad_norm(optimizer_->parameters(), clip_);
    optimizer_->step();
  }

 private:
  std::unique_ptr<Model<float>> model_;
  std::unique_ptr<Optimizer<float>> optimizer_;
  CrossEntropyOptions loss_;
  double clip_;
  std::uint64_t steps_ = 0;
};

}  // namespace

TEST_CASE("the heap is counted", "[allocation]") {
  if (!heap_is_counted()) {
    WARN("not on this C library");
    return;
  }
  pool_trim();
  const std::int64_t before = heap_allocations();
  const auto number = std::make_unique<int>(3);
  const std::vector<double, PoolAllocator<double>> numbers(1 << 20);
  const std::int64_t asked = heap_allocations() - before;
  CHECK(asked == 2);
}

TEST_CASE("a training step asks the heap for nothing, batches of any length", "[allocation]") {
  const Dataset data = noise(80);
  std::vector<int> clips(80);
  for (int n = 0; n < 80; ++n) clips[static_cast<std::size_t>(n)] = n;
  const auto batches = shuffled_batches(clips, 32, 1, 0);  // 32, 32 and 16
  for (int threads : {1, 2, 3}) {
    const Threads scope(threads);
    for (const Case& c : cases) {
      Steps steps(c);
      const auto epoch = [&] {
        for (const auto& batch : batches) steps.step(data, batch);
      };
      for (int k = 0; k < 3; ++k) epoch();
      const std::int64_t before = heap_allocations();
      for (int k = 0; k < 3; ++k) epoch();
      const std::int64_t asked = heap_allocations() - before;
      INFO(c.model << ", " << c.optimizer << ", " << c.padding << ", kernel " << c.kernel << ", "
                   << threads << " threads");
      CHECK(asked == 0);
    }
  }
}

// Its clips have one length.
TEST_CASE("a step of Light-SERNet asks the heap for nothing", "[allocation]") {
  Dataset data = noise(24);
  for (Tensor<float>& features : data.features) {
    features = Tensor<float>({20, 46});
    Random(5).fill_normal(features.span(), 0.0f, 1.0f);
  }
  std::vector<int> clips(24);
  for (int n = 0; n < 24; ++n) clips[static_cast<std::size_t>(n)] = n;
  for (int threads : {1, 2}) {
    const Threads scope(threads);
    Steps steps({"p-cnn", "adam-keras", "masked", "", 0});
    for (int k = 0; k < 3; ++k) steps.step(data, clips);
    const std::int64_t before = heap_allocations();
    for (int k = 0; k < 3; ++k) steps.step(data, clips);
    INFO(threads << " threads");
    CHECK(heap_allocations() - before == 0);
  }
}

// With batches shuffled anew for every epoch, a longer one than any before needs larger blocks; but
// the steps that need none are all that do not.
TEST_CASE("Trainer's steps ask the heap for nothing once it has seen the lengths", "[allocation]") {
  const Dataset data = noise(96);
  Split split;
  for (int n = 0; n < 96; ++n) (n < 80 ? split.train : split.choose).push_back(n);
  TrainConfig config;
  config.model = "reslstm-sa-h16";
  config.epochs = 12;
  config.batch_size = 16;
  config.class_weights = true;
  config.clip = 1;
  for (int threads : {1, 2}) {
    const Threads scope(threads);
    Trainer trainer = make_trainer(data, split, config);
    std::vector<std::int64_t> asked;  // by a step and the callback's end before it
    std::int64_t before = 0;
    asked.reserve(1000);
    Callbacks callbacks;
    callbacks.batch = [&](const BatchProgress& progress) {
      if (progress.batch > 1) asked.push_back(heap_allocations() - before);
      before = heap_allocations();
    };
    trainer.run(callbacks);
    REQUIRE(asked.size() == 12 * 4);
    std::int64_t late = 0;
    for (std::size_t k = asked.size() / 2; k < asked.size(); ++k) late += asked[k];
    INFO(threads << " threads");
    CHECK(late == 0);
  }
}
