// Options that several subcommands share, and what they set.
#pragma once

#include <sonant/core/settings.h>
#include <sonant/core/text.h>

#include <string>
#include <string_view>
#include <vector>

#include "command_line.h"

namespace sonant::apps {

// --threads, --isa and --kernel; apply() before any work.
struct MachineOptions {
  int threads = 0;     // 0: SONANT_NUM_THREADS, OMP_NUM_THREADS, or the processors we may use
  std::string isa;     // "": SONANT_ISA, or the best the processor has
  std::string kernel;  // "" or "auto": SONANT_KERNEL, or the best there is for the instruction set

  void add_to(Command& command, const std::string& threads_flags = "--threads");
  void apply() const;
};

// --json and --result: the result of a command, for programs.
struct ResultOptions {
  bool json = false;
  std::string file;

  void add_to(Command& command);
  bool wanted() const { return json || !file.empty(); }
  // Writes the file, if one is asked for; prints the text and gives true, if --json is.
  bool write(const std::string& text) const;
};

// The option of one setting: --batch-size of batch_size. What `settings` refers to must outlive the
// command.
Option& add_setting(Command& command, Settings settings, const Setting& row);
// One for each of a struct's settings: --n-fft, --hop, ...
void add_settings(Command& command, Settings settings);

// The file to read for what was typed: "-" is standard input.
std::string sound_path(const std::string& argument);

// "note: FILE: ..." on stderr, one line each.
void print_notes(const std::string& file, const std::vector<std::string>& notes);

// What `work` gives; an Error that does not name `file` is thrown on with the name in front.
template <class Work>
auto about_file(const std::string& file, Work&& work) {
  try {
    return work();
  } catch (const Error& error) {
    if (std::string_view(error.what()).find(printable(file)) != std::string_view::npos) throw;
    throw Error(file + ": " + error.what(), error.where());
  }
}

// The command line as it was typed, on one line and quoted where a shell needs it; what cannot be
// shown is written $'\n\xe9', which bash and others read back.
void remember_command(int argc, char** argv);
const std::string& typed_command();

// The same command in this process' place, with the environment variable set: for what a library
// reads once, when it is loaded. Error if it was set so already and that was not enough.
[[noreturn]] void start_again(const char* variable, const std::string& value);

// Ended early by a signal, after a clean save: main() exits with 128 + signal.
struct Stopped {
  int signal;
};

// Ended with this status, of which all has been said.
struct Failed {
  int status = 1;
};

}  // namespace sonant::apps
