#include "options.h"

#include <fmt/format.h>
#include <sonant/core/error.h>
#include <sonant/core/file.h>
#include <sonant/core/kernels/isa.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/parallel.h>
#include <sonant/core/text.h>

#include <algorithm>
#include <map>

#include "terminal.h"

namespace sonant::apps {
namespace {

const std::map<std::string, std::string>& feature_help() {
  static const std::map<std::string, std::string> help{
      {"n_fft", "samples in a frame"},
      {"win_length", "samples of the Hann window in it; 0: n-fft"},
      {"hop", "samples from frame to frame"},
      {"n_mels", "mel bands"},
      {"fmin", "lowest corner of the mel bands, Hz"},
      {"fmax", "highest corner of the mel bands, Hz; 0: half the sample rate"},
      {"n_mfcc", "cepstral coefficients; 0: none"},
      {"amin", "power below which decibels stop"},
      {"top_db", "decibels kept below the loudest band"},
      {"n_chroma", "chroma bins; 0: none"},
      {"chroma_centre", "octave on which the chroma filters are centred"},
      {"chroma_octave_width", "their width in octaves"},
      {"tuning_fmin", "lowest peak that the tuning estimate uses, Hz"},
      {"tuning_fmax", "highest peak that the tuning estimate uses, Hz"},
      {"tuning_threshold", "share of the frame's maximum that a peak must pass"},
      {"tuning_resolution", "bin width of the tuning histogram"},
      {"min_seconds", "shorter sounds are refused"},
  };
  return help;
}

std::string command_line;

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
}

void MachineOptions::apply() const {
  if (threads > 0) set_num_threads(threads);
  if (!isa.empty()) set_isa_cap(isa);
  default_lstm_kernel();  // what the environment says is possible, too
}

void add_feature_options(Command& command, FeatureSettings& settings) {
  visit_fields(settings, [&](const char* field, auto& value) {
    std::string name = field;
    std::replace(name.begin(), name.end(), '_', '-');
    command.option("--" + name, value, feature_help().at(field)).in("Features");
  });
}

void ResultOptions::add_to(Command& command) {
  command.flag("--json", json, "The result as JSON on stdout, in place of text");
  command.option("--result", file, "The same JSON in a file").called("FILE").writes().in("Files");
}

bool ResultOptions::write(const std::string& text) const {
  const std::string line = text.ends_with('\n') ? text : text + "\n";
  if (!file.empty()) write_file(file, line, "result");
  if (json) print("{}", line);
  return json;
}

void remember_command(int argc, char** argv) {
  command_line = "sonant";
  for (int i = 1; i < argc; ++i) command_line += ' ' + quoted(argv[i]);
}

const std::string& typed_command() { return command_line; }

std::string sound_path(const std::string& argument) {
  return argument == "-" ? "/dev/stdin" : argument;
}

void print_notes(const std::string& file, const std::vector<std::string>& notes) {
  for (const std::string& note : notes) say("note: {}: {}\n", printable(file), note);
}

}  // namespace sonant::apps
