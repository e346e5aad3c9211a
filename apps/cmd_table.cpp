// sonant table: the paper's results table from our experiments, beside the published figures.
#include <fmt/format.h>
#include <sonant/core/text.h>
#include <sonant/train/judged.h>
#include <sonant/train/results_table.h>

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
  bool systems = true;
};

void run(const Options& options) {
  std::vector<std::filesystem::path> unfinished;
  const auto rows = read_results(options.runs, unfinished);
  for (const auto& run : unfinished)
    say("left out: {}: not finished yet\n", printable(run.native()));
  print("{}", results_table(rows, options.format, options.systems));
  if (options.format == TableFormat::json) return;
  print(
      "\nUAR: of the pooled predictions of all folds, mean, population standard deviation and "
      "maximum\nover the seeds.\n");
  const auto any = [&](auto what) { return std::any_of(rows.begin(), rows.end(), what); };
  if (any([](const TableRow& row) { return row.published != nullptr; }))
    print("difference: from the published mean, in published standard deviations.\n");
  if (any([](const TableRow& row) { return row.result.data.corpus == "RAVDESS"; }))
    print("Published figures are printed as published; none was measured here.\n");
  if (any([](const TableRow& row) { return choosing_part(row.result.config) == "test"; }))
    print(
        "oracle, no-validation: the test speakers chose each epoch: bounds, no estimates for new "
        "speakers.\n");
}

}  // namespace

void add_table(Program& program) {
  auto options = std::make_shared<Options>();
  Command& command = program.command(
      "table", "The results table from folders of sonant cv, beside published figures.");
  command.example = "sonant table runs/*/*\nsonant table --format markdown runs/h64 > h64.md";
  command.option("RUN,--runs", options->runs, "Folders that sonant cv wrote")
      .called("RUN")
      .needed();
  command
      .option(
          "--format",
          [options](const std::string& word) {
            options->format = word == "json"       ? TableFormat::json
                              : word == "markdown" ? TableFormat::markdown
                                                   : TableFormat::text;
          },
          "How the table is written")
      .called("FORMAT")
      .one_of({"text", "markdown", "json"})
      .default_text("text");
  command.flag(
      "--json", [options] { options->format = TableFormat::json; }, "The same as --format json");
  command.flag("--systems,!--no-systems", options->systems,
               "The published figures of larger systems below (default), or not");
  command.checks.push_back([options] {
    CommandPaths paths;
    for (const auto& run : options->runs) paths.run_input("RUN", run.native());
    paths.check();
  });
  command.run = [options] { run(*options); };
}

}  // namespace sonant::apps
