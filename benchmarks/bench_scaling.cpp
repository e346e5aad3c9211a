// One thread against several: the ratio of the times, and that the results are the same bits.
// Beside it, what the machine gives to programs that share nothing: as many copies of the work as
// there are threads, each on one. All three are taken in turn, so that they see the same machine.
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sonant/core/parallel.h>

#include "harness.h"
#include "verify.h"

using namespace sonant;
using namespace sonant::bench;

namespace {

constexpr int block = 10;  // steps between changes of the number of threads

// Everything a few steps of training leave behind.
std::vector<Tensor<float>> trained(int threads) {
  set_num_threads(threads);
  const Utterances data = make_utterances(first_lengths(32));
  Training training;
  for (int k = 0; k < 3; ++k) training.step(data);
  std::vector<Tensor<float>> state = {training.infer(data)};
  for (const auto& p : training.model().named_parameters()) state.push_back(p.value->value);
  return state;
}

void verify_same_bits(int threads) {
  const auto one = trained(1), several = trained(threads);
  check(one == several, "verification", threads,
        " threads give other bits than one after 3 steps "
        "of training; nothing was timed");
}

// Milliseconds of each of `block` calls.
void time_block(const std::function<void()>& body, std::vector<double>& milliseconds) {
  body();  // wakes the threads
  for (int k = 0; k < block; ++k) {
    const auto start = std::chrono::steady_clock::now();
    body();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    milliseconds.push_back(took.count());
  }
}

// work[k](): one call of copy k, of which no two share what they write to.
void add(const std::string& name, int threads, std::vector<std::function<void()>> work) {
  add_benchmark(name + "/threads:" + std::to_string(threads), [=](benchmark::State& state) {
    std::vector<double> one, several, copies;
    for (auto _ : state) {
      set_num_threads(1);
      time_block(work[0], one);
      set_num_threads(threads);
      time_block(work[0], several);
      time_block(
          [&] { parallel_shards(threads, [&](int k) { work[static_cast<std::size_t>(k)](); }); },
          copies);
    }
    set_num_threads(1);
    const double alone = quantile(one, 0.5);
    state.counters["ms_1"] = alone;
    state.counters["ms_" + std::to_string(threads)] = quantile(several, 0.5);
    state.counters["speedup"] = alone / quantile(several, 0.5);
    state.counters["machine"] = threads * alone / quantile(copies, 0.5);
  })->Unit(benchmark::kMillisecond);
}

// A copy for each thread; kept to the end of the program.
template <class Problem, class Make, class Run>
void add_copies(const std::string& name, int threads, Make make, Run run) {
  std::vector<std::function<void()>> work;
  for (int k = 0; k < threads; ++k)
    work.push_back([problem = std::shared_ptr<Problem>(make()), run] { run(*problem); });
  add(name, threads, std::move(work));
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(argc, argv, [](const Arguments&) {
    verify_training(make_utterances(first_lengths(8)));
    const int processors = std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
    static const Utterances data = make_utterances(first_lengths(32));
    const auto training = [] { return new Training; };
    const auto layers = [] {
      return new LstmStack(std::vector<int>{w_features, w_features, w_hidden}, first_lengths(32));
    };
    for (int threads = 2; threads <= processors; threads *= 2) {
      verify_same_bits(threads);
      set_num_threads(1);
      add_copies<Training>("scaling/train_step/w/batch:32", threads, training,
                           [](Training& t) { t.step(data); });
      add_copies<LstmStack>("scaling/lstm_layers/w/batch:32", threads, layers,
                            [](LstmStack& l) { l.forward_backward(); });
      add_copies<Training>("scaling/forward/w/batch:32", threads, training,
                           [](Training& t) { t.infer(data); });
    }
  });
}
