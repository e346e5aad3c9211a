// One model over ranks: what an exchange costs, and what ranks bring. docs/ranks.md.
//
//   mpirun -n 2 --bind-to none build/bench/benchmarks/bench_cluster
//
// Every rank runs the same; rank 0 prints. A line has the median of its calls, the 10th and the
// 90th percentile, and of a step the share that rank 0 spends in exchanges, waiting for others
// included.
#include <sched.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/parallel.h>
#include <sonant/train/checkpoint.h>
#include <sonant/train/cluster/same_run.h>
#include <sonant/train/cluster/sharded_step.h>

#include "harness.h"
#include "machine.h"
#include "problems.h"

using namespace sonant;
using namespace sonant::bench;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Another one, with a clock.
class Timed : public Communicator {
 public:
  explicit Timed(Communicator& its) : its_(its) {}
  int rank() const override { return its_.rank(); }
  int size() const override { return its_.size(); }
  void gather(std::span<const double> mine, std::span<const int> counts,
              std::span<double> all) override {
    timed([&] { its_.gather(mine, counts, all); });
  }
  void swap(int partner, std::span<const float> mine, std::span<float> theirs) override {
    timed([&] { its_.swap(partner, mine, theirs); });
  }
  void deal(std::span<const float> mine, std::span<const int> send, std::span<float> theirs,
            std::span<const int> receive) override {
    timed([&] { its_.deal(mine, send, theirs, receive); });
  }
  void collect(std::span<float> all, std::span<const int> counts) override {
    timed([&] { its_.collect(all, counts); });
  }
  void abort(int status) override { its_.abort(status); }
  double seconds = 0;

 private:
  template <class Work>
  void timed(const Work& work) {
    const auto start = Clock::now();
    work();
    seconds += seconds_since(start);
  }
  Communicator& its_;
};

// One process, for a launch without mpirun.
class Alone : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void gather(std::span<const double> mine, std::span<const int>, std::span<double> all) override {
    std::ranges::copy(mine, all.begin());
  }
  void swap(int, std::span<const float>, std::span<float>) override {}
  void deal(std::span<const float>, std::span<const int>, std::span<float>,
            std::span<const int>) override {}
  void collect(std::span<float>, std::span<const int>) override {}
  void abort(int status) override { std::exit(status); }
};

struct Bench {
  Communicator& ranks;
  int calls;  // of each kind that are timed

  bool first() const { return ranks.rank() == 0; }
  void line(const std::string& name, const std::vector<double>& seconds, double scale,
            const char* unit, double share = -1) const {
    if (!first()) return;
    std::printf("%-44s %9.3f %s  (%.3f to %.3f)", name.c_str(), scale * quantile(seconds, 0.5),
                unit, scale * quantile(seconds, 0.1), scale * quantile(seconds, 0.9));
    if (share >= 0) std::printf("  exchange %4.1f %%", 100 * share);
    std::printf("\n");
    std::fflush(stdout);
  }
  // Seconds of each call; all ranks begin one together.
  std::vector<double> time(const std::function<void()>& call) const {
    std::vector<double> seconds;
    for (int k = -calls / 10; k < calls; ++k) {
      ranks.any(false);
      const auto start = Clock::now();
      call();
      if (k >= 0) seconds.push_back(seconds_since(start));
    }
    return seconds;
  }
};

// W in shards: the model, Adam, and the step that Trainer makes.
class ShardedTraining {
 public:
  ShardedTraining(int shards, int batch, Communicator* ranks)
      : model_(make_model<float>(model_spec("reslstm-sa-h64", w_features), 1)),
        optimizer_(make_optimizer<float>(model_->parameters(), {.name = "adam"})),
        step_(*model_, shards, ranks) {
    std::vector<int> lengths;
    for (int b = 0; b < batch; ++b) lengths.push_back(w_lengths[b % std::ssize(w_lengths)]);
    std::ranges::sort(lengths, std::greater());
    for (int s = 0; s < shards; ++s) {
      std::vector<int> own;
      for (std::size_t b = static_cast<std::size_t>(s); b < lengths.size();
           b += static_cast<std::size_t>(shards))
        own.push_back(lengths[b]);
      shards_.push_back(make_utterances(own));
    }
    for (int b = 0; b < batch; ++b) labels_.push_back(b % w_classes);
  }
  void step() {
    optimizer_->zero_grad();
    step_.begin();
    step_.run([&](Model<float>& model, Exchange& others, bool) {
      const Utterances& mine = shards_[static_cast<std::size_t>(others.shard())];
      Tape<float> tape(TapeMode::record, 1, steps_, &others);
      const auto output = model({tape.constant(mine.features), mine.layout});
      cross_entropy(output.of_all_shards(std::ssize(labels_)).head(), std::span(labels_))
          .backward();
    });
    step_.add_up();
    optimizer_->step();
    ++steps_;
  }
  std::string hash() { return weights_hash(*model_); }

 private:
  std::unique_ptr<Model<float>> model_;
  std::unique_ptr<Optimizer<float>> optimizer_;
  ShardedStep step_;
  std::vector<Utterances> shards_;
  std::vector<int> labels_;
  std::uint64_t steps_ = 0;
};

// (a) The numbers of one gather of batch norm, and a gradient of W.
void exchanges(const Bench& bench) {
  const auto ranks = static_cast<std::size_t>(bench.ranks.size());
  const std::vector<double> mine(1 + 2 * w_features, 0.5);
  std::vector<double> all(mine.size() * ranks);
  const std::vector<int> counts(ranks, static_cast<int>(mine.size()));
  bench.line("gather of 744 B a rank", bench.time([&] { bench.ranks.gather(mine, counts, all); }),
             1e6, "us");
  std::vector<float> gradient(46'789, 0.0F), theirs(gradient.size());
  if (ranks == 2)
    bench.line("exchange of 187 kB with the other rank",
               bench.time([&] { bench.ranks.swap(1 - bench.ranks.rank(), gradient, theirs); }), 1e6,
               "us");
  const int shards = static_cast<int>(std::bit_ceil(ranks));
  std::vector<std::vector<float>> own;
  for (int s = first_shard(shards, bench.ranks.size(), bench.ranks.rank());
       s < first_shard(shards, bench.ranks.size(), bench.ranks.rank() + 1); ++s)
    own.push_back(gradient);
  std::vector<float*> parts;
  for (auto& part : own) parts.push_back(part.data());
  TreeSum sum(shards, &bench.ranks);
  bench.line("tree sum of 187 kB, S=" + std::to_string(shards),
             bench.time([&] { sum(parts, gradient.size()); }), 1e6, "us");
}

void scaling(const Bench& bench, const std::string& kind, int shards, int batch) {
  Timed timed(bench.ranks);
  ShardedTraining training(shards, batch, &timed);
  double seconds = 0;
  Bench fewer = bench;
  fewer.calls = std::max(10, bench.calls * 32 / batch / 10);
  training.step();
  timed.seconds = 0;
  const auto times = fewer.time([&] { training.step(); });
  for (const double t : times) seconds += t;
  const double calls = static_cast<double>(fewer.calls + fewer.calls / 10);
  fewer.line(kind + ", batch " + std::to_string(batch) + ", S=" + std::to_string(shards), times,
             1e3, "ms", timed.seconds / calls * fewer.calls / seconds);
}

// Two ranks of one thread, and rank 0 alone with two, in turn: how fast the former are beside the
// latter. Whoever has nothing to do sleeps.
void ranks_or_threads(const Bench& bench) {
  ShardedTraining together(2, 32, &bench.ranks), alone(2, 32, nullptr);
  constexpr int steps = 50;
  const int rounds = std::max(3, bench.calls / 40);
  std::vector<double> ranks, threads, ratios;
  const auto block = [&](ShardedTraining& training, std::vector<double>& of) {
    training.step();
    const auto start = Clock::now();
    for (int k = 0; k < steps; ++k) training.step();
    of.push_back(seconds_since(start) / steps);
  };
  for (int round = 0; round < rounds; ++round) {
    bench.ranks.any(false);
    set_num_threads(1);
    block(together, ranks);
    set_num_threads(2);
    if (bench.first())
      block(alone, threads);
    else
      std::this_thread::sleep_for(std::chrono::duration<double>(2 * steps * ranks.back()));
    set_num_threads(1);
    if (bench.first()) ratios.push_back(threads.back() / ranks.back());
  }
  bench.line("two ranks of one thread, batch 32, S=2", ranks, 1e3, "ms");
  if (!bench.first()) return;
  bench.line("one rank of two threads", threads, 1e3, "ms");
  bench.line("speed of the former beside the latter", ratios, 1, "  ");
  check(together.hash() == alone.hash(), "bench_cluster", "ranks and threads give other bits");
}

std::string binding() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return "?";
  std::string list;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) list += (list.empty() ? "" : ",") + std::to_string(cpu);
  return list;
}

void describe(const Bench& bench) {
  const auto places = bench.ranks.gather_text(host_name() + " on processors " + binding());
  if (!bench.first()) return;
  for (const auto& [name, value] : machine_facts()) std::cout << name << ": " << value << '\n';
  for (std::size_t r = 0; r < places.size(); ++r)
    std::cout << "rank " << r << ": " << places[r] << '\n';
  const char* btl = std::getenv("OMPI_MCA_btl");
  std::cout << "transport: " << (transport_name().empty() ? "none" : transport_name())
            << (btl ? std::string(", btl ") + btl : ", its own choice") << std::endl;
}

void run(const Bench& bench) {
  const int ranks = bench.ranks.size();
  set_num_threads(1);
  describe(bench);
  if (ranks > 1) exchanges(bench);
  const auto power = static_cast<int>(std::bit_ceil(static_cast<unsigned>(ranks)));
  for (const int batch : {32, 256})
    for (const int shards : {power, 32}) scaling(bench, "strong", shards, batch);
  scaling(bench, "weak", power, 32 * ranks);
  if (ranks == 2) ranks_or_threads(bench);
}

}  // namespace

int main(int argc, char** argv) {
  int calls = 400;
  for (int i = 1; i < argc; ++i)
    if (std::string_view(argv[i]) == "--smoke") calls = 10;
  use_mpi();
  try {
    const Launch launch = launch_of_environment();
    const auto ranks = launch.size > 1 ? join_ranks(launch) : std::make_unique<Alone>();
    run({*ranks, calls});
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_cluster: " << error.what() << '\n';
    return 1;
  }
}
