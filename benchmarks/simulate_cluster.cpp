// Many processes at one experiment: how busy the folder is, what failures cost, and when the table
// is there. docs/large_data.md has what it printed.
//
//   simulate_cluster                            the scenarios of the page
//   simulate_cluster --workers 1000 --jobs 300  one of its own
//   simulate_cluster --check                    small ones, with what must hold; prints nothing
#include <algorithm>
#include <cstdio>
#include <numeric>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sonant/core/error.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/core/usage.h>

#include "simulated_cluster.h"

using namespace sonant;
using namespace sonant::bench;

namespace {

void print_heading() {
  fmt::print("{:>7} {:>6} {:>7} {:>6} {:>5} {:>9} {:>6} {:>8} {:>7} {:>6} {:>6} {:>6}  {}\n",
             "workers", "jobs", "s each", "died", "stops", "table s", "ideal", "lost s", "again",
             "twice", "ops/s", "peak", "operations by kind");
}

// ideal: what the computing takes if it is shared out without a gap.
void print_row(const ClusterSettings& s, const ClusterResult& r) {
  const int rounds = (s.jobs + s.workers - 1) / s.workers;
  std::string kinds;
  for (std::size_t k = 0; k < r.operations.size(); ++k)
    kinds += fmt::format("{}{} {}", k == 0 ? "" : ", ", words_of(Operation{})[k],
                         with_thousands(r.operations[k]));
  const auto all = std::accumulate(r.operations.begin(), r.operations.end(), std::int64_t{0});
  fmt::print(
      "{:>7} {:>6} {:>7.0f} {:>6} {:>5} {:>9.0f} {:>6.0f} {:>8.0f} {:>7} {:>6} {:>6.0f} {:>6.0f}"
      "  {}\n",
      s.workers, s.jobs, s.job_s, r.failures, r.stops, r.seconds, rounds * s.job_s, r.lost_s,
      r.taken_over, r.done_twice, static_cast<double>(all) / r.seconds, r.peak_per_s, kinds);
  std::fflush(stdout);
}

// The published table (300 trainings of 22 s), then long trainings on nodes that fail as they do,
// every month, every day; then processes that are suspended for longer than is waited for them.
void print_scenarios() {
  print_heading();
  for (const int workers : {1, 50, 300, 1000}) {
    const ClusterSettings s{.workers = workers};
    print_row(s, simulate(s));
  }
  for (const double years : {5.0, 1 / 12.0, 1 / 365.25}) {
    const ClusterSettings s{
        .workers = 1000, .jobs = 1000, .job_s = 1800, .start_s = 60, .node_years = years};
    print_row(s, simulate(s));
  }
  const ClusterSettings suspended{
      .workers = 100, .jobs = 300, .job_s = 600, .start_s = 60, .stops_per_hour = 6};
  print_row(suspended, simulate(suspended));
}

// Deaths and suspensions every few minutes, over and over.
void check_small_ones() {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const ClusterSettings s{.workers = 12,
                            .jobs = 60,
                            .job_s = 60,
                            .node_years = 0.00001,
                            .restart_s = 30,
                            .stops_per_hour = 8,
                            .seed = seed};
    const ClusterResult r = simulate(s);
    check(r.failures > 5 && r.stops > 0 && r.taken_over > 5, "simulate",
          "expected failures and suspensions, got ", r.failures, " and ", r.stops);
    // At most a checkpoint's distance for each time, and what ran beside its successor.
    check(r.lost_s >= 0 && r.lost_s < (r.failures + r.stops) * (s.checkpoint_s + 2 * s.stop_s),
          "simulate", "lost ", r.lost_s, " s");
    check(simulate(s) == r, "simulate", "seed ", seed, " gives another course each time");
  }
  const ClusterSettings quiet{.workers = 20, .jobs = 60, .job_s = 10};
  const ClusterResult r = simulate(quiet);
  check(r.lost_s < 1e-6 && r.taken_over == 0 && r.done_twice == 0, "simulate", "lost ", r.lost_s,
        " s where nothing failed");
}

int run(const std::vector<std::string>& words) {
  if (words.empty()) return print_scenarios(), 0;
  if (words == std::vector<std::string>{"--check"}) return check_small_ones(), 0;
  ClusterSettings s;
  const Settings settings(s);
  for (std::size_t k = 0; k < words.size(); k += 2) {
    const auto row = std::ranges::find(settings.table(), words[k], &Setting::flag);
    check_usage(row != settings.table().end() && k + 1 < words.size(), "simulate_cluster",
                "expects --check, or one of ", joined(settings.table(), ", ", &Setting::flag),
                " with a number, got ", words[k]);
    const Json value = row->parse(words[k + 1]);
    check_usage(row->allows(value), "simulate_cluster", words[k], " expects ", row->expected(),
                ", got ", words[k + 1]);
    settings.set(*row, value);
  }
  print_heading();
  print_row(s, simulate(s));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const UsageError& error) {
    fmt::print(stderr, "simulate_cluster: {}\n", error.what());
    return 2;
  } catch (const Error& error) {
    fmt::print(stderr, "simulate_cluster: {}\n", error.what());
    return 1;
  }
}
