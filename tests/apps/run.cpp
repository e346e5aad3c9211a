#include "apps/run.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <stdexcept>

#include "support/temp_folder.h"

namespace {

// Ours, not the cache of whoever runs the tests.
const std::string& cache_folder() {
  static const TempFolder folder;
  static const std::string path = folder.path.native();
  return path;
}

[[noreturn]] void become_sonant(const std::vector<std::string>& arguments,
                                const RunOptions& options, int out, int err) {
  dup2(options.standard_input >= 0 ? options.standard_input : open("/dev/null", O_RDONLY), 0);
  dup2(out, 1);
  dup2(err, 2);
  for (const auto& [fd, path] : options.redirect) {
    if (!path.empty()) dup2(open(path.c_str(), fd == 0 ? O_RDONLY : O_WRONLY | O_APPEND), fd);
    if (path.empty()) close(fd);
  }
  setenv("XDG_CACHE_HOME", cache_folder().c_str(), 1);
  for (const std::string& pair : options.environment) {
    const auto split = pair.find('=');
    setenv(pair.substr(0, split).c_str(), pair.substr(split + 1).c_str(), 1);
  }
  if (options.file_size_limit >= 0) {
    const rlimit limit{static_cast<rlim_t>(options.file_size_limit),
                       static_cast<rlim_t>(options.file_size_limit)};
    setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_IGN);  // write() then fails with EFBIG, as it would with ENOSPC
  }
  for (const int signal : {SIGHUP, SIGUSR1, SIGXCPU}) std::signal(signal, SIG_DFL);
  exec_sonant(arguments);
}

// Reads both pipes until they close, so that neither can fill and block the child.
void drain(int out, int err, Outcome& outcome, pid_t child, const RunOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  pollfd pipes[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
  bool signalled = false;
  for (int open = 2; open > 0;) {
    poll(pipes, 2, 20);
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                        std::chrono::steady_clock::now() - start)
                        .count();
    if (!signalled && options.kill_after_ms >= 0 && ms >= options.kill_after_ms)
      signalled = kill(child, SIGKILL) == 0;
    if (!signalled && !options.interrupt_when_exists.empty() &&
        std::filesystem::exists(options.interrupt_when_exists))
      signalled = kill(child, options.signal) == 0;
    for (int i = 0; i < 2; ++i) {
      if (pipes[i].fd < 0 || (pipes[i].revents & (POLLIN | POLLHUP)) == 0) continue;
      char buffer[4096];
      const ssize_t n = read(pipes[i].fd, buffer, sizeof buffer);
      if (n > 0) {
        (i == 0 ? outcome.out : outcome.err).append(buffer, static_cast<std::size_t>(n));
      } else {
        close(pipes[i].fd);
        pipes[i].fd = -1;
        --open;
      }
    }
  }
}

}  // namespace

void exec_sonant(const std::vector<std::string>& arguments) {
  std::vector<char*> argv{const_cast<char*>("sonant")};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv(SONANT_BINARY, argv.data());
  _exit(127);
}

Outcome run_sonant(const std::vector<std::string>& arguments, const RunOptions& options) {
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  cache_folder();  // made by us, so that it is removed by us
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) become_sonant(arguments, options, out[1], err[1]);
  close(out[1]);
  close(err[1]);
  Outcome outcome;
  drain(out[0], err[0], outcome, child, options);
  int status = 0;
  waitpid(child, &status, 0);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}
