// A peer: a program that waits for work, so that several can be timed in turn in one run.
//
//   out: {"peer": "Sonant", "version": "0.1.0", "problems": ["train/32", ...]}
//   in:  train/32 10
//   out: {"ms": [5.41, 5.43, ...]}        ten times, after one that does not count
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sonant::bench {

struct PeerProblem {
  std::string name;
  // Called when the problem is first asked for: verifies, and returns what is timed.
  std::function<std::function<void()>()> prepare;
};

// Answers until the input ends. Returns the exit status.
// `facts` about the machine go into the first line, as "machine", if there are any.
int serve(const std::string& peer, const std::string& version,
          const std::vector<PeerProblem>& problems,
          const std::vector<std::pair<std::string, std::string>>& facts = {});

}  // namespace sonant::bench
