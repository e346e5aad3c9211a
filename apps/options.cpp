#include "options.h"

#include <fmt/format.h>
#include <sonant/core/error.h>
#include <sonant/core/file.h>
#include <sonant/core/kernels/isa.h>
#include <sonant/core/kernels/lstm.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/parallel.h>
#include <sonant/core/text.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>

#include "terminal.h"

namespace sonant::apps {
namespace {

std::string command_line;
char** typed_words = nullptr;

// What a shell takes as it is.
constexpr char plain_characters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%";

std::string quoted(const std::string& word) {
  if (!word.empty() && word.find_first_not_of(plain_characters) == word.npos) return word;
  const bool shown = printable(word) == word;
  std::string text;
  for (char c : word) {
    if (c == '\'' || (c == '\\' && !shown)) text += shown ? "'\\'" : "\\";
    text += c;
  }
  return shown ? "'" + text + "'" : "$'" + printable(text) + "'";
}

}  // namespace

void MachineOptions::add_to(Command& command, const std::string& threads_flags) {
  command.option(threads_flags, threads, "Threads; the results are the same bits for any number")
      .default_text("SONANT_NUM_THREADS, OMP_NUM_THREADS, or the processors available")
      .between(1, 4096)
      .in("Machine");
  command.option("--isa", isa, "Cap on the instruction set")
      .called("ISA")
      .default_text("SONANT_ISA, or the best")
      .in("Machine");
  std::vector<std::string> kernels = kernels::lstm_kernel_names();
  kernels.insert(kernels.begin(), "auto");
  command.option("--kernel", kernel, "LSTM kernel (sonant info lists them)")
      .called("WORD")
      .default_text("SONANT_KERNEL, or the best")
      .one_of(std::move(kernels))
      .in("Machine");
}

void MachineOptions::apply() const {
  if (threads > 0) set_num_threads(threads);
  if (!isa.empty()) set_isa_cap(isa);
  set_default_lstm_kernel(kernel);
  default_lstm_kernel();  // what the environment says is possible, too
}

Option& add_setting(Command& command, Settings settings, const Setting& row) {
  const Json value = settings.get(row);
  const bool flag = row.kind == SettingKind::flag;
  const std::string on = row.flag();
  // What is on by default is switched off: --no-check-finite.
  const std::string flags = flag && value.get<bool>() ? on + ",!--no-" + on.substr(2) : on;
  Option& option = command.option(
      flags,
      [settings, &row](const std::string& text) {
        const Json parsed = row.parse(text);
        // Words are compared by whoever reads the option, who also knows the nearest one.
        const bool digits = text.find_first_not_of("0123456789") == text.npos && !text.empty();
        if (!row.words && !row.allows(parsed))
          wrong_usage(digits && text != "0" ? row.expected_at_all() : row.expected());
        settings.set(row, parsed);
      },
      std::string(row.help));
  const char* names[] = {"", "N", "X", "WORD"};
  option.called(names[static_cast<int>(row.kind)]).in(std::string(row.group));
  if (!flag) option.default_text(row.shown(value));
  if (row.words) option.one_of(row.words());
  return option;
}

void add_settings(Command& command, Settings settings) {
  for (const Setting& row : settings.table())
    if (!row.retired()) add_setting(command, settings, row);
}

void ResultOptions::add_to(Command& command) {
  command.prints("--json", json, "The result as JSON on stdout, in place of text");
  command.option("--result", file, "The same JSON in a file").called("FILE").writes().in("Files");
}

bool ResultOptions::write(const std::string& text) const {
  const std::string line = text.ends_with('\n') ? text : text + "\n";
  if (!file.empty()) write_file(file, line, "result");
  if (json) print("{}", line);
  return json;
}

void remember_command(int argc, char** argv) {
  typed_words = argv;
  command_line = "sonant";
  for (int i = 1; i < argc; ++i) command_line += ' ' + quoted(argv[i]);
}

const std::string& typed_command() { return command_line; }

void start_again(const char* variable, const std::string& value) {
  const char* now = std::getenv(variable);
  check(now == nullptr || now != value, "machine", "this processor cannot run as ", variable, "=",
        value,
        " asks, which the experiment was begun with; ask for --constraint, or begin it anew");
  setenv(variable, value.c_str(), 1);
  execv("/proc/self/exe", typed_words);
  fail("machine", "cannot start again with ", variable, "=", value, ": ", std::strerror(errno));
}

std::string sound_path(const std::string& argument) {
  return argument == "-" ? "/dev/stdin" : argument;
}

void print_notes(const std::string& file, const std::vector<std::string>& notes) {
  for (const std::string& note : notes) say("note: {}: {}\n", printable(file), note);
}

}  // namespace sonant::apps
