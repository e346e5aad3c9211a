#include <sonant/core/ops/ops.h>
#include <sonant/core/parallel.h>
#include <sonant/core/random.h>
#include <sonant/nn/losses/loss.h>
#include <sonant/nn/models/family.h>
#include <sonant/train/cluster/shard_group.h>

#include <atomic>
#include <numeric>

#include "support/catch.h"
#include "support/close.h"
#include "train/thread_ranks.h"

using namespace sonant;
using namespace sonant::test;

namespace {

// Threads of the pool while it lives.
class Threads {
 public:
  explicit Threads(int n) : before_(num_threads()) { set_num_threads(n); }
  ~Threads() { set_num_threads(before_); }

 private:
  int before_;
};

template <Real T>
Tensor<T> gaussian(const Shape& shape, std::uint64_t seed) {
  Tensor<T> x(shape);
  Random(seed).fill_normal<T>(x.span(), T(0.3), T(1));
  return x;
}

}  // namespace

TEST_CASE("Shards gather in their order, on any number of ranks and threads", "[train]") {
  for (const int threads : {1, 2, 3}) {
    const Threads limit(threads);
    for (const int shards : {1, 2, 4, 8})
      for (int ranks = 1; ranks <= std::min(shards, 3); ++ranks) {
        CAPTURE(threads, shards, ranks);
        std::atomic<int> wrong = 0, met = 0;
        on_ranks(ranks, [&](Communicator& mine) {
          ShardGroup group(shards, &mine);
          std::atomic<int> at_work = 0;
          for (int run = 0; run < 3; ++run)
            group.run([&](int, Exchange& others) {
              for (std::size_t n = 1; n < 20; ++n) {  // meetings of different sizes
                if (++at_work > threads) ++wrong;
                const std::vector<double> own(n, others.shard() + 100.0 * run);
                std::vector<double> all(n * static_cast<std::size_t>(shards));
                --at_work;
                others.gather(own, all);
                for (std::size_t i = 0; i < all.size(); ++i)
                  wrong += all[i] != static_cast<double>(i / n) + 100.0 * run;
                ++met;
              }
            });
        });
        CHECK(wrong == 0);
        CHECK(met == 3 * 19 * shards);
      }
  }
}

TEST_CASE("What one shard throws ends the others, and the group goes on", "[train]") {
  ShardGroup group(4, nullptr);
  const auto fails = [&] {
    group.run([](int k, Exchange& others) {
      std::vector<double> all(4);
      const double one = 1;
      others.gather({&one, 1}, all);
      check(k != 2, "shard", "two has failed");
      others.gather({&one, 1}, all);
    });
  };
  CHECK_THROWS_WITH(fails(), ContainsSubstring("two has failed"));
  double sum = 0;
  group.run([&](int k, Exchange& others) {
    std::vector<double> all(4);
    const double one = 1;
    others.gather({&one, 1}, all);
    if (k == 0) sum = std::accumulate(all.begin(), all.end(), 0.0);
  });
  CHECK(sum == 4);
}

TEST_CASE("One shard that is all of the batch gives the bits of no shards", "[train]") {
  const auto run = [](Exchange* others) {
    Tape<float> tape(TapeMode::record, 1, 2, others);
    const auto x = tape.variable(gaussian<float>({13, 5}, 3));
    Tensor<float> mean({5}), var({5}, 1.0F);
    const auto w = tape.variable(gaussian<float>({5}, 4)),
               b = tape.variable(gaussian<float>({5}, 5));
    auto y = batch_norm(x, w, b, mean, var, {.zero_rows = 4});
    y = whole_batch(y, 13);
    const std::vector<int> labels{0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2};
    cross_entropy(y, std::span(labels)).backward();
    return std::vector<Tensor<float>>{y.value(), x.grad(), w.grad(), b.grad(), mean, var};
  };
  const auto plain = run(nullptr);
  ShardGroup group(1, nullptr);
  group.run([&](int, Exchange& others) { CHECK(run(&others) == plain); });
}

TEST_CASE("Dropout of a shard depends on the shard, not on where it is", "[train]") {
  const auto masks = [](int ranks) {
    std::vector<Tensor<float>> of(4);
    on_ranks(ranks, [&](Communicator& mine) {
      ShardGroup group(4, &mine);
      group.run([&](int, Exchange& others) {
        Tape<float> tape(TapeMode::record, 1, 2, &others);
        of[static_cast<std::size_t>(others.shard())] =
            dropout(tape.constant(Tensor<float>({40}, 1.0F)), 0.5, true).value();
      });
    });
    return of;
  };
  const auto one = masks(1);
  CHECK(one == masks(3));
  for (int a = 0; a < 4; ++a)
    for (int b = 0; b < a; ++b)
      CHECK(one[static_cast<std::size_t>(a)] != one[static_cast<std::size_t>(b)]);
}

namespace {

struct Problem {
  std::string model;
  Padding padding = Padding::masked;
  LossSettings loss = {};
  std::vector<int> lengths = {9, 8, 8, 7, 5, 3, 2};
};

// The loss, then the gradient of each parameter, and what became of the buffers.
using Outcome = std::vector<Tensor<double>>;

Outcome outcome(Model<double>& model, double loss) {
  Outcome all{Tensor<double>::scalar(loss)};
  for (Parameter<double>* p : model.parameters()) all.push_back(p->grad);
  for (const auto& buffer : model.named_buffers()) all.push_back(*buffer.value);
  return all;
}

Var<double> loss_of(const Problem& problem, const ModelOutput<double>& output) {
  const std::vector<int> classes{0, 1, 2, 1, 0, 2, 1};
  const std::vector<double> numbers{0.1, -1, 2, 0.5, 0.3, -0.7, 1.1};
  if (find_loss(problem.loss.name).target == LossTarget::number)
    return compute_loss<double>(problem.loss, output.head(), {.numbers = numbers});
  return compute_loss<double>(problem.loss, output.head(), {.classes = classes});
}

// Frame t of clip b, whichever shard has it.
Packed<double> frames(Tape<double>& tape, const Problem& problem, int shard, int shards) {
  std::vector<Tensor<double>> clips;
  std::vector<int> lengths;
  for (std::size_t b = static_cast<std::size_t>(shard); b < problem.lengths.size();
       b += static_cast<std::size_t>(shards)) {
    clips.push_back(gaussian<double>({problem.lengths[b], 6}, 20 + b));
    lengths.push_back(problem.lengths[b]);
  }
  std::vector<const Tensor<double>*> sequences;
  for (const auto& clip : clips) sequences.push_back(&clip);
  const Layout layout = make_layout(lengths, problem.lengths[0]);
  return {tape.constant(pack<double>(sequences, *layout)), layout};
}

void check_shards_equal_whole(const Problem& problem) {
  ModelSpec spec = model_spec(problem.model, 6);
  spec.padding = problem.padding;
  spec.set("dropout", 0.0);
  const bool numbers = find_loss(problem.loss.name).target == LossTarget::number;
  spec.heads = {{"answer", numbers ? 1 : 3}};
  const auto model = make_model<double>(spec, 5);
  const auto whole = model->clone();
  Tape<double> tape;
  const auto loss = loss_of(problem, (*whole)(frames(tape, problem, 0, 1)));
  loss.backward();
  const Outcome expected = outcome(*whole, loss.value().item());

  constexpr int kShards = 4;
  std::vector<Outcome> of(kShards);
  ShardGroup group(kShards, nullptr);
  group.run([&](int k, Exchange& others) {
    const auto own = model->clone();
    Tape<double> its(TapeMode::record, 0, 0, &others);
    const auto output = (*own)(frames(its, problem, k, kShards));
    const auto value = loss_of(problem, output.of_all_shards(std::ssize(problem.lengths)));
    value.backward();
    of[static_cast<std::size_t>(k)] = outcome(*own, value.value().item());
  });
  const std::size_t parameters = model->parameters().size();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    Tensor<double> sum = of[0][i];
    for (std::size_t s = 1; s < kShards; ++s) {
      if (i == 0 || i > parameters) CHECK(of[s][i] == of[0][i]);  // all find the same
      if (i > 0 && i <= parameters)
        for (std::int64_t j = 0; j < sum.size(); ++j) sum[j] += of[s][i][j];
    }
    CAPTURE(i);
    CHECK(close(sum, expected[i], 1e-10, 1e-12));
  }
}

}  // namespace

TEST_CASE("Shards that meet find the loss and the gradient of the whole batch", "[train]") {
  for (const Padding padding : {Padding::masked, Padding::paper}) {
    for (const char* model : {"reslstm-sa-h4", "lstm-sa-h4", "lstm-wp-h4"})
      check_shards_equal_whole({.model = model, .padding = padding});
  }
  LossSettings weighted{.class_weights = {1, 0.5, 3}, .label_smoothing = 0.1};
  check_shards_equal_whole({.model = "reslstm-sa-h4", .loss = weighted});
  check_shards_equal_whole({.model = "reslstm-sa-h4", .loss = {.name = "focal"}});
  check_shards_equal_whole({.model = "lstm-sa-h4", .loss = {.name = "mean-squared-error"}});
  check_shards_equal_whole({.model = "lstm-sa-h4", .loss = {.name = "concordance"}});
  check_shards_equal_whole({.model = "light-sernet", .lengths = std::vector<int>(7, 33)});
}
