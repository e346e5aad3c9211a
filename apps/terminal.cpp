#include "terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sonant/core/error.h>
#include <sonant/core/text.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace sonant::apps {
namespace {

using Clock = std::chrono::steady_clock;

Colour colour = Colour::automatic;
bool is_quiet = false;
volatile std::sig_atomic_t received = 0, impatient = 0;
bool hangup_is_ignored = false, is_requeued = false;

bool shows_colour(int fd) {
  if (colour != Colour::automatic) return colour == Colour::always;
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return isatty(fd) && (no_color == nullptr || *no_color == '\0') && term != nullptr &&
         std::string_view(term) != "dumb";
}

int terminal_width() {
  winsize size{};
  return ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool is_impatient(int signal) { return signal == SIGINT || signal == SIGTERM; }

// Launchers pass a signal on that the process has had from elsewhere, too, and end with SIGTERM
// what they had warned before: neither is a person who asks twice.
extern "C" void on_signal(int signal) {
  if (impatient != 0 && is_impatient(signal)) _exit(128 + signal);
  if (is_impatient(signal)) impatient = signal;
  if (received == 0) received = signal;
}

// 0, or why not all could be written.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n >= 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd ready{fd, POLLOUT, 0};  // somebody else made the pipe so; ours is to wait
      if (poll(&ready, 1, -1) < 0 && errno != EINTR) return errno;
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

void check_output(int error) {
  check(error == 0, "output", "standard output cannot be written: ", std::strerror(error));
}

}  // namespace

void prepare_streams() {
  // Open in the wrong direction, so that using them fails as it did while they were closed.
  for (const int fd : {0, 1, 2})
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
  const bool has_terminal = isatty(0) != 0 || isatty(1) != 0 || isatty(2) != 0;
  hangup_is_ignored = std::signal(SIGHUP, SIG_IGN) == SIG_IGN || has_terminal;
  for (const int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);
}

void write_output(std::string_view text) { check_output(write_all(1, text)); }
// What a command of a program's own has given to printf or std::cout, first.
void close_output() { check_output(std::fflush(stdout) == 0 && ::close(1) == 0 ? 0 : errno); }
void write_message(std::string_view text) noexcept { write_all(2, text); }

void say_error(std::string_view text) {
  say("{} {}\n", styled("sonant:", "1;31"), printable(text));
}

void set_colour(Colour when) { colour = when; }
void set_quiet(bool on) { is_quiet = on; }
bool quiet() { return is_quiet; }

std::string styled(std::string_view text, std::string_view sgr, int stream_fd) {
  if (!shows_colour(stream_fd)) return std::string(text);
  return fmt::format("\033[{}m{}\033[0m", sgr, text);
}

std::string duration(double seconds) {
  const auto s = static_cast<long>(seconds + 0.5);
  if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

Progress::Progress(std::string label, long total)
    : label_(std::move(label)),
      total_(std::max(total, 1L)),
      terminal_(isatty(2) != 0),
      start_(Clock::now()),
      drawn_(start_ - std::chrono::hours(1)) {}

Progress::~Progress() {
  // Left by an exception: the error message must start on a line of its own.
  if (!finished_ && terminal_ && !is_quiet && done_ > 0) say("\n");
}

std::string Progress::line(bool bar) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const double share = static_cast<double>(done_) / static_cast<double>(total_);
  std::string text = fmt::format("{:<10} ", label_);
  if (bar) {
    const int width = 24, full = static_cast<int>(share * width);
    text += '[' + std::string(static_cast<std::size_t>(full), '#') +
            std::string(static_cast<std::size_t>(width - full), '.') + "] ";
  }
  text += fmt::format("{}/{}", done_, total_);
  if (done_ > 0 && done_ < total_)
    text += fmt::format("  {} left", duration(seconds / share * (1 - share)));
  else
    text += fmt::format("  {:.1f} s", seconds);
  if (!note_.empty()) text += "  " + note_;
  return text;
}

void Progress::update(long done, const std::string& note) {
  done_ = std::min(done, total_);
  note_ = note;
  const auto now = Clock::now();
  const auto pause = terminal_ ? std::chrono::milliseconds(100) : std::chrono::seconds(10);
  if (is_quiet || now - drawn_ < pause) return;
  // The first plain line comes after the pause, so that short jobs leave one line in a log.
  if (!terminal_ && drawn_ < start_ && now - start_ < pause) return;
  drawn_ = now;
  if (terminal_)
    say("\r\033[K{}", line(true).substr(0, static_cast<std::size_t>(terminal_width() - 1)));
  else
    say("{}\n", line(false));
}

void Progress::finish(const std::string& note) {
  if (finished_) return;
  finished_ = true;
  done_ = total_;
  note_ = note;
  if (is_quiet) return;
  say("{}{}\n", terminal_ ? "\r\033[K" : "", line(terminal_));
}

void catch_stop_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  for (int signal : {SIGINT, SIGTERM, SIGUSR1, SIGXCPU}) sigaction(signal, &action, nullptr);
  if (!hangup_is_ignored) sigaction(SIGHUP, &action, nullptr);
}

int stop_signal() { return received; }

void requeue_exit(bool once_more) { is_requeued = once_more; }
int stop_status(int signal) { return is_requeued ? 75 : 128 + signal; }

}  // namespace sonant::apps
