// A cluster in one thread and simulated time: the claims code itself, on a folder whose operations
// take as long as a file server's, by processes that train, are suspended, die with their node and
// are started again. What training, checkpoints and results cost is a number; the rest is real.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include <sonant/core/settings.h>

namespace sonant::bench {

struct ClusterSettings {
  int workers = 50;   // processes, each on a node of its own
  int jobs = 300;     // trainings
  double job_s = 22;  // seconds that one takes
  double checkpoint_s = 10;
  double start_s = 10;        // all start within so long
  double node_years = 5;      // between two failures of a node, on average
  double restart_s = 123;     // from a failure to the next start of its process, on another node
  double stops_per_hour = 0;  // of a process, on average, that suspend it ...
  double stop_s = 90;         // ... for so long
  double beat_s = 10, silence_s = 60;  // ClaimTimes
  double latency_ms = 1;               // of an operation, there and back
  double write_ms = 4;                 // of one that ends on a disk, more than that
  double server_per_s = 5000;          // operations that the server does in a second
  std::uint64_t seed = 1;
};
SettingTable settings_of(const ClusterSettings&);

// What the server is asked for.
enum class Operation { read, look, create, write, remove, list };
constexpr std::array<std::string_view, 6> words_of(Operation) {
  return {"read", "look", "create", "write", "remove", "list"};
}

struct ClusterResult {
  double seconds = 0;                 // until the first process has seen the last result: the table
  double computed_s = 0, lost_s = 0;  // of training, by all; of it what no result needed
  double waited_s = 0;                // for the server, by all
  int failures = 0, stops = 0;
  int taken_over = 0;                        // jobs begun again by another process, each time
  int done_twice = 0;                        // results that were there already
  std::array<std::int64_t, 6> operations{};  // by kind, until the table
  double peak_per_s = 0;                     // operations in the busiest second
  std::uint64_t trace = 0;                   // a hash of all that happened, and when

  bool operator==(const ClusterResult&) const = default;
};

// Until every process that lives has left. The same settings give the same result. Error if a job
// has no result then, if a claim is left, or if simulated time goes beyond any reason.
ClusterResult simulate(const ClusterSettings& settings);

}  // namespace sonant::bench
