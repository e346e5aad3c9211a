// One thread against several: the ratio of the times, taken in turn so that both see the same
// machine, and that the results are the same bits.
#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

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

void add(const std::string& name, int threads, std::function<void()> body) {
  add_benchmark(name + "/threads:" + std::to_string(threads), [=](benchmark::State& state) {
    std::vector<double> one, several;
    for (auto _ : state) {
      set_num_threads(1);
      time_block(body, one);
      set_num_threads(threads);
      time_block(body, several);
    }
    set_num_threads(1);
    state.counters["ms_1"] = quantile(one, 0.5);
    state.counters["ms_" + std::to_string(threads)] = quantile(several, 0.5);
    state.counters["speedup"] = quantile(one, 0.5) / quantile(several, 0.5);
  })->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(argc, argv, [](const Arguments&) {
    verify_training(make_utterances(first_lengths(8)));
    const int processors = std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
    static Training training;
    static const Utterances data = make_utterances(first_lengths(32));
    static LstmStack layers(std::vector<int>{w_features, w_features, w_hidden}, first_lengths(32));
    for (int threads = 2; threads <= processors; threads *= 2) {
      verify_same_bits(threads);
      set_num_threads(1);
      add("scaling/train_step/w/batch:32", threads, [] { training.step(data); });
      add("scaling/lstm_layers/w/batch:32", threads, [] { layers.forward_backward(); });
      add("scaling/forward/w/batch:32", threads, [] { training.infer(data); });
    }
  });
}
