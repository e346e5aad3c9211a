// Runs the real `sonant` binary as a user would.
#pragma once

#include <map>
#include <string>
#include <vector>

struct Outcome {
  int status = 0;  // exit status, or 128 + signal
  std::string out, err;
  // stderr is exactly one line: what a refused input must print.
  bool one_line_error() const {
    return !err.empty() && err.find('\n') == err.size() - 1 && err.rfind("sonant:", 0) == 0;
  }
};

// Arguments are passed as they are, without a shell. `environment` adds NAME=value pairs.
// A limit on the size of written files stands in for a full disk.
struct RunOptions {
  std::vector<std::string> environment = {};
  long file_size_limit = -1;               // bytes
  int kill_after_ms = -1;                  // SIGKILL after so long
  std::string interrupt_when_exists = {};  // `signal` as soon as there is such a file
  int signal = 2;                          // SIGINT
  // Descriptors that lead to a file (0 reads it, others add to it) or, where it is "", are closed.
  std::map<int, std::string> redirect = {};
  int standard_input = -1;  // an open descriptor to read from
};
Outcome run_sonant(const std::vector<std::string>& arguments, const RunOptions& options = {});

// Becomes the command: for a child process that has made its own surroundings.
[[noreturn]] void exec_sonant(const std::vector<std::string>& arguments);
