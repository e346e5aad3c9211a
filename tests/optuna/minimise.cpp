// minimise TRIALS SEEDS: for every test function a line with its name and the best value after so
// many trials, for the seeds 1, 2, ... compare.py sets Optuna's beside them.
#include <sonant/train/search/tpe.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <limits>

#include "optuna/functions.h"

using namespace sonant;

namespace {

double best_of(const test::TestFunction& f, int trials, std::uint64_t seed) {
  double best = std::numeric_limits<double>::infinity();
  for (const Trial& trial : test::run_trials(f, trials, seed)) best = std::min(best, *trial.value);
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int trials = std::atoi(argv[1]), seeds = std::atoi(argv[2]);
  for (const test::TestFunction& f : test::test_functions()) {
    std::cout << f.name;
    for (int seed = 1; seed <= seeds; ++seed)
      std::cout << ' ' << best_of(f, trials, static_cast<std::uint64_t>(seed));
    std::cout << '\n';
  }
}
