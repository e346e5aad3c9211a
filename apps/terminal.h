// How we speak to a person: what is printed, colour, progress, and stopping on Ctrl-C.
#pragma once

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace sonant::apps {

// First of all in main(): no file that is opened later becomes standard output or error because
// that was closed, and neither a reader nor a terminal that goes away ends a run.
void prepare_streams();

// Data, to stdout. Error if it does not take them: a full disk, a closed pipe.
void write_output(std::string_view text);
template <class... Args>
void print(fmt::format_string<Args...> text, Args&&... args) {
  write_output(fmt::format(text, std::forward<Args>(args)...));
}
// Last of all in main(): the error that some file systems report only here.
void close_output();

// A message, to stderr. That nobody can read it ends no run.
void write_message(std::string_view text) noexcept;
template <class... Args>
void say(fmt::format_string<Args...> text, Args&&... args) {
  write_message(fmt::format(text, std::forward<Args>(args)...));
}

// "sonant: ..." as one line of its own.
void say_error(std::string_view text);

enum class Colour { automatic, always, never };
constexpr std::array<std::string_view, 3> words_of(Colour) { return {"auto", "always", "never"}; }
void set_colour(Colour when);
void set_quiet(bool quiet);
bool quiet();

// Wraps `text` in an SGR code ("1" bold, "32" green, "2" dim) when the stream shows colours: it is
// a terminal, TERM is not "dumb" and NO_COLOR is unset or empty.
std::string styled(std::string_view text, std::string_view sgr, int stream_fd = 2);

std::string duration(double seconds);  // "0:05", "1:02:03"

// A progress bar on stderr. On a terminal it redraws in place; elsewhere it prints a plain line at
// most every ten seconds, so that logs stay readable.
class Progress {
 public:
  Progress(std::string label, long total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void update(long done, const std::string& note = "");
  void finish(const std::string& note = "");

 private:
  std::string line(bool bar) const;
  std::string label_, note_;
  long total_, done_ = 0;
  bool terminal_, finished_ = false;
  std::chrono::steady_clock::time_point start_, drawn_;
};

// Ctrl-C, SIGTERM and what batch systems send ahead of the end (SIGUSR1, SIGXCPU, SIGHUP) set a
// flag that long loops ask for. A second Ctrl-C or SIGTERM ends the process at once. SIGHUP is none
// of them where it was ignored when we were started, as nohup does, or where we have a terminal:
// that it goes away ends nothing.
void catch_stop_signals();
int stop_signal();  // 0, or the signal that asked us to stop
// What a process that was stopped so ends with: 128 + signal, or, where requeue_exit(true) was
// called, 75 (EX_TEMPFAIL of sysexits.h), which batch systems take as "once more".
void requeue_exit(bool once_more);
int stop_status(int signal);

}  // namespace sonant::apps
