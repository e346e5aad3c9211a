// sonant table: the paper's results table from our experiments, beside the published figures.
#include <fmt/format.h>
#include <sonant/core/text.h>
#include <sonant/train/experiment/results_table.h>

#include <algorithm>
#include <memory>

#include "command_paths.h"
#include "commands.h"
#include "terminal.h"

namespace sonant::apps {
namespace {

struct Options {
  std::vector<std::filesystem::path> runs;
  TableFormat format = TableFormat::text;
  std::filesystem::path baseline;
  bool systems = true;
};

// The baseline is one of the runs, whether it was named among them or not.
std::vector<std::filesystem::path> all_runs(const Options& options) {
  std::vector<std::filesystem::path> runs = options.runs;
  const auto same = [&](const std::filesystem::path& run) {
    return std::filesystem::weakly_canonical(run) ==
           std::filesystem::weakly_canonical(options.baseline);
  };
  if (!options.baseline.empty() && std::none_of(runs.begin(), runs.end(), same))
    runs.push_back(options.baseline);
  return runs;
}

void run(const Options& options) {
  std::vector<std::filesystem::path> unfinished;
  auto rows = read_results(all_runs(options), unfinished);
  compare_rows(rows, options.baseline);
  for (const auto& run : unfinished)
    say("left out: {}: not finished yet\n", printable(run.native()));
  print("{}", results_table(rows, options.format, options.systems));
  if (options.format == TableFormat::json || options.format == TableFormat::csv) return;
  const char* mark = options.format == TableFormat::latex ? "% " : "";
  print("\n");
  for (const std::string& note : table_notes(rows, options.systems)) print("{}{}\n", mark, note);
}

}  // namespace

void add_table(Program& program) {
  auto options = std::make_shared<Options>();
  Command& command = program.command(
      "table", "Print the results of sonant cv beside published figures.",
      "Intervals are of a bootstrap by speaker; experiments on the same utterances are compared "
      "with a baseline, speaker by speaker.");
  command.example =
      "sonant table runs/*/*\nsonant table runs/* --baseline runs/h64 --format latex > table.tex";
  command.option("RUN,--runs", options->runs, "Folders that sonant cv wrote")
      .called("RUN")
      .needed()
      .reads()
      .naming(run_files);
  command
      .option("--baseline", options->baseline,
              "What the others are compared with (default: the first row of the same corpus, "
              "protocol and figure)")
      .called("RUN")
      .reads()
      .naming(run_files);
  command.option("--format", options->format, "How the table is written").called("FORMAT");
  command.flag(
      "--json", [options] { options->format = TableFormat::json; }, "The same as --format json");
  command.flag("--systems,!--no-systems", options->systems,
               "The published figures of larger systems below (default), or not");
  command.run = [options] { run(*options); };
}

}  // namespace sonant::apps
